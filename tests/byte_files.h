// Small files for tests, and what a refusal says.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// A zip archive of these files, stored, as numpy.savez writes them.
[[nodiscard]] inline io::Bytes zip_of(const std::vector<std::pair<std::string, io::Bytes>>& files) {
  const auto little = [](size_t value, size_t width) {
    std::string text;
    for (size_t i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 255U);
    return text;
  };
  std::string archive;
  std::string directory;
  for (const auto& [name, content] : files) {
    const std::string about = little(20, 2) + std::string(8, '\0') + little(io::crc32(content), 4) +
                              little(content.size(), 4) + little(content.size(), 4) +
                              little(name.size(), 2);
    directory +=
        "PK\1\2" + little(20, 2) + about + std::string(12, '\0') + little(archive.size(), 4) + name;
    archive += "PK\3\4" + about + std::string(2, '\0') + name;
    archive.append(reinterpret_cast<const char*>(content.data()), content.size());
  }
  return bytes_of(archive + directory + "PK\5\6" + std::string(4, '\0') + little(files.size(), 2) +
                  little(files.size(), 2) + little(directory.size(), 4) +
                  little(archive.size(), 4) + std::string(2, '\0'));
}

/// Big endian.
[[nodiscard]] inline std::string number_of(uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 255U);
  return text;
}

/// A zlib stream of this content (at most 65,535 bytes), stored without compression.
[[nodiscard]] inline std::string zlib_of(std::string_view content) {
  const auto length = static_cast<uint32_t>(content.size());
  std::string stream("\x78\x01\x01", 3);
  for (const uint32_t value : {length, ~length}) {
    stream += static_cast<char>(value & 255U);
    stream += static_cast<char>(value >> 8 & 255U);
  }
  stream += content;
  return stream + number_of(io::adler32(std::as_bytes(std::span(content))));
}

/// A chunk of a PNG with its checksum.
[[nodiscard]] inline std::string chunk_of(const std::string& name, const std::string& body) {
  const std::string checked = name + body;
  return number_of(static_cast<uint32_t>(body.size())) + checked +
         number_of(io::crc32(std::as_bytes(std::span(checked))));
}

/// The head of a PNG.
[[nodiscard]] inline std::string png_head(uint32_t width, uint32_t height, int depth, int colour,
                                          int interlaced = 0) {
  return number_of(width) + number_of(height) + static_cast<char>(depth) +
         static_cast<char>(colour) + std::string(2, '\0') + static_cast<char>(interlaced);
}

/// A PNG of these chunks, which begin with the head's contents.
[[nodiscard]] inline io::Bytes png_of(const std::string& head, const std::string& middle,
                                      std::string_view rows) {
  return bytes_of("\x89PNG\r\n\x1a\n" + chunk_of("IHDR", head) + middle +
                  chunk_of("IDAT", zlib_of(rows)) + chunk_of("IEND", ""));
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
