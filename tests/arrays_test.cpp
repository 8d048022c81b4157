// Arrays of bytes in files: idx, npy and gzip.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "byte_files.h"
#include "rivulet/io/gzip.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/inflate.h"
#include "rivulet/io/npy.h"
#include "rivulet/io/sniff.h"
#include "rivulet/io/text.h"
#include "rivulet/io/zip.h"

using namespace rivulet;
using namespace rivulet::io;
using test::bytes_of;
using test::gzipped;
using test::refusal;

namespace {

ByteArray counting(Shape shape) {
  ByteArray array{.shape = shape, .values = {}};
  array.values.resize(static_cast<size_t>(shape.numel()));
  std::iota(array.values.begin(), array.values.end(), uint8_t{1});
  return array;
}

/// An npy file with this head and this many values.
Bytes npy_of(std::string_view head, size_t values, char version = 1) {
  std::string file = std::string("\x93NUMPY") + version + '\0';
  file += static_cast<char>(head.size() & 255U);
  file += static_cast<char>(head.size() >> 8);
  if (version > 1) file += std::string(2, '\0');
  file += head;
  file.resize(file.size() + values, '\7');
  return bytes_of(file);
}

Bytes idx_of(std::string_view head, size_t values) {
  std::string file(head);
  file.resize(file.size() + values, '\7');
  return bytes_of(file);
}

template <class Parse>
void check_refused(Parse parse, const Bytes& file, std::string_view because) {
  const std::string message = refusal([&] { (void)parse(file); });
  CAPTURE(message);
  CAPTURE(because);
  CHECK(message.find(because) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace

TEST_SUITE_BEGIN("arrays");

TEST_CASE("idx and npy: what is written is read") {
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 4}, Shape{2, 3, 3},
                             Shape{2, 4, 4, 3}, Shape{0, 5, 5}, Shape{1, 1, 1, 1, 1, 1}}) {
    const ByteArray array = counting(shape);
    CHECK(parse_idx(idx_bytes(array)) == array);
    const Bytes npy = npy_bytes(array);
    CHECK(parse_npy(npy) == array);
    CHECK((npy.size() - array.values.size()) % 64 == 0);
  }
}

TEST_CASE("npy: the file is that of NumPy") {
  // numpy.save of arange(1, 7, dtype=uint8).reshape(2, 3)
  std::string file("\x93NUMPY\x01\x00v\x00", 10);
  file += "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
  file.resize(127, ' ');
  file += "\n\1\2\3\4\5\6";
  CHECK(npy_bytes(counting({2, 3})) == bytes_of(file));
  const std::string one = "(7,)";
  const Bytes row = npy_bytes(counting({7}));
  const std::string text(reinterpret_cast<const char*>(row.data()), row.size());
  CHECK(text.find("'shape': (7,), }") != std::string::npos);
}

TEST_CASE("npy: other orders, quotes and versions of the head") {
  const std::string head = R"({"shape":(2,3),"descr":"|u1","fortran_order":False})";
  for (const char version : {'\1', '\2', '\3'}) {
    CHECK(parse_npy(npy_of(head, 6, version)).shape == Shape{2, 3});
  }
  // One axis is stored alike in both orders.
  const char* columns = "{'descr': 'u1', 'fortran_order': True, 'shape': (4,), }\n";
  CHECK(parse_npy(npy_of(columns, 4)).values.size() == 4);
}

