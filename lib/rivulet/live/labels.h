// What a visitor can choose of pictures: a value of each attribute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rivulet::live {

inline constexpr int any_label = -1;  ///< an attribute that is left open (the null label)

/// A value of each attribute, or any_label; attributes beyond the end are left open.
using PictureLabels = std::vector<int>;

/// "3.x.0": the values of the first attributes, those that are left open as x; and back. Reading
/// throws Error naming the key.
[[nodiscard]] std::string labels_text(PictureLabels labels);
[[nodiscard]] PictureLabels read_labels(const std::string& key, std::string_view text);

}  // namespace rivulet::live
