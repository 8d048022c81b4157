// Distributions in the plane: what the 2-D labs learn.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/core/random.h"

namespace rivulet::data {

enum class Shape2d : uint8_t {
  eight_gaussians,
  two_moons,
  checkerboard,
  spirals,
  rings,
  swiss_roll,
  glyph,  ///< the character 流, "to flow"
  drawn,  ///< strokes of the visitor
};
inline constexpr int shape2d_count = 8;

inline constexpr Names<Shape2d, shape2d_count> shape2d_names{
    "target",
    {"eight-gaussians", "two-moons", "checkerboard", "spirals", "rings", "swiss-roll", "glyph",
     "drawn"}};
[[nodiscard]] constexpr std::string_view name_of(Shape2d shape) { return shape2d_names.of(shape); }

struct Point {
  float x = 0;
  float y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

/// Half the side of the square that is shown and that holds all data.
inline constexpr float plane_radius = 3.0F;

/// A polyline of the visitor's pen, in the coordinates of the plane ([-3,3] is shown).
using Stroke = std::vector<Point>;

/// Strokes may also be a cloud: points of a file (points_file.h) rather than lines of a pen. They
/// then are an empty stroke, and the points, which lie on the grid of encode_strokes.
[[nodiscard]] std::vector<Stroke> cloud_of(Stroke points);
[[nodiscard]] bool is_cloud(std::span<const Stroke> strokes);
inline constexpr int max_cloud_points = 65536;

/// A distribution over the plane, about zero mean and unit scale (all mass within [-3,3]).
/// A value; sampling changes nothing but the generator, so threads may share one.
class Target2d {
 public:
  /// Any shape but `drawn`, which needs strokes (throws Error).
  explicit Target2d(Shape2d shape);
  /// Mass spread evenly along strokes with the pen's width; throws Error when there are none or
  /// any coordinate is not finite. Strokes are used where drawn, clamped to [-3,3]. A cloud's mass
  /// is its points', each spread over its cell of the grid.
  [[nodiscard]] static Target2d drawn(std::vector<Stroke> strokes);

  [[nodiscard]] Shape2d shape() const { return shape_; }
  [[nodiscard]] const std::vector<Stroke>& strokes() const { return strokes_; }
  /// Fills xy with points, interleaved x0 y0 x1 y1 ...: [N,2]. The same generator gives the same
  /// points on every machine. Throws Error for an odd number of values.
  void sample(Rng& rng, std::span<float> xy) const;
  /// Centres of separate modes (eight for eight-gaussians), empty where that has no meaning.
  [[nodiscard]] std::vector<Point> modes() const;
  /// The differential entropy in nats, which no model's negative log-density can stay below on
  /// average: exact where there is a formula, else by quadrature to about 1e-3 (some milliseconds);
  /// nothing for a drawing.
  [[nodiscard]] std::optional<double> entropy() const;

 private:
  struct Segment {
    Point from;
    Point to;
    float end = 0;  // length of the pen's way up to here, from the first stroke on
  };

  Shape2d shape_;
  std::vector<Stroke> strokes_;
  std::vector<Segment> segments_;
};

/// Strokes as a short text, and back: base64url of, for each stroke, its number of points (LEB128)
/// and their coordinates in 8 bits each (steps of 3/127 over [-3,3]). A cloud is a 0 and the
/// coordinates of its points, of which `max_points`, evenly chosen, are kept.
///
/// Encoding first drops points that the eye would not miss (Ramer-Douglas-Peucker, one step; more
/// while there are over `max_points`), so any drawing becomes a text that can be decoded, and
/// decoding and encoding again gives the same text. Throws Error when a coordinate is not finite or
/// there are too many strokes. Decoding treats the text as hostile: throws Error when malformed or
/// longer than `max_points` points.
inline constexpr int max_stroke_points = 2000;
[[nodiscard]] std::string encode_strokes(std::span<const Stroke> strokes,
                                         int max_points = max_stroke_points);
/// Points of a text: at most `max_points` of strokes, max_cloud_points of a cloud.
[[nodiscard]] std::vector<Stroke> decode_strokes(std::string_view text,
                                                 int max_points = max_stroke_points);
/// The step of the grid.
inline constexpr float stroke_grid = plane_radius / 127;

}  // namespace rivulet::data