TEST_CASE("idx: every malformed file is refused with its reason") {
  const auto refused = [](const Bytes& file, std::string_view because) {
    check_refused([](const Bytes& bytes) { return parse_idx(bytes); }, file, because);
  };
  const auto text = [](std::string_view head) { return std::string(head); };
  refused({}, "not an idx file");
  refused(bytes_of("PNG"), "not an idx file");
  refused(idx_of(text({"\0\1\x08\1", 4}), 4), "not an idx file");
  refused(idx_of(text({"\0\0\x0a\1\0\0\0\1", 8}), 4), "type 0x0a");
  refused(idx_of(text({"\0\0\x0d\1\0\0\0\1", 8}), 4), "whole numbers of 0 to 255 fit");
  refused(idx_of(text({"\0\0\x08\3\0\0\0\1", 8}), 0), "need a head of 16 bytes, the file has 8");
  refused(idx_of(text({"\0\0\x08\xff", 4}), 30), "need a head of 1024 bytes");
  refused(idx_of(text({"\0\0\x08\7", 4}), 28), "7 axes (at most 6)");
  refused(idx_of(text({"\0\0\x08\1\0\0\0\5", 8}), 4), "ask for 5 bytes, the file holds 4");
  refused(idx_of(text({"\0\0\x08\1\0\0\0\5", 8}), 6), "ask for 5 bytes, the file holds 6");
  const std::string huge(4, '\xff');
  refused(idx_of(text({"\0\0\x08\2\x7f\0\0\0\xff\0\0\0", 12}), 9),
          "ask for 9115567120774594560 bytes, the file holds 9");
  refused(idx_of(text({"\0\0\x08\2", 4}) + huge + huge, 9), "beyond counting");
  refused(idx_of(text({"\0\0\x08\3", 4}) + huge + huge + huge, 9), "beyond counting");
  // A zero does not hide what cannot be counted.
  refused(idx_of(text({"\0\0\x08\4", 4}) + std::string(4, '\0') + huge + huge + huge, 0),
          "beyond counting");
}

TEST_CASE("npy: every malformed file is refused with its reason") {
  const auto refused = [](const Bytes& file, std::string_view because) {
    check_refused([](const Bytes& bytes) { return parse_npy(bytes); }, file, because);
  };
  const auto head = [](std::string_view type, std::string_view order, std::string_view shape) {
    return "{'descr': '" + std::string(type) + "', 'fortran_order': " + std::string(order) +
           ", 'shape': " + std::string(shape) + ", }\n";
  };
  const auto shaped = [&](std::string_view shape, size_t values = 6) {
    return npy_of(head("|u1", "False", shape), values);
  };
  refused({}, "not an npy file");
  CHECK(is_npy(bytes_of("\x93NUMPY")));  // cut short, but named for what it is
  CHECK_FALSE(is_npy(bytes_of("\x93NUMP")));
  refused(bytes_of("\x93NUMPZ\1\0\0\0"), "not an npy file");
  refused(npy_of(head("|u1", "False", "(6,)"), 6, 4), "version 4");
  refused(npy_of(head("|u1", "False", "(6,)"), 6, -1), "version 255");
  refused(bytes_of(std::string("\x93NUMPY\2\0\1\0", 10)), "ends within its head");
  refused(bytes_of(std::string("\x93NUMPY\1\0\xff\xff{}", 12)), "a head of 65535 bytes");
  refused(bytes_of(std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12)), "a head of 4294967295 bytes");
  refused(npy_of(head("<f4", "False", "(6,)"), 24), "values from 1.01583e-34");
  refused(npy_of(head("<c8", "False", "(6,)"), 48), "type '<c8'");
  refused(npy_of(head("<U6", "False", "(1,)"), 24), "type '<U6'");
  refused(npy_of(head("|O", "False", "(1,)"), 8), "type '|O'");
  refused(npy_of(head("<i4", "False", "(6,)"), 6), "ask for 24 bytes, the file holds 6: it is cut");
  refused(npy_of(head("<i2", "False", "(6,)"), 12), "values from 1799 to 1799");
  refused(npy_of(head("\n\x1b", "False", "(6,)"), 6), "type '?\?'");
  refused(npy_of(head("|u1", "Maybe", "(6,)"), 6), "cannot be read from character");
  for (const char* shape : {"6", "(6", "(-6,)", "(6.0,)", "(2 3)", "(,)", "(2,,3)", "None", ""}) {
    CAPTURE(shape);
    refused(shaped(shape), "cannot be read from character");
  }
  refused(shaped("(99999999999999999999,)"), "cannot be read from character");
  refused(shaped("(9223372036854775808,)"), "beyond counting");
  refused(shaped("(4294967296, 4294967296)"), "beyond counting");
  refused(shaped("(0, 4294967296, 4294967296)", 0), "beyond counting");
  refused(shaped("(1, 1, 1, 1, 1, 1, 1)", 1), "7 axes");
  refused(shaped("(2, 3)", 5), "ask for 6 bytes, the file holds 5");
  refused(shaped("(2, 3)", 7), "ask for 6 bytes, the file holds 7");
  refused(shaped("(2, 3)}", 6), "cannot be read from character");
  refused(npy_of("{'descr': '|u1', 'shape': (6,)}", 6), "lacks descr, fortran_order or shape");
  refused(npy_of("{}", 6), "lacks descr");
  refused(npy_of("{'descr': '|u1', 'descr': '|u1'}", 6), "cannot be read from character");
  refused(npy_of("{'descr': '|u1', 'colour': '|u1'}", 6), "cannot be read from character");
  refused(npy_of("{'descr: |u1", 6), "cannot be read from character");
}

