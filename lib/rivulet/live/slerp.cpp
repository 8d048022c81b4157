#include "rivulet/live/slerp.h"

#include <algorithm>
#include <cmath>

namespace rivulet::live {

void slerp(std::span<const float> a, std::span<const float> b, float s, std::span<float> out) {
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
    ab += double{a[i]} * b[i];
  }
  const double angle = std::acos(std::clamp(ab / std::sqrt(std::max(aa * bb, 1e-30)), -1.0, 1.0));
  const double sine = std::sin(angle);
  double near = 1 - s;
  double far = s;
  if (sine > 1e-4) {  // else they are one direction, or opposite: the arc is not determined
    near = std::sin((1 - s) * angle) / sine;
    far = std::sin(s * angle) / sine;
  }
  for (size_t i = 0; i < a.size(); ++i) out[i] = static_cast<float>(near * a[i] + far * b[i]);
}

}  // namespace rivulet::live
