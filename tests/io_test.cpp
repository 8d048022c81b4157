#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "byte_files.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/half.h"
#include "rivulet/io/png.h"
#include "rivulet/io/safetensors.h"
#include "temp_folder.h"

using namespace rivulet;
using namespace rivulet::io;
using test::chunk_of;
using test::png_head;
using test::png_of;

namespace {

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A safetensors file with this header and this many zero bytes of data.
Bytes file_of(const std::string& header, size_t data_size = 0) {
  const uint64_t length = header.size();
  Bytes file(8);
  std::memcpy(file.data(), &length, 8);
  const Bytes text = bytes_of(header);
  file.insert(file.end(), text.begin(), text.end());
  file.resize(file.size() + data_size);
  return file;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}";
}

/// A JSON object of these members.
std::string object(std::string_view members) {
  std::string text(1, '{');
  text.append(members);
  text.push_back('}');
  return text;
}

/// The message of the Error that `action` throws; empty when it throws none.
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool refused(const Bytes& file, std::string_view because) {
  const std::string message = refusal([&] { (void)parse_safetensors(file); });
  CAPTURE(message);
  const bool found = message.find(because) != std::string::npos;
  CHECK(found);
  return found;
}

Image noise_image(int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
  Rng rng(static_cast<uint64_t>(width * 1000 + channels));
  for (int i = 0; i < width * height * channels; ++i) {
    image.pixels.push_back(static_cast<uint8_t>(rng.below(256)));
  }
  return image;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("half: every half survives, and rounding is to nearest even at every midpoint") {
  for (uint32_t h = 0; h < 65536; ++h) {
    const auto half = static_cast<uint16_t>(h);
    const float value = from_half(half);
    if (std::isnan(value)) {
      REQUIRE(to_half(value) == (half | 0x0200U));  // quiet, and otherwise the same
    } else {
      REQUIRE(to_half(value) == half);
    }
  }
  // Midpoints of neighbours are floats; so are the values next to them. (The neighbour of the
  // largest half, 65504, would be 65536 = infinity.)
  for (uint32_t h = 0; h < 0x7c00U; ++h) {
    const float below = from_half(static_cast<uint16_t>(h));
    const float above = h + 1 == 0x7c00U ? 65536.0F : from_half(static_cast<uint16_t>(h + 1));
    const float middle = 0.5F * (below + above);
    const uint32_t even = (h & 1U) == 0 ? h : h + 1;
    REQUIRE(to_half(middle) == even);
    REQUIRE(to_half(std::nextafter(middle, 0.0F)) == h);
    REQUIRE(to_half(std::nextafter(middle, 1e6F)) == h + 1);
    REQUIRE(to_half(-middle) == (even | 0x8000U));
  }
}

TEST_CASE("half: known values") {
  CHECK(from_half(0x0001) == 0x1p-24F);
  CHECK(from_half(0x0400) == 0x1p-14F);
  CHECK(from_half(0x3c00) == 1.0F);
  CHECK(from_half(0xc000) == -2.0F);
  CHECK(from_half(0x7bff) == 65504.0F);
  CHECK(to_half(0.1F) == 0x2e66);
  CHECK(to_half(1e-10F) == 0);
  CHECK(to_half(-1e-10F) == 0x8000);
  CHECK(to_half(1e10F) == 0x7c00);
  CHECK(to_half(-std::numeric_limits<float>::infinity()) == 0xfc00);
  CHECK(to_half(std::numeric_limits<float>::denorm_min()) == 0);
}

TEST_CASE("base64url: the vectors of RFC 4648, every length, and only what it writes") {
  const std::pair<const char*, const char*> known[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
  for (const auto& [plain, text] : known) {
    CHECK(base64url(bytes_of(plain)) == text);
    CHECK(from_base64url(text) == bytes_of(plain));
  }
  for (const char* bad : {"Z", "Zm9vY", "Zg==", "Zm 9v", "Zm+v", "Zm/v", "Zh", "Zm9", "\xc3\xa9"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)from_base64url(bad), Error);
  }
}

TEST_CASE("files: written whole, read whole, refused with a reason") {
  const test::TempFolder folder;
  Bytes content(200001);
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * 31 % 251);
  write_file(folder / "a", content);
  CHECK(read_file(folder / "a") == content);
  CHECK_FALSE(std::filesystem::exists(folder / "a.part"));
  write_file(folder / "a", {});
  CHECK(read_file(folder / "a").empty());
  write_file(folder / "a", content);
  CHECK(refusal([&] { (void)read_file(folder / "a", 200000); }).find("longer than 200000") !=
        std::string::npos);
  CHECK(read_file(folder / "a", 200001).size() == 200001);

  const std::string missing = refusal([&] { (void)read_file(folder / "none"); });
  CHECK(missing.starts_with("[read] cannot open "));
  CHECK(missing.find("none: ") != std::string::npos);
  CHECK_THROWS_AS((void)read_file(folder.path()), Error);
  CHECK_THROWS_AS(write_file(folder / "no/such/folder", content), Error);
  std::filesystem::create_directory(folder / "taken");
  CHECK_THROWS_AS(write_file(folder / "taken", content), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "taken.part"));
}

