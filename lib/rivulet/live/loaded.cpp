#include "rivulet/live/loaded.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"

namespace rivulet::live {
namespace {

constexpr uint64_t label_stream = uint64_t{1} << 62;  // beyond those of pictures' noises

}  // namespace

void check_side(int side) {
  if (side <= most_side) return;
  fail("weights", fmt::format("pictures of {0}x{0} are larger than this lab shows", side));
}

void check_finite(std::span<const float> picture) {
  if (std::ranges::all_of(picture, [](float v) { return std::isfinite(v); })) return;
  fail("weights", "the model makes pictures that are not finite");
}

int64_t parameters_of(const io::SafeTensors& file) {
  int64_t sum = 0;
  for (const io::NamedTensor& named : file.tensors) sum += named.tensor.numel();
  return sum;
}

std::vector<float> label_rows(std::span<const int> classes, const PictureLabels& labels,
                              int count) {
  std::vector<float> rows;
  rows.reserve(static_cast<size_t>(count) * classes.size());
  for (int i = 0; i < count; ++i) {
    for (size_t k = 0; k < classes.size(); ++k) {
      const bool told = k < labels.size() && labels[k] >= 0 && labels[k] < classes[k];
      rows.push_back(static_cast<float>(told ? labels[k] : classes[k]));
    }
  }
  return rows;
}

std::vector<float> drawn_label_rows(std::span<const int> classes, const PictureLabels& labels,
                                    int count, uint64_t seed) {
  std::vector<float> rows = label_rows(classes, labels, count);
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t k = i % classes.size();
    const auto values = static_cast<uint32_t>(classes[k]);
    Rng rng = Rng(seed, label_stream).fork(i);
    if (rows[i] == static_cast<float>(values)) rows[i] = static_cast<float>(rng.below(values));
  }
  return rows;
}

}  // namespace rivulet::live
