// Strokes as text.
#include <algorithm>
#include <cmath>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/target2d.h"
#include "rivulet/io/bytes.h"

namespace rivulet::data {
namespace {

constexpr int middle = 127;  // codes 0..254 stand for -3..3, so the centre is exact

/// A point on the grid of codes.
struct Code {
  int x = 0;
  int y = 0;

  friend bool operator==(const Code&, const Code&) = default;
};
using Codes = std::vector<Code>;

int code_of(float value) {
  if (!std::isfinite(value)) fail("strokes", "a coordinate is not finite");
  const float steps = std::clamp(value, -plane_radius, plane_radius) * (middle / plane_radius);
  return static_cast<int>(std::lround(steps)) + middle;
}

float value_of(int code) { return static_cast<float>(code - middle) * (plane_radius / middle); }

float squared_distance(Code p, Code from, Code to) {
  const auto dx = static_cast<float>(to.x - from.x);
  const auto dy = static_cast<float>(to.y - from.y);
  const auto px = static_cast<float>(p.x - from.x);
  const auto py = static_cast<float>(p.y - from.y);
  const float length = dx * dx + dy * dy;
  const float along = length > 0 ? std::clamp((px * dx + py * dy) / length, 0.0F, 1.0F) : 0.0F;
  const float ex = px - along * dx;
  const float ey = py - along * dy;
  return ex * ex + ey * ey;
}

/// Ramer-Douglas-Peucker: keeps the ends and, while any point is farther than the tolerance from
/// the chord, the farthest; without recursion, since strokes are long. Applied to its own result it
/// changes nothing.
Codes simplified(const Codes& line, float tolerance) {
  if (line.size() < 3) return line;
  std::vector<bool> keep(line.size(), false);
  keep.front() = keep.back() = true;
  std::vector<std::pair<size_t, size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    float farthest = tolerance * tolerance;
    size_t at = first;
    for (size_t i = first + 1; i < last; ++i) {
      const float far = squared_distance(line[i], line[first], line[last]);
      if (far > farthest) {
        farthest = far;
        at = i;
      }
    }
    if (at == first) continue;
    keep[at] = true;
    open.emplace_back(first, at);
    open.emplace_back(at, last);
  }
  Codes kept;
  for (size_t i = 0; i < line.size(); ++i) {
    if (keep[i] && (kept.empty() || kept.back() != line[i])) kept.push_back(line[i]);
  }
  return kept;
}

std::vector<Codes> quantised(std::span<const Stroke> strokes) {
  std::vector<Codes> lines;
  for (const Stroke& stroke : strokes) {
    Codes line;
    for (const Point& p : stroke) {
      const Code code{code_of(p.x), code_of(p.y)};
      if (line.empty() || line.back() != code) line.push_back(code);
    }
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string encode_cloud(const Stroke& points, size_t most) {
  io::Bytes bytes = {std::byte{0}};
  const size_t count = std::min(points.size(), most);
  for (size_t i = 0; i < count; ++i) {
    const Point& p = points[i * points.size() / count];
    bytes.push_back(static_cast<std::byte>(code_of(p.x)));
    bytes.push_back(static_cast<std::byte>(code_of(p.y)));
  }
  return io::base64url(bytes);
}

}  // namespace

std::vector<Stroke> cloud_of(Stroke points) {
  for (Point& p : points) p = {value_of(code_of(p.x)), value_of(code_of(p.y))};
  std::vector<Stroke> cloud(2);
  cloud.back() = std::move(points);
  return cloud;
}

bool is_cloud(std::span<const Stroke> strokes) {
  return strokes.size() == 2 && strokes.front().empty() && !strokes.back().empty();
}

std::string encode_strokes(std::span<const Stroke> strokes, int max_points) {
  if (is_cloud(strokes)) {
    return encode_cloud(strokes.back(), static_cast<size_t>(std::max(max_points, 1)));
  }
  const std::vector<Codes> lines = quantised(strokes);
  std::vector<Codes> kept;
  for (float tolerance = 1.0F;; tolerance *= 2.0F) {
    kept.clear();
    size_t points = 0;
    for (const Codes& line : lines) {
      kept.push_back(simplified(line, tolerance));
      points += kept.back().size();
    }
    if (points <= static_cast<size_t>(std::max(max_points, 0))) break;
    if (tolerance > 512.0F) {
      fail("strokes", std::to_string(lines.size()) + " strokes need more than " +
                          std::to_string(max_points) + " points");
    }
  }
  io::Bytes bytes;
  for (const Codes& line : kept) {
    size_t count = line.size();
    for (; count >= 128; count >>= 7) bytes.push_back(static_cast<std::byte>(count | 128U));
    bytes.push_back(static_cast<std::byte>(count));
    for (const Code& code : line) {
      bytes.push_back(static_cast<std::byte>(code.x));
      bytes.push_back(static_cast<std::byte>(code.y));
    }
  }
  return io::base64url(bytes);
}

std::vector<Stroke> decode_strokes(std::string_view text, int max_points) {
  // A first byte of 0 is an A and one of the first sixteen signs.
  const bool cloud = text.size() > 1 && text[0] == 'A' && text[1] >= 'A' && text[1] <= 'P';
  // Three bytes at most for a point and its share of a count: four characters.
  const auto limit = static_cast<size_t>(std::max(cloud ? max_cloud_points : max_points, 0));
  if (text.size() > 4 * limit + 4) {
    fail("strokes", "a text of " + std::to_string(text.size()) + " characters holds more than " +
                        std::to_string(max_points) + " points");
  }
  const io::Bytes bytes = io::from_base64url(text);
  size_t at = 0;
  const auto next = [&] {
    if (at == bytes.size()) fail("strokes", "the text ends within a stroke");
    return std::to_integer<int>(bytes[at++]);
  };
  const auto coordinate = [&] {
    const int code = next();
    if (code > 2 * middle) fail("strokes", "there is no coordinate " + std::to_string(code));
    return value_of(code);
  };
  std::vector<Stroke> strokes;
  if (!bytes.empty() && bytes.front() == std::byte{0}) {
    ++at;
    if (bytes.size() < 3 || bytes.size() / 2 > limit) {
      fail("strokes", std::to_string(bytes.size() / 2) + " points (1 to " + std::to_string(limit) +
                          " make a cloud)");
    }
    strokes.resize(2);
    while (at < bytes.size()) {
      const float x = coordinate();
      strokes.back().push_back({x, coordinate()});
    }
    return strokes;
  }
  size_t points = 0;
  while (at < bytes.size()) {
    size_t count = 0;
    int shift = 0;
    int byte = 128;
    for (; (byte & 128) != 0 && shift <= 14; shift += 7) {
      byte = next();
      count |= static_cast<size_t>(byte & 127) << shift;
    }
    if ((byte & 128) != 0 || count == 0 || count > limit - points) {
      fail("strokes", "a stroke of " + std::to_string(count) + " points (" +
                          std::to_string(max_points) + " in all)");
    }
    points += count;
    Stroke& stroke = strokes.emplace_back();
    for (size_t i = 0; i < count; ++i) {
      const float x = coordinate();
      const float y = coordinate();
      stroke.push_back({x, y});
    }
  }
  return strokes;
}

}  // namespace rivulet::data
