// The colours that values of attributes stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rivulet::data {

/// As 0xRRGGBB; nothing where the value names no colour. `attribute` and `value` as the sets have
/// them: "hair colour", "auburn".
[[nodiscard]] std::optional<uint32_t> colour_of(std::string_view attribute, std::string_view value);

}  // namespace rivulet::data