TEST_CASE("gzip: stored and compressed contents, and every field of the head") {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{65535}, size_t{65536}, size_t{200000}}) {
    Bytes content(size);
    for (size_t i = 0; i < size; ++i) content[i] = static_cast<std::byte>(i * i >> 3);
    const Bytes file = gzipped(content);
    CHECK(is_gzip(file));
    CHECK(gunzip(file) == content);
  }
  // gzip -9 of "rivulet rivulet rivulet\n": a fixed Huffman code that ends next to the trailer.
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xca\x2c\x2b\xcd\x49\x2d\x51\x28\x42\xa5\xb9"
      "\x00\x62\x73\x1c\x18\x18\x00\x00\x00",
      31);
  CHECK(gunzip(bytes_of(packed)) == bytes_of("rivulet rivulet rivulet\n"));
  std::string named = packed;
  named[3] = 2 | 4 | 8 | 16;  // checksum of the head, extra field, name, comment
  named.insert(10, std::string("\2\0ab", 4) + std::string("name\0comment\0", 13) + "cc");
  const uint32_t sum = crc32(std::as_bytes(std::span(named)).first(27));
  named[27] = static_cast<char>(sum & 255U);
  named[28] = static_cast<char>(sum >> 8 & 255U);
  CHECK(gunzip(bytes_of(named)) == bytes_of("rivulet rivulet rivulet\n"));
  // Several members, as of files put behind one another, and zeros of a tape's last block.
  const std::string both = named + packed + std::string(512, '\0');
  CHECK(gunzip(bytes_of(both)) == bytes_of("rivulet rivulet rivulet\nrivulet rivulet rivulet\n"));
  named[12] ^= 1;  // within the head
  CHECK(refusal([&] { (void)gunzip(bytes_of(named)); }) ==
        "[gzip] the file is damaged: its head does not fit its checksum");
}

TEST_CASE("gzip: every malformed file is refused with its reason") {
  const Bytes good = gzipped(bytes_of("contents"));
  const auto refused = [](const Bytes& file, std::string_view because) {
    check_refused([](const Bytes& bytes) { return gunzip(bytes); }, file, because);
  };
  const auto changed = [&](size_t at, int value) {
    Bytes file = good;
    file[at] = static_cast<std::byte>(value);
    return file;
  };
  refused({}, "not a gzip file");
  refused(bytes_of("garbage, and more of it than a head"), "not a gzip file");
  refused(bytes_of("\x1f\x8b\x08"), "not a gzip file");
  refused(changed(2, 7), "a way that is not known");
  refused(changed(3, 0x80), "a way that is not known");
  refused(changed(16, 'C'), "do not fit its checksum");
  refused(changed(good.size() - 8, 1), "do not fit its checksum");
  refused(changed(10, 7), "damaged");
  for (const int size : {0, 7, 9}) {
    refused(changed(good.size() - 4, size), "do not fit its checksum");
  }
  refused(changed(good.size() - 3, 0xff), "do not fit its checksum");
  const std::string limit = refusal([&] { (void)gunzip(good, 7); });
  CHECK(limit.find("more than 7 bytes") != std::string::npos);
  Bytes longer = good;
  longer.push_back(std::byte{7});
  refused(longer, "1 bytes follow the end");
  for (size_t length = 2; length < good.size(); ++length) {
    const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
    CAPTURE(length);
    CHECK_THROWS_AS((void)gunzip(cut), Error);
  }
  for (const int flag : {4, 8, 16}) {
    Bytes file = changed(3, flag);
    for (size_t i = 10; i + 8 < file.size(); ++i) file[i] = std::byte{0xff};
    refused(file, "ends within its head");
  }
}

namespace {

/// An npy file of one axis: values of that type, as they lie.
Bytes typed(const char* type, std::string_view values, size_t count) {
  const std::string head = std::string("{'descr': '") + type +
                           "', 'fortran_order': False, 'shape': (" + std::to_string(count) +
                           ",), }\n";
  Bytes file = npy_of(head, 0);
  const Bytes more = bytes_of(values);
  file.insert(file.end(), more.begin(), more.end());
  return file;
}

template <class T>
Bytes of_values(const char* type, std::vector<T> values) {
  return typed(type, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)},
               values.size());
}

