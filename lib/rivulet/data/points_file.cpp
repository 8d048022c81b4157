#include "rivulet/data/points_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/core/error.h"

namespace rivulet::data {
namespace {

constexpr double reach = 2.7;  // of the farthest point
constexpr std::string_view blanks = " \t\r\v\f";
constexpr std::string_view marks = ",; \t";

struct Row {
  double x = 0;
  double y = 0;
};

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

/// A number at the beginning, up to a mark, which is cut off. strtod because libc++ 19 lacks
/// from_chars for floats.
std::optional<double> number(std::string_view& text) {
  const std::string word(text.substr(0, text.find_first_of(marks)));
  if (word.empty() || word.find_first_of("xX") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (end != word.c_str() + word.size()) return std::nullopt;
  text.remove_prefix(word.size());
  return value;
}

/// Exactly two numbers; nothing otherwise.
std::optional<Row> row_of(std::string_view line) {
  const std::optional<double> x = number(line);
  if (!x || line.empty() || marks.find(line.front()) == std::string_view::npos) return std::nullopt;
  line = trimmed(line);
  if (!line.empty() && (line.front() == ',' || line.front() == ';')) line = trimmed(line.substr(1));
  const std::optional<double> y = number(line);
  if (!y || !line.empty()) return std::nullopt;
  return Row{*x, *y};
}

/// Calls `take(line, number)` for each line that says something, until it returns false.
template <class Take>
void each_line(std::string_view text, const Take& take) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int64_t at = 1; !text.empty(); ++at) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (!take(line, at)) return;
  }
}

[[noreturn]] void bad_line(int64_t at, const std::string& why) {
  fail("points", "line " + std::to_string(at) + ": " + why);
}

std::vector<Row> rows_of(std::string_view text) {
  std::vector<Row> rows;
  bool first = true;
  each_line(text, [&](std::string_view line, int64_t at) {
    const std::optional<Row> row = row_of(line);
    if (!row && !first) {
      bad_line(at, '"' + std::string(line.substr(0, 40)) + "\" is not two numbers");
    }
    first = false;
    if (!row) return true;  // a header
    if (!std::isfinite(row->x) || !std::isfinite(row->y)) bad_line(at, "a number is not finite");
    if (rows.size() == static_cast<size_t>(max_point_rows)) {
      bad_line(at, "more than " + std::to_string(max_point_rows) + " rows");
    }
    rows.push_back(*row);
    return true;
  });
  if (rows.empty()) fail("points", "there is no row of two numbers");
  return rows;
}

}  // namespace

bool looks_like_points(std::string_view text) {
  bool found = false;
  int seen = 0;
  each_line(text.substr(0, 4096), [&](std::string_view line, int64_t /*at*/) {
    found = row_of(line).has_value();
    return !found && ++seen < 2;
  });
  return found;
}

PointsFile read_points(std::string_view text) {
  const std::vector<Row> rows = rows_of(text);
  const auto [left, right] = std::ranges::minmax(rows, {}, &Row::x);
  const auto [low, high] = std::ranges::minmax(rows, {}, &Row::y);
  PointsFile file{.rows = static_cast<int64_t>(rows.size()),
                  .centre_x = left.x / 2 + right.x / 2,
                  .centre_y = low.y / 2 + high.y / 2};
  const double far = std::max(right.x / 2 - left.x / 2, high.y / 2 - low.y / 2);
  if (far <= 0) fail("points", "all points are the same");
  file.scale = reach / far;
  if (!std::isfinite(file.scale)) fail("points", "all points are nearly the same");
  const size_t count = std::min(rows.size(), static_cast<size_t>(max_cloud_points));
  file.points.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const Row& row = rows[i * rows.size() / count];
    file.points.push_back({static_cast<float>((row.x - file.centre_x) * file.scale),
                           static_cast<float>((row.y - file.centre_y) * file.scale)});
  }
  return file;
}

}  // namespace rivulet::data