TEST_CASE("safetensors: a file as others write it") {
  const Bytes file = [] {
    Bytes bytes = file_of(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],)"
                          R"("data_offsets":[8,12]},"a":{"dtype":"F32","shape":[2,1],)"
                          R"("data_offsets":[0,8]}}   )");
    for (const unsigned byte : {0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0x3c, 0x01, 0}) {
      bytes.push_back(static_cast<std::byte>(byte));
    }
    return bytes;
  }();
  const SafeTensors content = parse_safetensors(file);
  CHECK(content.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  REQUIRE(content.tensors.size() == 2);
  CHECK(content.tensors[0].name == "a");
  CHECK(content.at("a").shape() == Shape{2, 1});
  CHECK(content.at("a")[0] == 1.5F);
  CHECK(content.at("a")[1] == -2.0F);
  CHECK(content.at("b")[0] == 1.0F);
  CHECK(content.at("b")[1] == 0x1p-24F);
  CHECK(content.find("c") == nullptr);
  CHECK_THROWS_WITH_AS((void)content.at("c"), "[safetensors] there is no tensor named c", Error);
}

TEST_CASE("safetensors: the bytes written are the format's") {
  const SafeTensors content{.metadata = {{"k", "v"}}, .tensors = {{"x", Tensor::scalar(1.0F)}}};
  const std::string header = R"({"__metadata__":{"checksum":"crc32:00000000","k":"v"},)"
                             R"("x":{"data_offsets":[0,2],"dtype":"F16","shape":[]}})";
  Bytes expected = file_of(header + std::string((8 - header.size() % 8) % 8, ' '), 2);
  expected[expected.size() - 1] = std::byte{0x3c};
  std::string sum = "00000000";
  uint32_t value = crc32(expected);
  for (size_t i = 8; i-- > 0; value >>= 4) sum[i] = "0123456789abcdef"[value & 15U];
  std::ranges::copy(std::as_bytes(std::span(sum)),
                    expected.begin() + 8 + static_cast<long>(header.find("crc32:")) + 6);
  CHECK(serialise(content, Precision::f16) == expected);
  CHECK(parse_safetensors(expected).metadata == content.metadata);
}

TEST_CASE("safetensors: files without a checksum are read, as other programs write them") {
  const std::string header =
      R"({"__metadata__":{"k":"v"},"x":{"data_offsets":[0,2],"dtype":"F16","shape":[]}})";
  CHECK(parse_safetensors(file_of(header, 2)).metadata.at("k") == "v");
  for (const char* line : {R"("checksum":"md5:0")", R"("checksum":"crc32:0123456")",
                           R"("checksum":"crc32:01234567")", R"("chdcksum":"crc32:00000000")"}) {
    const std::string summed = std::string(R"({"__metadata__":{)") + line +
                               R"(},"x":{"data_offsets":[0,2],"dtype":"F16","shape":[]}})";
    CAPTURE(line);
    CHECK(refusal([&] {
            (void)parse_safetensors(file_of(summed, 2));
          }).find("do not fit its checksum") != std::string::npos);
  }
}

