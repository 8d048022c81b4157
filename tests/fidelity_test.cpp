// Copies of pictures: how much is left in them, and pictures made to fit.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "byte_files.h"
#include "rivulet/core/random.h"
#include "rivulet/data/fit.h"
#include "rivulet/metrics/fidelity.h"

using namespace rivulet;
using namespace rivulet::metrics;
using test::refusal;

namespace {

std::vector<uint8_t> noise(size_t n, uint64_t seed) {
  std::vector<uint8_t> pixels(n);
  Rng rng(seed);
  for (uint8_t& value : pixels) value = static_cast<uint8_t>(rng.below(256));
  return pixels;
}

}  // namespace

TEST_CASE("PSNR: closed forms") {
  const std::vector<uint8_t> a(48, 100);
  const std::vector<uint8_t> b(48, 105);
  CHECK(mean_squared_error(a, b) == doctest::Approx(25));
  CHECK(psnr(a, b) == doctest::Approx(20 * std::log10(255.0 / 5)));
  CHECK(psnr(b, a) == psnr(a, b));
  CHECK(std::isinf(psnr(a, a)));
  CHECK(psnr(std::vector<uint8_t>(4, 0), std::vector<uint8_t>(4, 255)) == doctest::Approx(0));
  std::vector<uint8_t> one = a;
  one[7] = 112;  // one value in 48 is 12 off: 3 in the mean square
  CHECK(psnr(a, one) == doctest::Approx(10 * std::log10(255.0 * 255 / 3)));
  CHECK_FALSE(refusal([&] { (void)psnr(a, std::span(b).first(47)); }).empty());
  CHECK_FALSE(refusal([] { (void)psnr({}, {}); }).empty());
}

TEST_CASE("SSIM: closed forms") {
  constexpr double c1 = 6.5025;   // (0.01 * 255)^2
  constexpr double c2 = 58.5225;  // (0.03 * 255)^2
  const std::vector<uint8_t> rough = noise(16 * 16 * 3, 1);
  CHECK(ssim(rough, rough, 16, 3) == doctest::Approx(1));

  // Flat pictures: luminance alone.
  const std::vector<uint8_t> dark(100, 40);
  const std::vector<uint8_t> light(100, 90);
  const double luminance = (2 * 40 * 90 + c1) / (40 * 40 + 90 * 90 + c1);
  CHECK(ssim(dark, light, 10, 1) == doctest::Approx(luminance));

  // Equal means, the contrast 1/3: one window of 5x5, 13 pixels above the mean and 12 below.
  std::vector<uint8_t> strong(25);
  std::vector<uint8_t> weak(25);
  for (size_t i = 0; i < 25; ++i) {
    strong[i] = i % 2 == 0 ? 100 + 36 : 100 - 39;
    weak[i] = i % 2 == 0 ? 100 + 12 : 100 - 13;
  }
  const double variance = 13.0 / 25 * 12 * 12 + 12.0 / 25 * 13 * 13;  // of the weak one
  const double contrast = (2 * 3 * variance + c2) / (10 * variance + c2);
  CHECK(ssim(strong, weak, 5, 1) == doctest::Approx(contrast));
  // Turned upside down they disagree.
  std::vector<uint8_t> negative(25);
  for (size_t i = 0; i < 25; ++i) negative[i] = static_cast<uint8_t>(200 - weak[i]);
  CHECK(ssim(weak, negative, 5, 1) == doctest::Approx((-2 * variance + c2) / (2 * variance + c2)));
  CHECK_FALSE(refusal([&] { (void)ssim(dark, light, 9, 1); }).empty());
}

TEST_CASE("SSIM: the mean over windows of 7x7, and over channels") {
  // In 8x8 there are four windows; a difference in the corner is in one of them.
  std::vector<uint8_t> flat(64, 120);
  std::vector<uint8_t> corner = flat;
  corner[0] = 169;
  std::vector<uint8_t> window(49, 120);
  std::vector<uint8_t> with_corner = window;
  with_corner[0] = 169;
  const double alone = ssim(window, with_corner, 7, 1);
  CHECK(alone < 0.9);
  CHECK(ssim(flat, corner, 8, 1) == doctest::Approx((3 + alone) / 4));

  std::vector<uint8_t> red(147, 120);
  red[0] = 169;  // of the first of three channels
  CHECK(ssim(std::vector<uint8_t>(147, 120), red, 7, 3) == doctest::Approx((2 + alone) / 3));
}

TEST_CASE("fitted pictures: means of areas, repeated pixels, the square in the middle") {
  const io::Image four{.width = 4,
                       .height = 4,
                       .channels = 1,
                       .pixels = {0, 10, 20, 30, 40, 50, 60, 70, 1, 2, 3, 4, 5, 6, 7, 8}};
  CHECK(data::fit_picture(four, 4, 1) == four.pixels);
  CHECK(data::fit_picture(four, 2, 1) == std::vector<uint8_t>{25, 45, 4, 6});  // 3.5, 5.5 up
  CHECK(data::fit_picture(four, 1, 1) == std::vector<uint8_t>{20});            // 316/16 = 19.75
  const io::Image two{.width = 2, .height = 2, .channels = 1, .pixels = {1, 2, 3, 4}};
  CHECK(data::fit_picture(two, 4, 1) ==
        std::vector<uint8_t>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
  CHECK(data::fit_picture(two, 3, 1) == std::vector<uint8_t>{1, 2, 2, 3, 4, 4, 3, 4, 4});
  // 3 to 2: the middle pixel belongs to both, by a third.
  const io::Image three{
      .width = 3, .height = 3, .channels = 1, .pixels = {30, 90, 60, 30, 90, 60, 30, 90, 60}};
  CHECK(data::fit_picture(three, 2, 1) == std::vector<uint8_t>{50, 70, 50, 70});
  // A wide one: what is left and right goes.
  const io::Image wide{
      .width = 4, .height = 1, .channels = 3, .pixels = {9, 9, 9, 1, 2, 3, 9, 9, 9, 9, 9, 9}};
  CHECK(data::fit_picture(wide, 1, 3) == std::vector<uint8_t>{1, 2, 3});
  const io::Image high{.width = 1, .height = 3, .channels = 1, .pixels = {9, 5, 9}};
  CHECK(data::fit_picture(high, 2, 3) == std::vector<uint8_t>(12, 5));
  // Half transparent black lies on white.
  const io::Image glass{.width = 1, .height = 1, .channels = 4, .pixels = {0, 0, 0, 0}};
  CHECK(data::fit_picture(glass, 1, 1) == std::vector<uint8_t>{255});
  CHECK_FALSE(refusal([] { (void)data::fit_picture({}, 4, 3); }).empty());
}

TEST_CASE("fitted pictures: shrinking keeps the mean, whatever the sizes") {
  for (const int n : {17, 31, 100}) {
    const io::Image image{
        .width = n, .height = n, .channels = 1, .pixels = noise(static_cast<size_t>(n * n), 3)};
    double sum = 0;
    for (const uint8_t value : image.pixels) sum += value;
    for (const int side : {1, 2, 7, 16}) {
      CAPTURE(n);
      CAPTURE(side);
      double fitted = 0;
      const auto pixels = data::fit_picture(image, side, 1);
      for (const uint8_t value : pixels) fitted += value;
      CHECK(fitted / (side * side) == doctest::Approx(sum / (n * n)).epsilon(0.005));
    }
  }
}
