// What a file is, by how it begins: for messages about files that are not what was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rivulet::io {

/// What is told apart.
enum class FileKind : uint8_t {
  empty,
  safetensors,
  png,
  jpeg,
  gif,
  webp,
  bmp,
  tiff,
  pdf,
  gzip,
  zip,
  npy,
  idx,
  hdf5,
  pickle,
  html,
  git_lfs,  ///< a pointer to a file that was not downloaded
  json,
  csv,
  text,
  zeros,
  other
};

[[nodiscard]] FileKind kind_of_file(std::span<const std::byte> file);

/// In words, to stand behind "it is": "a JPEG picture", "an HTML page".
[[nodiscard]] std::string_view in_words(FileKind kind);

}  // namespace rivulet::io