TEST_CASE("safetensors: what is no weights is named, with the way out") {
  const test::TempFolder folder;
  const auto told = [&](std::string_view text) {
    write_file(folder / "w", bytes_of(text));
    return refusal([&] { (void)load_safetensors(folder / "w"); });
  };
  const std::string path = folder / "w";
  CHECK(told("<html>404</html>") ==
        "[safetensors] " + path +
            " is an HTML page, not weights (a safetensors file): download it again");
  CHECK(told("version https://git-lfs.github.com/spec/v1").find("git lfs pull") !=
        std::string::npos);
  CHECK(told("\x89PNG").find("w is a PNG picture, not weights") != std::string::npos);
  const Bytes whole =
      serialise({.metadata = {{"k", "v"}}, .tensors = {{"x", Tensor(Shape{50})}}}, Precision::f32);
  write_file(path, std::span(whole).first(whole.size() - 40));
  const std::string cut = refusal([&] { (void)load_safetensors(path); });
  CHECK(cut.find("it is cut off; if it was downloaded, download it again") != std::string::npos);
  CHECK(cut.find(path) != std::string::npos);
}

TEST_CASE("safetensors: there and back, through a file, in both precisions") {
  const test::TempFolder folder;
  Rng rng(1);
  SafeTensors content{.metadata = {{"title", "w\"q\" \xe6\xb5\x81\n"}, {"empty", ""}},
                      .tensors = {}};
  for (const Shape& shape :
       {Shape{}, Shape{7}, Shape{3, 5}, Shape{0, 4}, Shape{1, 2, 1, 3, 1, 2}}) {
    Tensor tensor(shape);
    rng.normal(tensor.span());
    content.tensors.push_back({shape.str(), tensor});
  }
  content.tensors.push_back(
      {"special", Tensor(Shape{4}, {std::numeric_limits<float>::infinity(), -0.0F, 65519.0F,
                                    std::numeric_limits<float>::quiet_NaN()})});
  for (const Precision precision : {Precision::f32, Precision::f16}) {
    save_safetensors(folder / "w.safetensors", content, precision);
    const SafeTensors read = load_safetensors(folder / "w.safetensors");
    CHECK(read.metadata == content.metadata);
    CHECK(read.tensors.size() == content.tensors.size());
    for (const auto& [name, tensor] : content.tensors) {
      const Tensor& other = read.at(name);
      REQUIRE(other.shape() == tensor.shape());
      for (int64_t i = 0; i < tensor.numel(); ++i) {
        const float expected =
            precision == Precision::f32 ? tensor[i] : from_half(to_half(tensor[i]));
        REQUIRE(std::bit_cast<uint32_t>(other[i]) == std::bit_cast<uint32_t>(expected));
      }
    }
    CHECK(serialise(read, precision) ==
          serialise(parse_safetensors(serialise(read, precision)), precision));
    // Words alone: the header is all that there is.
    const SafeTensors words{.metadata = content.metadata, .tensors = {}};
    CHECK(parse_safetensors(serialise(words, precision)).metadata == words.metadata);
  }
}

TEST_CASE("safetensors: what cannot be written is refused") {
  const auto write = [](std::vector<NamedTensor> tensors) {
    return refusal(
        [&] { (void)serialise({.metadata = {}, .tensors = std::move(tensors)}, Precision::f16); });
  };
  CHECK(write({{"a", Tensor{}}, {"a", Tensor{}}}) == "[safetensors] two tensors are named a");
  CHECK(write({{"", Tensor{}}}).find("cannot name") != std::string::npos);
  CHECK(write({{"__metadata__", Tensor{}}}).find("cannot name") != std::string::npos);
  CHECK(write({{"a", Tensor::scalar(65520.0F)}}) ==
        "[safetensors] a holds 65520, too large for f16");
  CHECK(write({{"a", Tensor::scalar(-1e9F)}}).find("too large") != std::string::npos);
  CHECK(write({{"\xff", Tensor{}}}).find("UTF-8") != std::string::npos);
}

