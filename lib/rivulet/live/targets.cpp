#include "rivulet/live/targets.h"

#include "rivulet/core/random.h"

namespace rivulet::live {
namespace {

constexpr uint64_t shown_data_stream = 73;

}  // namespace

std::vector<float> points_of(const data::Target2d& target, int points) {
  std::vector<float> xy(static_cast<size_t>(2 * points));
  Rng rng(1, shown_data_stream);
  target.sample(rng, xy);
  return xy;
}

data::Target2d target_of(data::Shape2d shape, const std::vector<data::Stroke>& strokes) {
  return shape == data::Shape2d::drawn ? data::Target2d::drawn(strokes) : data::Target2d(shape);
}

bool same_strokes(const std::vector<data::Stroke>& a, const std::vector<data::Stroke>& b) {
  if (data::is_cloud(a) && data::is_cloud(b)) return a == b;
  return a.size() == b.size() && (a.empty() || data::encode_strokes(a) == data::encode_strokes(b));
}

}  // namespace rivulet::live
