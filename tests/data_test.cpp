#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/data/glyph.h"
#include "rivulet/data/points_file.h"
#include "rivulet/data/target2d.h"
#include "rivulet/io/bytes.h"

using namespace rivulet;
using namespace rivulet::data;

namespace {

std::vector<Point> points_of(const Target2d& target, size_t n, uint64_t seed = 1) {
  std::vector<float> xy(2 * n);
  Rng rng(seed);
  target.sample(rng, xy);
  std::vector<Point> points;
  for (size_t i = 0; i < n; ++i) points.push_back({xy[2 * i], xy[2 * i + 1]});
  return points;
}

Target2d some(Shape2d shape) {
  if (shape != Shape2d::drawn) return Target2d(shape);
  return Target2d::drawn({{{-2, -1}, {0, 2}, {2, -1}}, {{-1, 0}, {1, 0}}});
}

float radius(Point p) { return std::hypot(p.x, p.y); }

/// Share of points for which `test` holds.
template <class Test>
double share(const std::vector<Point>& points, Test test) {
  return static_cast<double>(std::ranges::count_if(points, test)) /
         static_cast<double>(points.size());
}

std::string text_of(std::initializer_list<int> values) {
  io::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return io::base64url(bytes);
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("targets: names there and back") {
  for (int i = 0; i < shape2d_count; ++i) {
    const auto shape = static_cast<Shape2d>(i);
    CHECK(shape2d_names.read(name_of(shape)) == shape);
  }
  CHECK(name_of(Shape2d::eight_gaussians) == "eight-gaussians");
  CHECK_THROWS_WITH_AS((void)shape2d_names.read("moon"),
                       "[target] there is no 'moon', only eight-gaussians, two-moons, "
                       "checkerboard, spirals, rings, swiss-roll, glyph, drawn",
                       Error);
}

TEST_CASE("targets: zero mean, unit scale, within the plane, the same for the same seed") {
  for (int i = 0; i < shape2d_count; ++i) {
    const auto shape = static_cast<Shape2d>(i);
    CAPTURE(name_of(shape));
    const Target2d target = some(shape);
    CHECK(target.shape() == shape);
    const size_t n = 20000;
    const std::vector<Point> points = points_of(target, n);
    double mean_x = 0;
    double mean_y = 0;
    double square = 0;
    for (const Point p : points) {
      REQUIRE(std::abs(p.x) <= plane_radius);
      REQUIRE(std::abs(p.y) <= plane_radius);
      mean_x += p.x / static_cast<double>(n);
      mean_y += p.y / static_cast<double>(n);
      square += 0.5 * (p.x * p.x + p.y * p.y) / static_cast<double>(n);
    }
    if (shape != Shape2d::drawn) {     // a drawing stays where it was drawn
      CHECK(std::abs(mean_x) < 0.04);  // 4 standard errors
      CHECK(std::abs(mean_y) < 0.04);
      CHECK(std::sqrt(square) > 0.9);
      CHECK(std::sqrt(square) < 1.6);
    }
    CHECK(points_of(target, 50) == std::vector<Point>(points.begin(), points.begin() + 50));
    CHECK(points_of(target, 50, 2) != points_of(target, 50, 1));
  }
}

TEST_CASE("targets: the same bits on every machine") {
  uint32_t digest = 0;
  for (int i = 0; i < shape2d_count; ++i) {
    for (const Point p : points_of(some(static_cast<Shape2d>(i)), 500, 42)) {
      digest = (digest * 31 + std::bit_cast<uint32_t>(p.x)) * 31 + std::bit_cast<uint32_t>(p.y);
    }
  }
  CHECK(digest == 856482474U);
}

TEST_CASE("targets: half a point cannot be had") {
  Rng rng(1);
  std::vector<float> xy(3);
  CHECK_THROWS_AS(Target2d(Shape2d::rings).sample(rng, xy), Error);
}

TEST_CASE("eight gaussians: eight equal modes on a circle") {
  const Target2d target(Shape2d::eight_gaussians);
  const std::vector<Point> modes = target.modes();
  REQUIRE(modes.size() == 8);
  for (const Point m : modes) CHECK(radius(m) == doctest::Approx(2.0));
  const std::vector<Point> points = points_of(target, 16000);
  for (const Point m : modes) {
    const double near =
        share(points, [m](Point p) { return std::hypot(p.x - m.x, p.y - m.y) < 0.5F; });
    CHECK(near == doctest::Approx(0.125).epsilon(0.09));  // 4 standard errors
  }
  for (const Shape2d other : {Shape2d::two_moons, Shape2d::glyph})
    CHECK(Target2d(other).modes().empty());
}

TEST_CASE("two moons: the mirror image of either is the other") {
  const std::vector<Point> points = points_of(Target2d(Shape2d::two_moons), 20000);
  const auto on_upper = [](Point p) {
    return std::abs(std::hypot(p.x + 0.75F, p.y + 0.375F) - 1.5F) < 0.35F && p.y > -0.7F;
  };
  const auto on_lower = [&](Point p) { return on_upper({-p.x, -p.y}); };
  CHECK(share(points, [&](Point p) { return on_upper(p) || on_lower(p); }) > 0.999);
  CHECK(share(points, on_upper) == doctest::Approx(share(points, on_lower)).epsilon(0.04));
}

TEST_CASE("checkerboard: eight cells of sixteen, evenly") {
  std::array<int, 16> counts{};
  for (const Point p : points_of(Target2d(Shape2d::checkerboard), 16000)) {
    const int column = static_cast<int>(std::floor(p.x / 1.1F)) + 2;
    const int row = static_cast<int>(std::floor(p.y / 1.1F)) + 2;
    ++counts.at(static_cast<size_t>(4 * row + column));
  }
  for (size_t i = 0; i < 16; ++i) {
    if ((i / 4 + i) % 2 == 0)
      CHECK(std::abs(counts[i] - 2000) < 170);
    else
      CHECK(counts[i] == 0);
  }
}

TEST_CASE("rings: three circles, mass in proportion to length") {
  const std::vector<Point> points = points_of(Target2d(Shape2d::rings), 20000);
  for (int ring = 1; ring <= 3; ++ring) {
    const float r = 0.8F * static_cast<float>(ring);
    const double on = share(points, [r](Point p) { return std::abs(radius(p) - r) < 0.3F; });
    CHECK(on == doctest::Approx(ring / 6.0).epsilon(0.07));
  }
}

TEST_CASE("spirals and swiss roll: points lie on the arms, which are half a turn apart") {
  for (const Point p : points_of(Target2d(Shape2d::spirals), 5000)) {
    // An arm has radius 2.5 t at angle 3 pi t: going out by 5/6 is half a turn, the other arm.
    const double from_angle = std::atan2(p.y, p.x) / (3.0 * 3.14159265358979) * 2.5;
    const double off = std::remainder(radius(p) - from_angle, 2.5 / 3.0);
    const double near_centre = 0.05 / (radius(p) + 0.01);  // where noise turns the angle
    REQUIRE(std::abs(off) < 0.31 + near_centre);
  }
  // The roll about its own origin.
  const double pi = 3.14159265358979;
  const double mean_x = 2.0 * (22.5 * pi * pi - 4.0) / (18.0 * pi * pi);
  const double mean_y = 4.0 / (3.0 * pi);
  int inside = 0;
  for (const Point p : points_of(Target2d(Shape2d::swiss_roll), 5000)) {
    const double x = p.x / 0.2 + mean_x;
    const double y = p.y / 0.2 + mean_y;
    const double off = std::remainder(std::hypot(x, y) - std::atan2(y, x), 2.0 * pi);
    REQUIRE(std::abs(off) < 1.6);  // arms are 2 pi apart, noise is 0.25
    if (std::hypot(x, y) < 3.0 * pi) ++inside;
  }
  // (3^2 - 1.5^2) / (4.5^2 - 1.5^2) of its length: mass is even along the roll.
  CHECK(inside / 5000.0 == doctest::Approx(0.375).epsilon(0.08));
}

TEST_CASE("glyph: all of its ink, and nothing but its ink") {
  int ink = 0;
  double row_sum = 0;
  double column_sum = 0;
  const auto black = [](int row, int column) {
    return (glyph_rows[static_cast<size_t>(row)] >> (glyph_side - 1 - column) & 1U) != 0;
  };
  for (int row = 0; row < glyph_side; ++row) {
    for (int column = 0; column < glyph_side; ++column) {
      if (!black(row, column)) continue;
      ++ink;
      row_sum += row + 0.5;
      column_sum += column + 0.5;
    }
  }
  CHECK(ink > 800);
  CHECK(ink < 2000);
  const double pixel = 4.8 / glyph_side;
  std::vector<int> hits(static_cast<size_t>(glyph_side * glyph_side));
  int edge = 0;
  const size_t n = 40000;
  for (const Point p : points_of(Target2d(Shape2d::glyph), n)) {
    const auto column = static_cast<int>(std::floor(p.x / pixel + column_sum / ink));
    const auto row = static_cast<int>(std::floor(-p.y / pixel + row_sum / ink));
    REQUIRE(row >= 0);
    REQUIRE(row < glyph_side);
    REQUIRE(column >= 0);
    REQUIRE(column < glyph_side);
    if (!black(row, column)) ++edge;  // rounding at a pixel's border
    ++hits[static_cast<size_t>(row * glyph_side + column)];
  }
  CHECK(edge < 5);
  int missed = 0;
  for (int row = 0; row < glyph_side; ++row) {
    for (int column = 0; column < glyph_side; ++column) {
      if (black(row, column) && hits[static_cast<size_t>(row * glyph_side + column)] == 0) ++missed;
    }
  }
  CHECK(missed < 3);  // about 27 are due in each
}

TEST_CASE("drawn: mass follows the pen") {
  const Target2d target = Target2d::drawn({{{-2, 2}, {-1, 2}}, {{-2, -2}, {1, -2}}, {}, {{2, 0}}});
  CHECK(target.strokes().size() == 4);
  const std::vector<Point> points = points_of(target, 20000);
  // Lengths 1, 3 and 0, each and a pen's width of 0.16.
  const double total = 4.0 + 3 * 0.16;
  const double upper = share(points, [](Point p) { return p.y > 1; });
  const double lower = share(points, [](Point p) { return p.y < -1; });
  const double dot = share(points, [](Point p) { return radius({p.x - 2, p.y}) < 0.081F; });
  CHECK(upper == doctest::Approx(1.16 / total).epsilon(0.05));
  CHECK(lower == doctest::Approx(3.16 / total).epsilon(0.03));
  CHECK(dot == doctest::Approx(0.16 / total).epsilon(0.15));
  CHECK(upper + lower + dot == doctest::Approx(1.0).epsilon(1e-9));
  for (const Point p : points) {
    if (p.y > 1) REQUIRE(std::abs(p.y - 2) < 0.081F);
  }
  const double half = share(points, [](Point p) { return p.y < -1 && p.x < -0.5F; });
  CHECK(half / lower == doctest::Approx((1.5 + 0.16) / 3.16).epsilon(0.04));
}

TEST_CASE("drawn: clamped to the plane; nothing and nonsense are refused") {
  const Target2d far = Target2d::drawn({{{-50, 0}, {50, 9}}});
  CHECK(far.strokes()[0][1] == Point{3, 3});
  for (const Point p : points_of(far, 1000))
    REQUIRE(std::max(std::abs(p.x), std::abs(p.y)) <= 3.0F);
  CHECK_THROWS_WITH_AS((void)Target2d::drawn({}), "[target] there are no strokes", Error);
  CHECK_THROWS_AS((void)Target2d::drawn({{}, {}}), Error);
  CHECK_THROWS_AS((void)Target2d::drawn({{{0, std::numeric_limits<float>::quiet_NaN()}}}), Error);
  CHECK_THROWS_AS((void)Target2d::drawn({{{std::numeric_limits<float>::infinity(), 0}}}), Error);
  CHECK_THROWS_AS(Target2d{Shape2d::drawn}, Error);
}

TEST_CASE("strokes: text there and back to half a step") {
  const std::vector<Stroke> strokes{
      {{0, 0}}, {{-3, 3}, {3, -3}, {1.234F, 0.5F}}, {{9, -9}, {0, 1}}};
  const std::string text = encode_strokes(strokes);
  for (const char c : text) {
    const bool safe = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    CHECK(safe);
  }
  const std::vector<Stroke> back = decode_strokes(text);
  REQUIRE(back.size() == 3);
  CHECK(back[0] == Stroke{{0, 0}});
  CHECK(back[1][0] == Point{-3, 3});
  CHECK(std::abs(back[1][2].x - 1.234F) <= 1.5F / 127.0F);
  CHECK(back[2][0] == Point{3, -3});
  CHECK(encode_strokes(back) == text);
  CHECK(encode_strokes({}).empty());
  CHECK(decode_strokes("").empty());
}

TEST_CASE("strokes: a scribble is thinned without being seen, and fits") {
  Stroke circle;
  for (int i = 0; i <= 3000; ++i) {
    const double angle = 2.0 * 3.14159265358979 * i / 3000;
    circle.push_back(
        {static_cast<float>(2.0 * std::cos(angle)), static_cast<float>(2.0 * std::sin(angle))});
  }
  const std::string text = encode_strokes(std::vector<Stroke>{circle});
  CHECK(text.size() < 400);
  const std::vector<Stroke> round = decode_strokes(text);
  REQUIRE(round.size() == 1);
  const Target2d target = Target2d::drawn(round);
  for (const Point p : points_of(target, 2000)) REQUIRE(std::abs(radius(p) - 2.0F) < 0.08F + 0.03F);

  // White noise cannot be thinned unseen: it becomes coarser until it fits, and then stays.
  Rng rng(1);
  std::vector<Stroke> noise(20);
  for (Stroke& stroke : noise) {
    for (int i = 0; i < 1000; ++i) stroke.push_back({6 * rng.uniform() - 3, 6 * rng.uniform() - 3});
  }
  const std::string coarse = encode_strokes(noise);
  const std::vector<Stroke> kept = decode_strokes(coarse);
  CHECK(kept.size() == 20);
  CHECK(encode_strokes(kept) == coarse);

  const std::vector<Stroke> dots(2001, Stroke{{1, 1}});
  CHECK_THROWS_AS((void)encode_strokes(dots), Error);
  CHECK(decode_strokes(encode_strokes(std::span(dots).first(2000))).size() == 2000);
  CHECK_THROWS_AS((void)encode_strokes(std::vector<Stroke>{{{0, std::nanf("")}}}), Error);
}

TEST_CASE("points of a file: what a table looks like, scaled to fit") {
  const PointsFile file = read_points("x,y\r\n0,0\n10, 20\n\n# a remark\n10;0\n0\t20\n-10 -20\n");
  CHECK(file.rows == 5);
  CHECK(file.points.size() == 5);
  CHECK(file.centre_x == doctest::Approx(0));
  CHECK(file.centre_y == doctest::Approx(0));
  CHECK(file.scale == doctest::Approx(2.7 / 20));
  CHECK(file.points[1].x == doctest::Approx(1.35));
  CHECK(file.points[1].y == doctest::Approx(2.7));
  CHECK(file.points[4] == Point{-1.35F, -2.7F});
  CHECK(read_points("\xEF\xBB\xBF"
                    "1e3,+2\n-1e3,2")
            .rows == 2);
  for (const char* const text : {"x,y\n1,2\n", "1,2", "# a remark\n\n3 4\n", "a;b\n1;2"}) {
    CHECK(looks_like_points(text));
  }
  for (const char* const text : {"", "x,y\n", "550e8400-e29b-41d4-a716-446655440000", "{\"a\":1}",
                                 "1,2,3\n4,5,6\n", "<html>"}) {
    CHECK_FALSE(looks_like_points(text));
  }
}

TEST_CASE("points of a file: what is bad is named by its line") {
  const auto why = [](std::string_view text) -> std::string {
    try {
      (void)read_points(text);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  CHECK(why("x,y\n1,2\n3,four\n").find("line 3") != std::string::npos);
  CHECK(why("1,2\n1,2,3\n").find("line 2") != std::string::npos);
  CHECK(why("1,2\n1,nan\n").find("line 2: a number is not finite") != std::string::npos);
  CHECK(why("1,inf\n").find("finite") != std::string::npos);
  CHECK(why("1,1e999\n2,2\n").find("line 1: a number is not finite") != std::string::npos);
  CHECK(why("2,2\n3,3e\n").find("line 2") != std::string::npos);
  CHECK(why("2,2\n0x10,3\n").find("line 2") != std::string::npos);
  CHECK(why("").find("no row") != std::string::npos);
  CHECK(why("x,y\n").find("no row") != std::string::npos);
  CHECK(why("1,2\n1,2\n").find("the same") != std::string::npos);
  CHECK(why("0,0\n1e-320,0\n").find("same") != std::string::npos);
  CHECK(why("-1.7e308,0\n1.7e308,1\n").empty());
  std::string many;
  for (int i = 0; i <= max_point_rows; ++i) many += "1,2\n";
  CHECK(why(many).find("more than 1000000 rows") != std::string::npos);
  many.resize(many.size() - 4);
  many += "3,4\n";
  many.erase(0, 4);
  CHECK(read_points(many).points.size() == max_cloud_points);
}

TEST_CASE("a cloud: its points are the target, its text keeps them, and thins them for a link") {
  Stroke points;
  Rng rng(5);
  for (int i = 0; i < 5000; ++i) points.push_back({2 * rng.uniform() + 0.5F, rng.uniform() - 2});
  const std::vector<Stroke> cloud = cloud_of(points);
  REQUIRE(is_cloud(cloud));
  CHECK(decode_strokes(encode_strokes(cloud, max_cloud_points)) == cloud);
  const std::string link = encode_strokes(cloud);
  const std::vector<Stroke> thinned = decode_strokes(link);
  REQUIRE(is_cloud(thinned));
  CHECK(thinned.back().size() == max_stroke_points);
  CHECK(encode_strokes(thinned) == link);
  const Target2d target = Target2d::drawn(cloud);
  double x = 0;
  double y = 0;
  const std::vector<Point> drawn = points_of(target, 20000);
  for (const Point p : drawn) {
    REQUIRE(p.x > 0.45F);
    REQUIRE(p.x < 2.55F);
    x += p.x / 20000;
    y += p.y / 20000;
  }
  CHECK(x == doctest::Approx(1.5).epsilon(0.02));
  CHECK(y == doctest::Approx(-1.5).epsilon(0.02));
  CHECK_THROWS_AS((void)decode_strokes(text_of({0, 1})), Error);
  CHECK_THROWS_AS((void)decode_strokes(text_of({0, 1, 255})), Error);
  CHECK(is_cloud(decode_strokes(text_of({0, 127, 127}))));
}

TEST_CASE("strokes: hostile texts are refused") {
  CHECK(decode_strokes(text_of({1, 127, 127})) == std::vector<Stroke>{{{0, 0}}});
  for (const std::string& bad :
       {text_of({0}), text_of({1}), text_of({1, 5}), text_of({2, 5, 5}), text_of({1, 255, 0}),
        text_of({1, 0, 255}), text_of({0x80}), text_of({0x80, 0x80, 0x80, 0x80, 0x80}),
        text_of({0xff, 0xff, 0x7f, 1, 1}), text_of({1, 1, 1, 0}), std::string("!"),
        std::string("A"), std::string(100000, 'A'), std::string(20, 'x') + "="}) {
    CAPTURE(bad.substr(0, 20));
    CHECK_THROWS_AS((void)decode_strokes(bad), Error);
  }
  const std::string two = text_of({2, 1, 1, 9, 9});
  CHECK(decode_strokes(two, 2)[0].size() == 2);
  CHECK_THROWS_AS((void)decode_strokes(two, 1), Error);
  CHECK_THROWS_AS((void)decode_strokes(two, 0), Error);
}

TEST_SUITE_END();
