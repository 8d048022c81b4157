// Between two noises.
#pragma once

#include <span>

namespace rivulet::live {

/// A point of the arc from a to b (Shoemake's slerp): noise between two noises, of the same length
/// as these, which a straight line would not keep. s in 0..1; all of one size.
void slerp(std::span<const float> a, std::span<const float> b, float s, std::span<float> out);

}  // namespace rivulet::live
