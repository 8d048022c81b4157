// Pictures that a visitor gives to the lab "DDCM": files from outside, and drawings.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/io/bytes.h"

namespace rivulet::live {

/// RGB pixels [side,side,3].
using Pixels = std::vector<uint8_t>;

/// Any PNG as a picture of this side: its middle square, averaged; what is transparent lies on
/// white. The bytes are not trusted. Throws Error.
[[nodiscard]] Pixels fitted_picture(std::span<const std::byte> png, int side);

/// A picture as text for a URL (a PNG, base64url), and back: throws Error unless it is one of this
/// side.
[[nodiscard]] std::string picture_text(std::span<const uint8_t> pixels, int side);
[[nodiscard]] Pixels picture_of_text(std::string_view text, int side);

/// Bytes of a picture without loss: as a PNG, and as the list of its colours and the deflated
/// numbers of its pixels' colours, without any header.
struct LosslessSizes {
  int png = 0;
  int palette = 0;
};
[[nodiscard]] LosslessSizes lossless_sizes(std::span<const uint8_t> pixels, int side);

}  // namespace rivulet::live
