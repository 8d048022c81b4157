// The character 流 ("to flow") as a bitmap.
#pragma once

#include <array>
#include <cstdint>

namespace rivulet::data {

inline constexpr int glyph_side = 64;

/// Rows from the top, the leftmost pixel in the highest bit. Rasterised from Noto Serif CJK SC Bold
/// 2.001 (Copyright Google and Adobe, SIL Open Font License 1.1; see assets/README.md).
inline constexpr std::array<uint64_t, glyph_side> glyph_rows{
    0x0000000000000000, 0x00000000c0000000, 0x020000007c000000, 0x03f000007f000000,
    0x01fc00003f800000, 0x00ff00001fc00000, 0x00ff80001fe00000, 0x007f80001fe00600,
    0x003fc0001fe00700, 0x003fc0000fe00f80, 0x001fc0000fc01fe0, 0x001fc00007803ff0,
    0x001f9ffffffffff8, 0x000f1ffffffffff8, 0x00000000fe000000, 0x00000001ffc00000,
    0x00001001ffe00000, 0xe0001003ff800000, 0x7e003007ff078000, 0x3f80200ffc03e000,
    0x1fe0601ff001f800, 0x1fe0603fc001fe00, 0x0ff0c0ff0000ff00, 0x0ff0c1fc0000ff80,
    0x07f1cff8ffffff80, 0x07f18ffffffe3fc0, 0x03f387fffff01fc0, 0x01c387ffff001fc0,
    0x000787fff0001fc0, 0x000703ff00000fc0, 0x000f03f000000f80, 0x000f038000000000,
    0x001e01ff3fe3fc00, 0x001e01ff3fc3fc00, 0x003e01fc3f83f800, 0x003c01fc3f83f800,
    0x007c01fc3f83f800, 0x007c01fc3f83f800, 0x00f801fc3f83f800, 0x00f801fc3f83f800,
    0x01f801fc3f83f800, 0x01f801fc3f83f800, 0x03f001fc3f83f800, 0x3ff001fc3f83f800,
    0x3ff001fc3f83f800, 0x07f001f83f83f800, 0x03f001f83f83f810, 0x03f003f83f83f810,
    0x03f803f83f83f810, 0x03f803f03f83f830, 0x03f803f03f83f830, 0x03fc07e03f83f830,
    0x03fc07e03f83f870, 0x03fc07c03f83f870, 0x03fc0fc03f83f8f0, 0x03fc0f803f83fff8,
    0x03fe1f003f83fffc, 0x03fe1e003f83fffc, 0x03fc3c003f83fffc, 0x03fc78003f83fff8,
    0x03fce0003e01ffe0, 0x03f9c00000000000, 0x00e1000000000000, 0x0000000000000000,
};

}  // namespace rivulet::data
