// Eight pictures that are quickly learned by heart.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "messages.h"
#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"
#include "rivulet/models/pictures.h"

namespace rivulet::testing {

/// Eight pictures of 8x8 in two colours, told apart by two labels.
inline std::shared_ptr<const data::Pictures> eight_pictures() {
  auto set = std::make_shared<data::Pictures>();
  set->name = "eight";
  set->side = 8;
  set->channels = 1;
  set->attributes = {{"column", {"a", "b", "c", "d"}}, {"row", {"top", "bottom"}}};
  for (int i = 0; i < 8; ++i) {
    const int column = i % 4;
    const int row = i / 4;
    set->labels.push_back(static_cast<uint8_t>(column));
    set->labels.push_back(static_cast<uint8_t>(row));
    for (int p = 0; p < 64; ++p) {
      set->pixels.push_back(p % 8 / 2 == column && p / 32 == row ? 255 : 0);
    }
  }
  return set;
}

inline std::vector<float> eight_noises(uint64_t seed) {
  std::vector<float> x(8 * 64);
  for (size_t i = 0; i < 8; ++i) {
    models::picture_noise(seed, static_cast<int64_t>(i), std::span(x).subspan(i * 64, 64));
  }
  return x;
}

}  // namespace rivulet::testing
