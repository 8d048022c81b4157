#include "rivulet/models/picture_codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "byte_files.h"
#include "random_model.h"
#include "rivulet/core/random.h"

using namespace rivulet;
using namespace rivulet::models;
using test::refusal;

namespace {

PictureCodec small_codec(std::map<std::string, std::string> more = {}) {
  io::SafeTensors file = random_weights(small_picture_model(Method::flow_matching), 7);
  file.metadata.merge(more);
  return PictureCodec(std::move(file), cpu_device());
}

std::vector<uint8_t> pictures(size_t n) {
  std::vector<uint8_t> pixels(n * 192);
  Rng rng(3);
  for (uint8_t& value : pixels) value = static_cast<uint8_t>(rng.below(256));
  return pixels;
}

const DdcmSettings few{.codes = 6, .bits = 5};

/// Largest difference of two pictures.
int gap(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  REQUIRE(a.size() == b.size());
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("picture codec: many pictures at once are coded as each alone") {
  PictureCodec codec = small_codec();
  const std::vector<uint8_t> all = pictures(3);
  const std::vector<DdcmFile> files = codec.encode(all, few);
  REQUIRE(files.size() == 3);
  const std::vector<uint8_t> decoded = codec.decode(files);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(codec.encode(std::span(all).subspan(i * 192, 192), few)[0] == files[i]);
    CHECK(gap(codec.decode(files[i]), std::span(decoded).subspan(i * 192, 192)) <= 1);
  }
  CHECK(files[0].code != files[1].code);
  CHECK(codec.times().network > 0);
  CHECK(codec.times().codebook > 0);
}

TEST_CASE("picture codec: labels are the code's, and count") {
  PictureCodec codec = small_codec();
  const std::vector<uint8_t> picture = pictures(1);
  const DdcmFile plain = codec.encode(picture, few)[0];
  const DdcmFile told = codec.encode(picture, few, {2, 0})[0];
  CHECK(plain.labels.empty());
  CHECK(told.labels == std::vector{2, 0});
  DdcmFile any = told;
  any.labels = {3, 2};
  DdcmFile none = told;
  none.labels = {};
  CHECK(codec.decode(any) == codec.decode(none));
  CHECK(codec.decode(told) != codec.decode(none));
  const std::vector both{told, none};
  CHECK_FALSE(refusal([&] { (void)codec.decode(both); }).empty());
  CHECK_FALSE(refusal([&] { (void)codec.encode(picture, few, {4, 0}); }).empty());
  CHECK_FALSE(refusal([&] { (void)codec.encode(pictures(2), few, {1}); }).empty());
}

TEST_CASE("picture codec: effort searches further, in the single form only") {
  PictureCodec codec = small_codec();
  const std::vector<uint8_t> picture = pictures(1);
  int last = 0;
  const auto tick = [&last](int step, int steps) {
    CHECK(step == last + 1);
    CHECK(steps == 7);
    last = step;
  };
  const DdcmFile found = codec.encode(picture, few, {}, {.effort = 1}, tick)[0];
  CHECK(last == 7);
  CHECK(codec.decode(found).size() == 192);
  CHECK(beam_of(3).beams == 16);
  CHECK(refusal([] { (void)beam_of(6); }) == "[encode] effort must be 1..5, not 6");
  DdcmSettings turbo = few;
  turbo.form = CodeForm::turbo;
  CHECK_FALSE(refusal([&] { (void)codec.encode(picture, turbo, {}, {.effort = 1}); }).empty());
}

TEST_CASE("picture codec: colours are snapped to the palette where settings say so") {
  PictureCodec codec = small_codec({{"palette", "000000 ff8000 ffffff"}});
  DdcmFile file = codec.encode(pictures(1), few)[0];
  const std::vector<uint8_t> snapped = codec.decode(file);
  for (size_t i = 0; i < snapped.size(); i += 3) {
    const std::vector<uint8_t> colour(snapped.begin() + static_cast<std::ptrdiff_t>(i),
                                      snapped.begin() + static_cast<std::ptrdiff_t>(i + 3));
    CHECK((colour == std::vector<uint8_t>{0, 0, 0} || colour == std::vector<uint8_t>{255, 128, 0} ||
           colour == std::vector<uint8_t>{255, 255, 255}));
  }
  file.settings.snap = false;
  CHECK(codec.decode(file) != snapped);
}

TEST_CASE("picture codec: any UUID decodes, always to the same picture") {
  PictureCodec codec = small_codec();
  const Uuid uuid = parse_uuid("550e8400-e29b-41d4-a716-446655440000");
  const std::vector<uint8_t> face = codec.decode(uuid_file(uuid));
  CHECK(face.size() == 192);
  CHECK(small_codec().decode(uuid_file(uuid)) == face);
  const DdcmFile back = codec.encode(face, uuid_settings())[0];
  CHECK(parse_uuid(uuid_text(uuid_of(back.code))) == uuid_of(back.code));
}
