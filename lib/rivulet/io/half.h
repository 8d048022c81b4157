// IEEE 754 binary16, the format of weights on disk.
#pragma once

#include <cstdint>

namespace rivulet::io {

/// To half precision, nearest, ties to even: overflow gives infinity, subnormals are kept, a NaN
/// stays a (quiet) NaN.
[[nodiscard]] uint16_t to_half(float value);

/// From half precision; exact.
[[nodiscard]] float from_half(uint16_t half);

}  // namespace rivulet::io
