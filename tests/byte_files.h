// Small files for tests, and what a refusal says.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/crc.h"

namespace rivulet::test {

[[nodiscard]] inline io::Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A gzip file of this content, stored without compression.
[[nodiscard]] inline io::Bytes gzipped(std::span<const std::byte> content) {
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  const auto number = [&file](uint32_t value, int width) {
    for (int i = 0; i < width; ++i) file.push_back(static_cast<char>(value >> (8 * i) & 255U));
  };
  constexpr size_t longest = 65535;  // of a stored block
  size_t at = 0;
  do {
    const size_t length = std::min(content.size() - at, longest);
    number(at + length == content.size() ? 1 : 0, 1);
    number(static_cast<uint32_t>(length), 2);
    number(static_cast<uint32_t>(length ^ longest), 2);
    file.append(reinterpret_cast<const char*>(content.data()) + at, length);
    at += length;
  } while (at < content.size());
  number(io::crc32(content), 4);
  number(static_cast<uint32_t>(content.size()), 4);
  return bytes_of(file);
}

/// The message of the Error that `action` throws; empty when it throws none.
template <class Action>
[[nodiscard]] std::string refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace rivulet::test
