// A file of points as anybody may drop it: read or refused; what was read lies within the plane.
#include <cmath>
#include <cstdlib>

#include "rivulet/core/error.h"
#include "rivulet/data/points_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::data;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)looks_like_points(text);
  PointsFile file;
  try {
    file = read_points(text);
  } catch (const rivulet::Error&) {
    return 0;
  }
  if (file.points.empty()) std::abort();
  for (const Point p : file.points) {
    if (!(std::abs(p.x) <= plane_radius) || !(std::abs(p.y) <= plane_radius)) std::abort();
  }
  const auto cloud = cloud_of(std::move(file.points));
  if (decode_strokes(encode_strokes(cloud, max_cloud_points)) != cloud) std::abort();
  return 0;
}
