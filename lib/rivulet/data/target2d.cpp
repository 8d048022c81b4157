#include "rivulet/data/target2d.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/glyph.h"

namespace rivulet::data {
namespace {

constexpr double pi = std::numbers::pi;
constexpr int gaussians = 8;
constexpr float gaussian_radius = 2.0F;
constexpr float gaussian_deviation = 0.12F;
constexpr float cell = 1.1F;  // of the board
constexpr float moon_deviation = 0.08F;
constexpr float thin_deviation = 0.05F;
constexpr float glyph_pixel = 4.8F / glyph_side;
constexpr float pen_radius = 0.08F;

/// (cos, sin) scaled. In double and then rounded, so that mathematical libraries, which differ in
/// the last bit of a double, give one float.
Point polar(double radius, double angle) {
  return {static_cast<float>(radius * std::cos(angle)),
          static_cast<float>(radius * std::sin(angle))};
}

Point gaussian_centre(int i) { return polar(gaussian_radius, 2.0 * pi * i / gaussians); }

Point noisy(Point p, float deviation, Rng& rng) {
  std::array<float, 2> z{};
  rng.normal(z);
  return {p.x + deviation * z[0], p.y + deviation * z[1]};
}

Point eight_gaussians(Rng& rng) {
  return noisy(gaussian_centre(static_cast<int>(rng.below(gaussians))), gaussian_deviation, rng);
}

/// Two half circles, each ending in the other's middle.
Point moon_at(uint32_t part, double u) {
  constexpr float scale = 1.5F;
  const float side = part == 0 ? 1.0F : -1.0F;
  const Point p = polar(1.0, pi * u);
  return {side * scale * (p.x - 0.5F), side * scale * (p.y - 0.25F)};
}
Point two_moons(Rng& rng) {
  const uint32_t part = rng.below(2);
  return noisy(moon_at(part, rng.uniform()), moon_deviation, rng);
}

/// Eight of the sixteen cells of a board.
Point checkerboard(Rng& rng) {
  const uint32_t row = rng.below(4);
  const uint32_t column = 2 * rng.below(2) + row % 2;
  const float x = static_cast<float>(column) + rng.uniform() - 2.0F;
  const float y = static_cast<float>(row) + rng.uniform() - 2.0F;
  return {cell * x, cell * y};
}

/// Two Archimedean arms of one and a half turns. The root spreads the mass evenly along them.
Point spiral_at(uint32_t part, double u) {
  constexpr double turns = 1.5;
  const double t = std::sqrt(static_cast<float>(u));
  return polar(2.5 * t, 2.0 * pi * turns * t + (part == 0 ? 0.0 : pi));
}
Point spirals(Rng& rng) {
  const double u = rng.uniform();
  return noisy(spiral_at(rng.below(2), u), thin_deviation, rng);
}

/// Three concentric circles with mass in proportion to their length.
Point ring_at(uint32_t part, double u) {
  constexpr double gap = 0.8;
  const int ring = part < 1 ? 1 : part < 3 ? 2 : 3;
  return polar(gap * ring, 2.0 * pi * u);
}
Point rings(Rng& rng) {
  const uint32_t part = rng.below(6);
  return noisy(ring_at(part, rng.uniform()), thin_deviation, rng);
}

/// One arm of one and a half turns, wide at its beginning; centred by its exact mean.
Point roll_at(uint32_t /*part*/, double u) {
  constexpr double a = 1.5 * pi;
  constexpr double b = 4.5 * pi;
  constexpr float scale = 0.2F;
  constexpr auto mean_x = static_cast<float>(2.0 * (b * b + a * a - 4.0) / (b * b - a * a));
  constexpr auto mean_y = static_cast<float>(4.0 / (b - a));
  const double t = std::sqrt(a * a + (b * b - a * a) * u);
  const Point p = polar(t, t);
  return {scale * (p.x - mean_x), scale * (p.y - mean_y)};
}
Point swiss_roll(Rng& rng) { return noisy(roll_at(0, rng.uniform()), thin_deviation, rng); }

/// A shape that is drawn by a Gaussian pen along lines: `parts` of equal mass, each at u in 0..1.
struct Penned {
  uint32_t parts;
  int steps;  // along a part, closer than the pen is wide
  double deviation;
  Point (*at)(uint32_t part, double u);
};

/// The entropy of such a shape: its density at nodes about its lines (Gauss-Hermite, of 7 points
/// in each direction), every line being many Gaussians.
double entropy_of(const Penned& pen) {
  constexpr std::array<double, 7> node = {
      -3.750439717725742, -2.366759410734541, -1.154405394739968, 0.0,
      1.154405394739968,  2.366759410734541,  3.750439717725742};
  constexpr std::array<double, 7> weight = {
      0.000548268855972218, 0.030757123967586497, 0.240123178605012714, 0.457142857142857143,
      0.240123178605012714, 0.030757123967586497, 0.000548268855972218};
  constexpr int between = 8;    // the density is asked at every so many of the Gaussians
  constexpr double far = 60.0;  // exp(-30) counts for nothing
  std::vector<Point> centres;
  for (uint32_t part = 0; part < pen.parts; ++part) {
    for (int i = 0; i < pen.steps; ++i) centres.push_back(pen.at(part, (i + 0.5) / pen.steps));
  }
  const double variance = pen.deviation * pen.deviation;
  const double scale = 1.0 / (2.0 * pi * variance * static_cast<double>(centres.size()));
  const auto density = [&](double x, double y) {
    double sum = 0;
    for (const Point& c : centres) {
      const double square = ((x - c.x) * (x - c.x) + (y - c.y) * (y - c.y)) / variance;
      if (square < far) sum += std::exp(-0.5 * square);
    }
    return scale * sum;
  };
  double entropy = 0;
  double total = 0;
  for (size_t k = between / 2; k < centres.size(); k += between) {
    for (size_t i = 0; i < node.size(); ++i) {
      for (size_t j = 0; j < node.size(); ++j) {
        const double share = weight[i] * weight[j];
        entropy -= share * std::log(density(centres[k].x + pen.deviation * node[i],
                                            centres[k].y + pen.deviation * node[j]));
        total += share;
      }
    }
  }
  return entropy / total;
}

/// The glyph's black pixels as row * side + column, and their mean.
struct Ink {
  static constexpr int count = [] {
    int n = 0;
    for (const uint64_t row : glyph_rows) n += std::popcount(row);
    return n;
  }();
  std::array<uint16_t, count> pixels{};
  float mean_x = 0;
  float mean_y = 0;
};

constexpr Ink ink = [] {
  Ink result;
  size_t n = 0;
  int sum_x = 0;
  int sum_y = 0;
  for (int y = 0; y < glyph_side; ++y) {
    for (int x = 0; x < glyph_side; ++x) {
      if ((glyph_rows[static_cast<size_t>(y)] >> (glyph_side - 1 - x) & 1U) == 0) continue;
      result.pixels[n++] = static_cast<uint16_t>(y * glyph_side + x);
      sum_x += x;
      sum_y += y;
    }
  }
  result.mean_x = static_cast<float>(sum_x) / Ink::count + 0.5F;
  result.mean_y = static_cast<float>(sum_y) / Ink::count + 0.5F;
  return result;
}();

Point glyph(Rng& rng) {
  const int at = ink.pixels[rng.below(Ink::count)];
  const float x = static_cast<float>(at % glyph_side) + rng.uniform() - ink.mean_x;
  const float y = static_cast<float>(at / glyph_side) + rng.uniform() - ink.mean_y;
  return {glyph_pixel * x, -glyph_pixel * y};
}

float clamp_to_plane(float value) { return std::clamp(value, -plane_radius, plane_radius); }

float distance(Point a, Point b) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  return std::sqrt(dx * dx + dy * dy);
}

}  // namespace

