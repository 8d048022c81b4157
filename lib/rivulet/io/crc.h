// Checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rivulet::io {

/// CRC-16/CCITT (polynomial 0x1021, begins with 0xffff): finds every single error of up to 16 bits
/// in a row, and of two bits within 4 KB. May go on where the CRC of what comes before ended.
[[nodiscard]] uint16_t crc16(std::span<const std::byte> bytes, uint16_t before = 0xffff);

/// The checksum of gzip and PNG. May go on where that of what comes before ended.
[[nodiscard]] uint32_t crc32(std::span<const std::byte> bytes, uint32_t before = 0);

/// The checksum of zlib.
[[nodiscard]] uint32_t adler32(std::span<const std::byte> bytes);

}  // namespace rivulet::io