TEST_CASE("safetensors: hostile files are refused with a reason") {
  const std::string good = entry("a", "F32", "[2]", "[0,8]");
  REQUIRE(parse_safetensors(file_of(object(good), 8)).tensors.size() == 1);

  refused({}, "a file of 0 bytes");
  refused(Bytes(7), "a file of 7 bytes");
  refused(Bytes(8), "does not begin");
  refused(Bytes(8, std::byte{0xff}), "a header of 18446744073709551615 bytes");
  Bytes cut = file_of(object(good), 8);
  cut.resize(20);
  refused(cut, "in a file of 20 bytes");
  refused(file_of(object(good), 7), "bytes 0 to 8 of 7");
  refused(file_of(object(good), 9), "1 bytes of data belong to no tensor");
  refused(file_of(object(good) + "x", 8), "parse error");
  refused(file_of(object(good).substr(0, 50), 8), "parse error");
  refused(file_of(object(good).insert(0, 1, ' '), 8), "does not begin");
  refused(file_of("[]"), "does not begin");
  refused(file_of("{\"\xff\":{}}"), "parse error");

  refused(file_of(object(good + "," + good), 8), "\"a\" is there twice");
  refused(file_of(R"({"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}})", 8),
          "\"dtype\" is there twice");
  refused(file_of(R"({"a":[1]})"), "a is not an object");
  refused(file_of(R"({"a":1})"), "not an object");
  refused(file_of(R"({"":{}})"), "no name");
  refused(file_of(R"({"a":{"b":{"c":{}}}})"), "nested more than 3 deep");
  refused(file_of("{\"a\":{\"shape\":" + std::string(100000, '[')), "nested more than 3 deep");
  refused(file_of("{\"a\":" + std::string(100000, '{')), "parse error");
  refused(file_of("{\"a\":{\"b\":{\"c\":" + std::string(100000, '{')), "nested more than 3 deep");

  refused(file_of(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8), "a has no dtype");
  refused(file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8), "a has no shape");
  refused(file_of(R"({"a":{"dtype":"F32","shape":[2]}})", 8), "a has no data_offsets");
  refused(file_of(object(entry("a", "I64", "[1]", "[0,8]")), 8), "data type I64");
  refused(file_of(R"({"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8), "data type ?");

  refused(file_of(object(entry("a", "F32", "[3]", "[0,8]")), 8), "shape (3) does not fit");
  refused(file_of(object(entry("a", "F32", "[2,0]", "[0,8]")), 8), "does not fit");
  refused(file_of(object(entry("a", "F32", "[]", "[0,8]")), 8), "shape () does not fit");
  refused(file_of(object(entry("a", "F32", "[2]", "[0,7]")), 7), "not whole elements");
  refused(file_of(object(entry("a", "F32", "[-2]", "[0,8]")), 8), "whole numbers");
  refused(file_of(object(entry("a", "F32", "[2.0]", "[0,8]")), 8), "whole numbers");
  refused(file_of(object(entry("a", "F32", "[\"2\"]", "[0,8]")), 8), "whole numbers");
  refused(file_of(object(entry("a", "F32", "2", "[0,8]")), 8), "not an array");
  refused(file_of(object(entry("a", "F32", "[1,1,1,1,1,1,2]", "[0,8]")), 8), "more than 6");
  for (const char* shape :
       {"[4294967296,4294967296]", "[0,4294967296,4294967296]", "[4294967296,4294967296,0]",
        "[18446744073709551615]", "[9223372036854775809,2]", "[65536,65536,65536,65536,1]"}) {
    refused(file_of(object(entry("a", "F32", shape, "[0,0]"))), "too large");
  }
  refused(file_of(object(entry("a", "F32", "[18446744073709551616]", "[0,8]")), 8),
          "whole numbers");

  refused(file_of(object(entry("a", "F32", "[2]", "[8,0]")), 8), "bytes 8 to 0 of 8");
  refused(file_of(object(entry("a", "F32", "[2]", "[0,8,8]")), 8), "not a pair");
  refused(file_of(object(entry("a", "F32", "[2]", "[0]")), 8), "not a pair");
  refused(
      file_of(object(entry("a", "F32", "[2]", "[18446744073709551608,18446744073709551615]")), 8),
      "of 8");
  const std::string low = entry("a", "F32", "[1]", "[0,4]");
  refused(file_of(object(low + "," + entry("b", "F32", "[1]", "[2,6]")), 6), "was due");
  refused(file_of(object(low + "," + entry("b", "F32", "[1]", "[0,4]")), 4), "was due");
  refused(file_of(object(low + "," + entry("b", "F32", "[1]", "[8,12]")), 12), "was due");
  refused(file_of(R"({"__metadata__":[]})"), "not an object");
  refused(file_of(R"({"__metadata__":"x"})"), "not an object");
  refused(file_of(R"({"__metadata__":{"k":1}})"), "k is not a string");
  // Digits that are written in another way are no checksum of zeros.
  refused(file_of(R"({"__metadata__":{"checksum":"crc32:0000000\u0030"}})"), "it is damaged");

  // Names come from the file: messages show no control characters and do not grow with them.
  const std::string long_name(5000, 'n');
  CHECK(refusal([&] {
          (void)parse_safetensors(file_of(object(entry(long_name, "", "", ""))));
        }).size() < 120);
  CHECK(refusal([&] {
          (void)parse_safetensors(file_of(R"({"a\u0007\u001b[1m":1})"));
        }).find('\x1b') == std::string::npos);
}