Target2d::Target2d(Shape2d shape) : shape_(shape) {
  if (shape == Shape2d::drawn) fail("target", "a drawn target needs strokes");
}

Target2d Target2d::drawn(std::vector<Stroke> strokes) {
  Target2d target(Shape2d::glyph);
  target.shape_ = Shape2d::drawn;
  const bool cloud = is_cloud(strokes);
  float length = 0;
  for (Stroke& stroke : strokes) {
    for (Point& p : stroke) {
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) fail("target", "a stroke is not finite");
      p = {clamp_to_plane(p.x), clamp_to_plane(p.y)};
    }
    if (stroke.empty() || cloud) continue;
    // A stroke begins with a dot of the pen's size, so that a mere tap has mass too.
    length += 2.0F * pen_radius;
    target.segments_.push_back({stroke.front(), stroke.front(), length});
    for (size_t i = 1; i < stroke.size(); ++i) {
      length += distance(stroke[i - 1], stroke[i]);
      target.segments_.push_back({stroke[i - 1], stroke[i], length});
    }
  }
  if (target.segments_.empty() && !cloud) fail("target", "there are no strokes");
  target.strokes_ = std::move(strokes);
  return target;
}

void Target2d::sample(Rng& rng, std::span<float> xy) const {
  if (xy.size() % 2 != 0) fail("target", std::to_string(xy.size()) + " values are not points");
  const auto fill = [&](auto&& draw) {
    for (size_t i = 0; i < xy.size(); i += 2) {
      const Point p = draw(rng);
      xy[i] = p.x;
      xy[i + 1] = p.y;
    }
  };
  const auto along_strokes = [this](Rng& r) -> Point {
    const float at = r.uniform() * segments_.back().end;
    const auto found = std::ranges::upper_bound(segments_, at, {}, &Segment::end);
    const Segment& segment = found == segments_.end() ? segments_.back() : *found;
    const float share = r.uniform();
    const double off = pen_radius * std::sqrt(static_cast<double>(r.uniform()));
    const Point pen = polar(off, 2.0 * pi * r.uniform());
    return {clamp_to_plane(segment.from.x + share * (segment.to.x - segment.from.x) + pen.x),
            clamp_to_plane(segment.from.y + share * (segment.to.y - segment.from.y) + pen.y)};
  };
  const auto of_cloud = [this](Rng& r) -> Point {
    const Stroke& points = strokes_.back();
    const Point p = points[r.below(static_cast<uint32_t>(points.size()))];
    const float x = p.x + stroke_grid * (r.uniform() - 0.5F);
    const float y = p.y + stroke_grid * (r.uniform() - 0.5F);
    return {clamp_to_plane(x), clamp_to_plane(y)};
  };
  switch (shape_) {
    case Shape2d::eight_gaussians:
      return fill(eight_gaussians);
    case Shape2d::two_moons:
      return fill(two_moons);
    case Shape2d::checkerboard:
      return fill(checkerboard);
    case Shape2d::spirals:
      return fill(spirals);
    case Shape2d::rings:
      return fill(rings);
    case Shape2d::swiss_roll:
      return fill(swiss_roll);
    case Shape2d::glyph:
      return fill(glyph);
    case Shape2d::drawn:
      return is_cloud(strokes_) ? fill(of_cloud) : fill(along_strokes);
  }
}

std::vector<Point> Target2d::modes() const {
  std::vector<Point> centres;
  if (shape_ != Shape2d::eight_gaussians) return centres;
  for (int i = 0; i < gaussians; ++i) centres.push_back(gaussian_centre(i));
  return centres;
}

std::optional<double> Target2d::entropy() const {
  switch (shape_) {
    case Shape2d::eight_gaussians:  // which lie 13 deviations apart
      return std::log(gaussians * 2.0 * pi * std::numbers::e * gaussian_deviation *
                      gaussian_deviation);
    case Shape2d::two_moons:
      return entropy_of({2, 256, moon_deviation, moon_at});
    case Shape2d::checkerboard:
      return std::log(8.0 * cell * cell);
    case Shape2d::spirals:
      return entropy_of({2, 768, thin_deviation, spiral_at});
    case Shape2d::rings:
      return entropy_of({6, 384, thin_deviation, ring_at});
    case Shape2d::swiss_roll:
      return entropy_of({1, 1024, thin_deviation, roll_at});
    case Shape2d::glyph:
      return std::log(static_cast<double>(Ink::count) * glyph_pixel * glyph_pixel);
    case Shape2d::drawn:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace rivulet::data
