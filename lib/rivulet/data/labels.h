// What labels mean, as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/data/pictures.h"

namespace rivulet::data {

inline constexpr size_t max_label_values = 255;
inline constexpr size_t max_attributes = 64;
inline constexpr size_t max_name_bytes = 255;  ///< of an attribute or a value, as file names have

/// Reads [{"name": "hair", "values": ["short", "long"]}, ...]. The text is not trusted; throws
/// Error.
[[nodiscard]] std::vector<Attribute> parse_attributes(std::string_view json);
[[nodiscard]] std::string attributes_json(std::span<const Attribute> attributes);

/// Attributes of labels [N,k] that have numbers for names: "0", "1", ... up to the largest label.
/// Throws Error for a label of 255.
[[nodiscard]] std::vector<Attribute> numbered_attributes(std::span<const uint8_t> labels, size_t k);

/// Throws Error unless each picture has K labels, all of which stand for a value.
void check_labels(const Pictures& set);

}  // namespace rivulet::data