TEST_CASE("safetensors: every truncation and every changed byte is refused") {
  SafeTensors content{.metadata = {{"k", "v"}}, .tensors = {}};
  content.tensors.push_back({"a", Tensor(Shape{2, 2}, {1, 2, 3, 4})});
  content.tensors.push_back({"b", Tensor(Shape{3}, {5, 6, 7})});
  const Bytes file = serialise(content, Precision::f16);
  for (size_t size = 0; size < file.size(); ++size) {
    CHECK_THROWS_AS((void)parse_safetensors(std::span(file).first(size)), Error);
  }
  for (size_t i = 0; i < file.size(); ++i) {
    for (const int flip : {1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      Bytes changed = file;
      changed[i] ^= static_cast<std::byte>(flip);
      CAPTURE(i);
      CHECK_THROWS_AS((void)parse_safetensors(changed), Error);
    }
    Bytes zeros = file;
    std::fill(zeros.begin() + static_cast<long>(i), zeros.end(), std::byte{0});
    if (zeros != file) CHECK_THROWS_AS((void)parse_safetensors(zeros), Error);
  }
}

TEST_CASE("png: there and back, every channel count and odd sizes") {
  const test::TempFolder folder;
  for (const int channels : {1, 3, 4}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {17, 5}, {64, 64}, {1, 300}}) {
      const Image image = noise_image(width, height, channels);
      CHECK(decode_png(encode_png(image)) == image);
    }
  }
  const Image image = noise_image(9, 4, 3);
  save_png(folder / "x.png", image);
  CHECK(load_png(folder / "x.png") == image);
  write_file(folder / "y.png", bytes_of("\xff\xd8\xff\xe0"));
  CHECK(refusal([&] { (void)load_png(folder / "y.png"); }) ==
        "[png] " + (folder / "y.png") + " is a JPEG picture, not a PNG picture");
  const Image grey = load_png(folder / "x.png", 1);
  CHECK(grey.channels == 1);
  CHECK(grey.pixels.size() == 36);
}

TEST_CASE("png: files of other encoders") {
  const auto decode = [](const char* text, int channels) {
    return decode_png(from_base64url(text), channels);
  };
  // Two bits a pixel, a palette of red, green, blue, white.
  const Image palette = decode(
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAgMAAADgGo6JAAAADFBMVEX_AAAA_wAAAP_____"
      "7AGD2AAAADElEQVR42mOQYHgC"
      "AAEwAP1oMM_fAAAAAElFTkSuQmCC",
      0);
  CHECK(palette ==
        Image{3, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0}});
  // Grey with alpha, read as RGBA.
  const Image grey = decode(
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR42mPgajjxHwAEPAJSUPPa_"
      "gAAAABJRU5ErkJggg",
      0);
  CHECK(grey == Image{2, 1, 4, {10, 10, 10, 128, 200, 200, 200, 255}});
  // Sixteen bits a channel: the nearest of 256 levels.
  const Image deep = decode(
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAIAAAAr0DSeAAAAFUlEQVR42mMQMgmrmLXn_"
      "38GhgYGACCeBOnrlOm6AAAAAElF"
      "TkSuQmCC",
      3);
  CHECK(deep == Image{2, 1, 3, {0x12, 0x56, 0x9a, 0xff, 0, 0x80}});
  // Row filters "sub" and "up".
  const Image filtered = decode(
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR42mPkEpFjZGRkYgUDAANqAGFELCR_"
      "AAAAAElFTkSu"
      "QmCC",
      0);
  CHECK(filtered == Image{2, 2, 3, {10, 20, 30, 11, 21, 31, 15, 25, 35, 16, 26, 36}});
}

