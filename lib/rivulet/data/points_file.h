// Points of the plane from a file of text (CSV), for the 2-D labs.
#pragma once

#include <cstdint>
#include <string_view>

#include "rivulet/data/target2d.h"

namespace rivulet::data {

/// Points as they are learned: shown = (given - centre) * scale, so that all of them lie within
/// [-2.7,2.7] and keep their proportions.
struct PointsFile {
  Stroke points = {};  ///< at most max_cloud_points, evenly chosen among the rows
  int64_t rows = 0;    ///< of the file
  double centre_x = 0;
  double centre_y = 0;
  double scale = 1;
};

inline constexpr int64_t max_point_rows = 1'000'000;

/// Does it begin like such a file: two numbers in one of its first two lines?
[[nodiscard]] bool looks_like_points(std::string_view text);

/// Two numbers a line, separated by a comma, a semicolon, a tab or blanks; a first line of words is
/// a header; blank lines, and those that begin with #, are passed over. Throws Error, with the
/// number of the line, for anything else, for numbers that are not finite, for more than
/// max_point_rows rows, for none, and where all points are one.
[[nodiscard]] PointsFile read_points(std::string_view text);

}  // namespace rivulet::data
