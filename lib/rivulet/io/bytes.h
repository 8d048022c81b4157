// Whole files and text-safe bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rivulet::io {

using Bytes = std::vector<std::byte>;

/// The whole file. Throws Error with the path and the system's reason when it cannot be opened or
/// read (a folder, say), or when it is longer than `max_bytes`.
[[nodiscard]] Bytes read_file(const std::string& path, uint64_t max_bytes = uint64_t{1} << 30);

/// Writes PATH.part, waits until the disk has it, and renames it, so that PATH is never half
/// written (a pipe or a device is written itself). Throws Error.
void write_file(const std::string& path, std::span<const std::byte> bytes);

/// RFC 4648 section 5 (the alphabet that is safe in a URL), without padding.
[[nodiscard]] std::string base64url(std::span<const std::byte> bytes);

/// The inverse. Throws Error unless the text is what `base64url` gives for some bytes.
[[nodiscard]] Bytes from_base64url(std::string_view text);

}  // namespace rivulet::io