using Values = std::vector<uint8_t>;

}  // namespace

TEST_CASE("npy and idx: every type of number, where its values are bytes") {
  CHECK(parse_npy(of_values<int64_t>("<i8", {0, 7, 255})).values == Values{0, 7, 255});
  CHECK(parse_npy(of_values<uint64_t>("<u8", {200})).values == Values{200});
  CHECK(parse_npy(of_values<int32_t>("<i4", {1, 254})).values == Values{1, 254});
  CHECK(parse_npy(of_values<uint16_t>("=u2", {9})).values == Values{9});
  CHECK(parse_npy(typed(">i2", {"\0\x80", 2}, 1)).values == Values{128});
  CHECK(parse_npy(typed("|i1", "\x7f", 1)).values == Values{127});
  CHECK(parse_npy(typed("|b1", {"\0\1", 2}, 2)).values == Values{0, 1});
  CHECK(parse_npy(typed("|b1", {"\0\1", 2}, 2), Meaning::pixels).values == Values{0, 255});
  CHECK(parse_npy(of_values<double>("<f8", {3, 255})).values == Values{3, 255});
  CHECK(parse_npy(typed("<f2", {"\x00\x3c\x00\x58", 4}, 2)).values == Values{1, 128});
  CHECK(parse_idx(bytes_of({"\0\0\x0c\1\0\0\0\2\0\0\0\5\0\0\0\xfe", 16})).values == Values{5, 254});
  CHECK(parse_idx(bytes_of({"\0\0\x0b\1\0\0\0\1\0\x63", 10})).values == Values{99});
  CHECK(parse_idx(bytes_of({"\0\0\x0d\1\0\0\0\1\x40\x40\0\0", 12})).values == Values{3});
  CHECK(parse_idx(bytes_of({"\0\0\x0e\1\0\0\0\1\x40\x08\0\0\0\0\0\0", 16})).values == Values{3});

  // Pictures of a program that learns: told, and to the nearest level.
  const ByteArray unit =
      parse_npy(of_values<float>("<f4", {0, 0.5F, 1, 1 / 255.0F}), Meaning::pixels);
  CHECK(unit.values == Values{0, 128, 255, 1});
  CHECK(unit.stretched == "0..1");
  const ByteArray sides = parse_npy(of_values<float>("<f4", {-1, 0, 1}), Meaning::pixels);
  CHECK(sides.values == Values{0, 128, 255});
  CHECK(sides.stretched == "-1..1");
  CHECK(parse_npy(of_values<float>("<f4", {0, 1})).values == Values{0, 1});  // labels stay

  const auto reason = [](const Bytes& file, Meaning meaning = Meaning::pixels) {
    return refusal([&] { (void)parse_npy(file, meaning); });
  };
  CHECK(reason(of_values<int64_t>("<i8", {-1, 3})).find("values from -1 to 3") !=
        std::string::npos);
  CHECK(reason(of_values<int32_t>("<i4", {256})).find("values from 256") != std::string::npos);
  CHECK(reason(of_values<float>("<f4", {0.5F, 7})).find("not all of them whole") !=
        std::string::npos);
  CHECK(reason(of_values<float>("<f4", {-2, 0.5F})).find("values from -2 to 0.5") !=
        std::string::npos);
  CHECK(reason(of_values<float>("<f4", {0.5F}), Meaning::numbers).find("fit") != std::string::npos);
  CHECK(reason(of_values<double>("<f8", {std::numeric_limits<double>::quiet_NaN()}))
            .find("no number") != std::string::npos);
}

TEST_CASE("npy: columns first become rows first") {
  const std::string head = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
  Bytes file = npy_of(head, 0);
  for (const int value : {1, 4, 2, 5, 3, 6}) file.push_back(static_cast<std::byte>(value));
  CHECK(parse_npy(file) == counting({2, 3}));
}