TEST_CASE("png: transparency, palette and depth are honoured to the value") {
  const auto decode = [](const std::string& head, const std::string& middle,
                         std::string_view rows) { return decode_png(png_of(head, middle, rows)); };
  using Pixels = std::vector<uint8_t>;
  // Depths: each sample becomes the nearest of 256 levels.
  CHECK(decode(png_head(4, 1, 1, 0), "", {"\0\x50", 2}).pixels == Pixels{0, 255, 0, 255});
  CHECK(decode(png_head(4, 1, 2, 0), "", {"\0\x1b", 2}).pixels == Pixels{0, 85, 170, 255});
  CHECK(decode(png_head(2, 1, 4, 0), "", {"\0\x7f", 2}).pixels == Pixels{119, 255});
  CHECK(decode(png_head(4, 1, 16, 0), "", {"\0\0\x80\0\x81\xff\x7e\xff\xff", 9}).pixels ==
        Pixels{0, 1, 254, 255});
  // A colour that is clear, at the depth of the file: 0x0102 is, 0x0103 is not.
  const Image keyed = decode(png_head(2, 1, 16, 0), chunk_of("tRNS", "\1\2"), {"\0\1\2\1\3", 5});
  CHECK(keyed == Image{2, 1, 4, {1, 1, 1, 0, 1, 1, 1, 255}});
  CHECK(decode(png_head(2, 1, 8, 2), chunk_of("tRNS", {"\0\1\0\2\0\3", 6}),
               {"\0\1\2\3\1\2\4", 7}) == Image{2, 1, 4, {1, 2, 3, 0, 1, 2, 4, 255}});
  CHECK(decode(png_head(2, 1, 1, 0), chunk_of("tRNS", {"\0\1", 2}), {"\0\x40", 2}) ==
        Image{2, 1, 4, {0, 0, 0, 255, 255, 255, 255, 0}});
  // A palette some of whose entries are more or less clear.
  const std::string palette = chunk_of("PLTE", {"\x0a\x14\x1e\xff\0\0\0\xff\0", 9});
  CHECK(decode(png_head(3, 1, 2, 3), palette + chunk_of("tRNS", {"\0\x80", 2}), {"\0\x18", 2}) ==
        Image{3, 1, 4, {10, 20, 30, 0, 255, 0, 0, 128, 0, 255, 0, 255}});
  CHECK(decode(png_head(3, 1, 2, 3), palette, {"\0\x18", 2}).channels == 3);
  // Asked for without alpha, it lies on white.
  CHECK(decode_png(png_of(png_head(1, 1, 8, 4), "", {"\0\0\0", 3}), 3).pixels ==
        Pixels{255, 255, 255});
  // Interlaced: the seven passes of a picture of 2 x 2 have pixels in the first, sixth and seventh.
  CHECK(decode(png_head(2, 2, 8, 0, 1), "", {"\0\1\0\2\0\3\4", 7}).pixels == Pixels{1, 2, 3, 4});

  const auto refused = [&](const Bytes& file, std::string_view because) {
    const std::string message = refusal([&] { (void)decode_png(file); });
    CAPTURE(message);
    CHECK(message.find(because) != std::string::npos);
  };
  refused(png_of(png_head(1, 1, 2, 3), palette, {"\0\xc0", 2}), "colour 3, and the palette has 3");
  refused(png_of(png_head(1, 1, 8, 3), "", {"\0\0", 2}), "no palette");
  refused(png_of(png_head(1, 1, 8, 0), palette, {"\0\0", 2}), "a palette of 9 bytes");
  refused(png_of(png_head(1, 1, 1, 3), palette, {"\0\0", 2}), "a palette of 9 bytes");
  refused(png_of(png_head(1, 1, 2, 3), palette + palette, {"\0\0", 2}), "a palette of 9 bytes");
  refused(png_of(png_head(1, 1, 8, 3), chunk_of("PLTE", "1234"), {"\0\0", 2}),
          "a palette of 4 bytes");
  refused(png_of(png_head(1, 1, 8, 3), chunk_of("PLTE", ""), {"\0\0", 2}), "a palette of 0 bytes");
  refused(png_of(png_head(1, 1, 8, 6), chunk_of("tRNS", "\1\2"), "12345"), "transparency of 2");
  refused(png_of(png_head(1, 1, 4, 2), "", ""), "type 2 with 4 bits");
  refused(png_of(png_head(1, 1, 8, 5), "", ""), "type 5 with 8 bits");
  refused(png_of(png_head(1, 1, 8, 0), chunk_of("CgBI", ""), {"\0\0", 2}), "chunk CgBI");
  refused(png_of(png_head(1, 1, 8, 0), "", {"\5\0", 2}), "filtered in way 5");
  refused(png_of(png_head(1, 1, 8, 0), "", {"\0\0\0", 3}), "hold more than 2 bytes");
  refused(png_of(png_head(1, 1, 8, 0), chunk_of("IHDR", png_head(1, 1, 8, 0)), {"\0\0", 2}),
          "the only one");
  refused(
      bytes_of("\x89PNG\r\n\x1a\n" + chunk_of("IHDR", png_head(1, 1, 8, 0)) + chunk_of("IEND", "")),
      "no IDAT chunk");
}

