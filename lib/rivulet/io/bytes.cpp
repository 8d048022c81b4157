#include "rivulet/io/bytes.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int, 256> digit_values = [] {
  std::array<int, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  return values;
}();

}  // namespace

Bytes read_file(const std::string& path, uint64_t max_bytes) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("read", fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  Bytes bytes;
  // Read until the end rather than trust a length: pipes and /proc have none.
  size_t chunk = size_t{1} << 16;
  for (;;) {
    const size_t size = bytes.size();
    bytes.resize(size + chunk);
    const size_t got = std::fread(bytes.data() + size, 1, chunk, file.get());
    bytes.resize(size + got);
    if (std::ferror(file.get()) != 0) {
      fail("read", fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    }
    if (bytes.size() > max_bytes) {
      fail("read", fmt::format("{} is longer than {} bytes", path, max_bytes));
    }
    if (got < chunk) return bytes;
    if (chunk < (size_t{1} << 24)) chunk *= 2;
  }
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  const std::string part = path + ".part";
  File file(std::fopen(part.c_str(), "wb"));
  if (!file) fail("write", fmt::format("cannot open {}: {}", part, std::strerror(errno)));
  // An empty span may have no address, and fwrite asks for one.
  const bool written =
      bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  // Closing flushes: a full disk may show only here.
  const bool closed = std::fclose(file.release()) == 0;
  if (written && closed && std::rename(part.c_str(), path.c_str()) == 0) return;
  const int reason = errno;
  std::remove(part.c_str());
  fail("write", fmt::format("cannot write {}: {}", path, std::strerror(reason)));
}

std::string base64url(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t buffer = 0;
  int bits = 0;
  for (const std::byte byte : bytes) {
    buffer = buffer << 8 | std::to_integer<uint32_t>(byte);
    for (bits += 8; bits >= 6;) text += alphabet[buffer >> (bits -= 6) & 63U];
  }
  if (bits > 0) text += alphabet[buffer << (6 - bits) & 63U];
  return text;
}

Bytes from_base64url(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = digit_values[static_cast<unsigned char>(c)];
    if (value < 0) {
      fail("base64url", fmt::format("byte 0x{:02x} is not of the alphabet",
                                    static_cast<unsigned>(static_cast<unsigned char>(c))));
    }
    buffer = buffer << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(buffer >> bits & 255U));
  }
  if (text.size() % 4 == 1)
    fail("base64url", fmt::format("cut off after {} characters", text.size()));
  if ((buffer & ((1U << bits) - 1U)) != 0) fail("base64url", "the last character has stray bits");
  return bytes;
}

}  // namespace rivulet::io
