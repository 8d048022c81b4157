// zip archives, as numpy's npz files are: reading only.
#pragma once

#include <string>
#include <vector>

#include "rivulet/io/bytes.h"

namespace rivulet::io {

struct ZipEntry {
  std::string name;
  Bytes bytes;
};

/// Whether the bytes begin as a zip archive does.
[[nodiscard]] bool is_zip(std::span<const std::byte> file);

/// The files in an archive, stored or deflated, in the order of its directory; folders are left
/// out. The bytes are not trusted: names and sizes are checked, all files together are at most
/// `max_bytes`, and each must fit its checksum. Throws Error.
[[nodiscard]] std::vector<ZipEntry> unzip(std::span<const std::byte> file,
                                          uint64_t max_bytes = uint64_t{1} << 30);

}  // namespace rivulet::io