TEST_CASE("png: hostile files and impossible requests are refused") {
  const Bytes good = encode_png(noise_image(8, 8, 3));
  REQUIRE(decode_png(good).width == 8);
  CHECK(refusal([] { (void)decode_png({}); }) == "[png] not a PNG file");
  CHECK(refusal([] { (void)decode_png(bytes_of("GIF89a, and more bytes than a head has")); }) ==
        "[png] not a PNG file");
  Bytes huge = good;
  huge[16] = std::byte{0x7f};
  CHECK(refusal([&] { (void)decode_png(huge); }) ==
        "[png] the file is damaged: chunk IHDR does not fit its checksum");
  CHECK(refusal([] { (void)decode_png(png_of(png_head(2130706440, 8, 8, 2), "", "")); }) ==
        "[png] a picture of 2130706440 x 8 (1 to 4096 a side)");
  CHECK(refusal([&] { (void)decode_png(good, 0, 7); }) ==
        "[png] a picture of 8 x 8 (1 to 7 a side)");
  CHECK_NOTHROW((void)decode_png(good, 0, 8));
  CHECK_NOTHROW((void)decode_png(encode_png(noise_image(max_picture_side, 1, 1))));
  for (const size_t method : {10U, 11U, 12U}) {  // of packing, filtering, interlacing
    std::string head = png_head(8, 8, 8, 2);
    head[method] = 2;
    CHECK(refusal([&] { (void)decode_png(png_of(head, "", "")); }) ==
          "[png] packed, filtered or interlaced in a way that is not known");
  }
  Bytes empty = good;
  empty[19] = std::byte{0};
  CHECK_THROWS_AS((void)decode_png(empty), Error);
  CHECK_THROWS_AS((void)decode_png(good, 2), Error);
  CHECK_THROWS_AS((void)decode_png(good, 5), Error);
  // A large picture promised, and next to no data.
  Bytes large = good;
  large = png_of(png_head(4096, 4096, 16, 6), "", "next to no data");
  CHECK(refusal([&] { (void)decode_png(large); }).find("in place of 134221824") !=
        std::string::npos);
  for (size_t size = 0; size < good.size(); ++size) {
    CHECK_THROWS_AS((void)decode_png(std::span(good).first(size)), Error);
  }
  for (size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {1, 4, 0x80}) {
      Bytes changed = good;
      changed[i] ^= static_cast<std::byte>(flip);
      CAPTURE(i);
      CHECK_THROWS_AS((void)decode_png(changed), Error);
    }
  }

  CHECK_THROWS_AS((void)encode_png({}), Error);
  CHECK_THROWS_AS((void)encode_png({.width = 2, .height = 2, .channels = 3, .pixels = {1, 2}}),
                  Error);
  CHECK_THROWS_AS((void)encode_png({.width = 1, .height = 1, .channels = 2, .pixels = {1, 2}}),
                  Error);
  CHECK_THROWS_AS((void)encode_png({.width = -1, .height = -1, .channels = 1, .pixels = {1}}),
                  Error);
}

TEST_SUITE_END();
