// Plays one kernel line by line, and watches what no card does: see kernel_machine.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/tape.h"

namespace rivulet::testing {

inline size_t at(int64_t i) { return static_cast<size_t>(i); }

/// Throws std::logic_error.
[[noreturn]] void wrong(const std::string& what);

inline constexpr int nobody = -1;
inline constexpr int several = -2;

/// Who was last at a place of memory, since `era` began.
struct Visit {
  int64_t era = -1;
  int64_t reader = nobody;
  int64_t writer = nobody;

  /// Someone comes; false where another was there and one of both writes.
  bool come(int64_t now, int64_t who, bool writes) {
    if (era != now) *this = {.era = now};
    const bool alone =
        (writer == nobody || writer == who) && (!writes || reader == nobody || reader == who);
    if (writes) {
      writer = who;
    } else if (reader != who) {
      reader = reader == nobody ? who : several;
    }
    return alone;
  }
};

/// Floats, and who was there.
struct Watched {
  explicit Watched(int64_t floats) : values(at(floats)), visits(at(floats)) {}
  std::vector<float> values;
  std::vector<Visit> visits;
};

struct Blocks {
  std::vector<Watched> card;
  std::vector<float> inputs;
  std::vector<float> results;
  int64_t dispatches = 0;  ///< so far: the era of the card's memory
  bool again = false;      ///< who writes where is known by now

  [[nodiscard]] std::span<float> of(const exec::gpu::Spot& spot) {
    std::vector<float>& block = spot.block == exec::gpu::Spot::inputs ? inputs
                                : spot.block == exec::gpu::Spot::results
                                    ? results
                                    : card[at(spot.block)].values;
    return std::span(block).subspan(at(spot.offset), at(spot.floats));
  }
};

/// All groups, twice: the first time tells which thread writes where. What others read there is not
/// a number then, whoever comes first.
void run_groups(const exec::gpu::Kernel& kernel, const exec::gpu::Dispatch& dispatch,
                std::span<const int> blocks, Blocks& memory);

}  // namespace rivulet::testing
