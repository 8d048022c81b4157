// Labelled pictures as one PNG and one JSON file, for what ships with the app.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/data/pictures.h"
#include "rivulet/io/bytes.h"

namespace rivulet::data {

/// The JSON file's members: "name", "side", "channels" and "count" of the pictures; "attributes",
/// a list of {"name", "values"} as in attributes.json; "labels", base64url of the bytes [N,K].
/// The sheet has no gaps; rows fill from the left, and what the last row lacks is white.
struct Atlas {
  io::Bytes sheet;   ///< PNG
  std::string json;  ///< without pixels
};

[[nodiscard]] Atlas to_atlas(const Pictures& set, int columns);

/// The inverse. Neither part is trusted; throws Error.
[[nodiscard]] Pictures from_atlas(std::span<const std::byte> sheet, std::string_view json);

/// These pictures with their labels. Throws Error for an index that there is not.
[[nodiscard]] Pictures selected(const Pictures& set, std::span<const int64_t> indices);

}  // namespace rivulet::data