TEST_CASE("deflate: what is damaged is refused, and nothing grows beyond its limit") {
  // zlib level 9 of "rivulet rivulet rivulet\n" is the fixed code of the gzip test above.
  const std::string packed("\x2b\xca\x2c\x2b\xcd\x49\x2d\x51\x28\x42\xa5\xb9\x00", 13);
  const Inflated found = inflate(bytes_of(packed + "more"), 100);
  CHECK(found.bytes == bytes_of("rivulet rivulet rivulet\n"));
  CHECK(found.used == packed.size());
  CHECK(refusal([&] { (void)inflate(bytes_of(packed), 10); }).find("more than 10 bytes") !=
        std::string::npos);
  for (size_t length = 0; length < packed.size(); ++length) {
    CHECK_THROWS_AS((void)inflate(bytes_of(packed.substr(0, length)), 100), Error);
  }
  for (const auto& [stream, because] : std::initializer_list<std::pair<std::string, const char*>>{
           {"\x07", "a kind that there is not"},
           {std::string("\x01\x05\x00\x00\x00", 5), "complement"},
           {std::string("\x03\x02\x00", 3), "beyond the beginning"},
           {std::string("\xfd\xff\xff\xff", 4), "too many symbols"},
           {std::string(20, '\x05'), "damaged"}}) {
    const std::string message = refusal([&] { (void)inflate(bytes_of(stream), 100); });
    CAPTURE(message);
    CHECK(message.find(because) != std::string::npos);
  }
  const std::string good = test::zlib_of("contents");
  CHECK(unzlib(bytes_of(good), 8) == bytes_of("contents"));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] ^= 1;
    CHECK_THROWS_AS((void)unzlib(bytes_of(changed), 8), Error);
  }
  CHECK_THROWS_AS((void)unzlib(bytes_of(good), 7), Error);
  CHECK_THROWS_AS((void)unzlib(bytes_of(good), 9), Error);
  CHECK_THROWS_AS((void)unzlib(bytes_of(good + "x"), 8), Error);
  CHECK(adler32(std::as_bytes(std::span("Wikipedia", 9))) == 0x11e60398);
}

TEST_CASE("deflate: words of up to twelve bits, longer than any that are looked up at once") {
  // By zlib, Huffman codes only, of letters that are as frequent as Fibonacci's numbers.
  constexpr std::string_view packed =
      "05c1418224497204b1b772a72bc34d05ff3f13f8bffffdefbffffefbf7efdfbf7f7f7f7f7f7f7f7f7fbf"
      "dfeff7fbfd7ebfdfeff7fbbeeffbbeeffbbeeffbbeeffbbeeffbde7befbdf7de7befbdf7de7befbdf7de"
      "7befbdf7debbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb6ddbb66ddbb66ddbb6"
      "6ddbb66ddbb66ddbb66ddbb66ddbb66ddbb66ddbb66ddbb6555555555555555555555555555555555555"
      "555555555555555555555555555555555555010000000000000000000000000000000000000000000000"
      "0000000000f87f";
  std::string stream;
  for (size_t i = 0; i < packed.size(); i += 2) {
    stream.push_back(static_cast<char>(std::stoi(std::string(packed.substr(i, 2)), nullptr, 16)));
  }
  std::string letters;
  size_t before = 1;
  size_t frequency = 1;
  for (char letter = 'a'; letter < 'm'; ++letter) {
    letters += std::string(frequency, letter);
    before = std::exchange(frequency, frequency + before);
  }
  CHECK(inflate(bytes_of(stream), 1000).bytes == bytes_of(letters));
}

