// Arrays of bytes in files: idx, npy and gzip.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <numeric>

#include "byte_files.h"
#include "rivulet/io/gzip.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/npy.h"

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
    check_refused(parse_idx, file, because);
  };
  const auto text = [](std::string_view head) { return std::string(head); };
  refused({}, "not an idx file");
  refused(bytes_of("PNG"), "not an idx file");
  refused(idx_of(text({"\0\1\x08\1", 4}), 4), "not an idx file");
  refused(idx_of(text({"\0\0\x0d\1\0\0\0\1", 8}), 4), "type 0x0d");
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
    check_refused(parse_npy, file, because);
  };
  const auto head = [](std::string_view type, std::string_view order, std::string_view shape) {
    return "{'descr': '" + std::string(type) + "', 'fortran_order': " + std::string(order) +
           ", 'shape': " + std::string(shape) + ", }\n";
  };
  const auto shaped = [&](std::string_view shape, size_t values = 6) {
    return npy_of(head("|u1", "False", shape), values);
  };
  refused({}, "not an npy file");
  refused(bytes_of("\x93NUMPZ\1\0\0\0"), "not an npy file");
  refused(npy_of(head("|u1", "False", "(6,)"), 6, 4), "version 4");
  refused(npy_of(head("|u1", "False", "(6,)"), 6, -1), "version 255");
  refused(bytes_of(std::string("\x93NUMPY\2\0\1\0", 10)), "ends within its head");
  refused(bytes_of(std::string("\x93NUMPY\1\0\xff\xff{}", 12)), "a head of 65535 bytes");
  refused(bytes_of(std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12)), "a head of 4294967295 bytes");
  refused(npy_of(head("<f4", "False", "(6,)"), 24), "type '<f4'");
  refused(npy_of(head("|i1", "False", "(6,)"), 6), "type '|i1'");
  refused(npy_of(head("\n\x1b", "False", "(6,)"), 6), "type '?\?'");
  refused(npy_of(head("|u1", "True", "(2, 3)"), 6), "columns first");
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
  CHECK(gunzip(bytes_of(named)) == bytes_of("rivulet rivulet rivulet\n"));
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
  refused(changed(good.size() - 3, 0xff), "cannot unpack to the 65288 that the trailer claims");
  refused(changed(good.size() - 1, 0xff), "(at most 1073741824)");
  const std::string limit = refusal([&] { (void)gunzip(good, 7); });
  CHECK(limit.find("unpack to 8 (at most 7)") != std::string::npos);
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

TEST_SUITE_END();
