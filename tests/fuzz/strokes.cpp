// A text of strokes as it may stand in anybody's link: read or refused; what was read can be drawn
// from and has one text.
#include <array>
#include <cmath>
#include <cstdlib>

#include "rivulet/core/error.h"
#include "rivulet/data/target2d.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::data;
  std::vector<Stroke> strokes;
  try {
    strokes = decode_strokes({reinterpret_cast<const char*>(data), size});
  } catch (const rivulet::Error&) {
    return 0;
  }
  const std::string text = encode_strokes(strokes);
  if (encode_strokes(decode_strokes(text)) != text) std::abort();
  if (strokes.empty()) return 0;
  const Target2d target = Target2d::drawn(std::move(strokes));
  rivulet::Rng rng(1);
  std::array<float, 16> xy{};
  target.sample(rng, xy);
  for (const float value : xy) {
    if (!(std::abs(value) <= plane_radius)) std::abort();
  }
  return 0;
}