TEST_CASE("zip: files stored and deflated; damage is named") {
  // Python's zipfile: a.npy stored, b deflated ("rivulet " three times), a folder.
  const auto local = [](const std::string& name, const std::string& data, int method,
                        const std::string& content) {
    const auto little = [](uint32_t value, int width) {
      std::string text;
      for (int i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 255U);
      return text;
    };
    const std::string sizes = little(crc32(std::as_bytes(std::span(content))), 4) +
                              little(static_cast<uint32_t>(data.size()), 4) +
                              little(static_cast<uint32_t>(content.size()), 4) +
                              little(static_cast<uint32_t>(name.size()), 2);
    const std::string common = little(20, 2) + little(0, 2) +
                               little(static_cast<uint32_t>(method), 2) + little(0, 4) + sizes;
    return std::pair{"PK\3\4" + common + little(0, 2) + name + data,
                     "PK\1\2" + little(20, 2) + common + std::string(12, '\0')};
  };
  const std::string packed("\x2b\xca\x2c\x2b\xcd\x49\x2d\x51\x28\x42\xa5\xb9\x00", 13);
  const auto [first, first_entry] = local("a.npy", "stored", 0, "stored");
  const auto [second, second_entry] = local("b", packed, 8, "rivulet rivulet rivulet\n");
  const auto directory = first_entry + std::string(4, '\0') + "a.npy" + second_entry +
                         static_cast<char>(first.size()) + std::string(3, '\0') + "b";
  const auto at = static_cast<char>(first.size() + second.size());
  const std::string archive = first + second + directory + "PK\5\6" + std::string(4, '\0') +
                              std::string("\2\0\2\0", 4) + static_cast<char>(directory.size()) +
                              std::string(3, '\0') + at + std::string(5, '\0');
  const std::vector<ZipEntry> entries = unzip(bytes_of(archive));
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].name == "a.npy");
  CHECK(entries[0].bytes == bytes_of("stored"));
  CHECK(entries[1].bytes == bytes_of("rivulet rivulet rivulet\n"));
  std::string damaged = archive;
  damaged[first.size() - 1] ^= 4;
  CHECK(refusal([&] { (void)unzip(bytes_of(damaged)); }).find("a.npy: it is damaged") !=
        std::string::npos);
  for (size_t length = 0; length < archive.size(); ++length) {
    CHECK_THROWS_AS((void)unzip(bytes_of(archive.substr(0, length))), Error);
  }
  CHECK(refusal([&] { (void)unzip(bytes_of(archive.substr(0, archive.size() - 1))); }) ==
        "[zip] the archive is cut off: its directory is missing");
  CHECK(refusal([&] { (void)unzip(bytes_of(archive), 6); }).find("b: too large") !=
        std::string::npos);
  CHECK(refusal([&] { (void)unzip(bytes_of(archive), 5); }).find("a.npy: too large") !=
        std::string::npos);
  for (const size_t size : {20U, 24U}) {  // packed, unpacked: of more than 4 GB, says one or both
    std::string large = archive;
    large.replace(first.size() + second.size() + size, 4, "\xff\xff\xff\xff");
    CHECK(refusal([&] {
            (void)unzip(bytes_of(large), uint64_t{1} << 40);
          }).find("a.npy: too large") != std::string::npos);
  }
  CHECK(unzip(bytes_of(archive), 30).size() == 2);  // 6 and 24
  CHECK_THROWS_AS((void)unzip(bytes_of(archive), 29), Error);
}

TEST_CASE("what a file is, by how it begins") {
  const auto kind = [](std::string_view text) { return kind_of_file(bytes_of(text)); };
  CHECK(kind("") == FileKind::empty);
  CHECK(kind("\xff\xd8\xff\xe0") == FileKind::jpeg);
  CHECK(kind("\n<!DOCTYPE HTML><title>404</title>") == FileKind::html);
  CHECK(kind("version https://git-lfs.github.com/spec/v1\n") == FileKind::git_lfs);
  CHECK(kind("1.5,2\n3,4\n") == FileKind::csv);
  CHECK(kind("a sentence, and another") == FileKind::text);
  CHECK(kind("{\"a\": 1}") == FileKind::json);
  CHECK(kind(std::string(600, '\0')) == FileKind::zeros);
  CHECK(kind({"\x20\0\0\0\0\0\0\0{\"a\":{}}", 16}) == FileKind::safetensors);
  CHECK(kind({"\0\0\x08\3\0\0\0\1", 8}) == FileKind::idx);
  CHECK(kind("RIFF....WEBPVP8 ") == FileKind::webp);
  CHECK(kind("\x01\x02\x03") == FileKind::other);
  CHECK(in_words(FileKind::jpeg) == "a JPEG picture");
}

TEST_CASE("text of strangers: UTF-8, names in natural order") {
  for (const char* good : {"", "abc", "caf\xc3\xa9", "\xe7\xbb\x86\xe6\xb5\x81", "\xf0\x9f\x98\x80",
                           "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_utf8(good));
    CHECK(printable(good) == good);
  }
  for (const char* bad : {"caf\xe9", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xff", "\x80", "a\xe7\xbb"}) {
    CHECK_FALSE(is_utf8(bad));
  }
  CHECK(printable("caf\xe9\n") == "caf\\xE9\\x0A");
  std::vector<std::string> names{"class10", "class2", "class1", "B", "a", "class02", "", "class"};
  std::ranges::sort(names, natural_less);
  CHECK(names ==
        std::vector<std::string>{"", "B", "a", "class", "class1", "class02", "class2", "class10"});
  CHECK_FALSE(natural_less("x7", "x7"));
}

TEST_SUITE_END();
