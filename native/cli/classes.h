// Labels as words on the command line.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "rivulet/data/pictures.h"

namespace rivulet::cli {

/// An attribute and one of its values, or its count of values for "any".
struct ClassChoice {
  size_t attribute = 0;
  int value = 0;
};

/// Reads "dress" where there is one attribute, or "hair=bob", "hair=any". Throws Error listing the
/// names there are where one is unknown.
[[nodiscard]] ClassChoice class_choice(std::span<const data::Attribute> attributes,
                                       const std::string& text);

}  // namespace rivulet::cli
