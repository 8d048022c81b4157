// Samples of a TarFlow, one run of a network at a time.
#pragma once

#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/live/tarflow_pictures/model.h"

namespace rivulet::live::tarflow_pictures {

/// A number of samples, made together.
class SampleWork {
 public:
  /// Begins anew when the wish is another one. A change of pace alone goes on from where it is.
  void set(const SampleWish& wish, LoadedModel& model);
  /// After the model went to another device: the same samples once more.
  void moved();
  /// Nothing is left to be done, now or later.
  [[nodiscard]] bool done() const { return !wish_ || (finished() && !timing_); }
  [[nodiscard]] bool finished() const { return sheet_.stage == Sheet::Stage::finished; }
  /// Is the next run due?
  [[nodiscard]] bool due() const;
  /// One run of a network; true when the sheet is worth showing again.
  bool advance(LoadedModel& model);
  [[nodiscard]] const Sheet& sheet() const { return sheet_; }
  void clear();

 private:
  using Way = std::tuple<models::TarflowMethod, int, bool, bool, int>;

  void begin(LoadedModel& model);
  void note_block(const models::TarflowSampler& sampler);
  void look(const models::TarflowSampler& sampler);
  bool sample(LoadedModel& model);
  bool denoise(LoadedModel& model);
  void measure(LoadedModel& model);
  [[nodiscard]] double interval(const LoadedModel& model) const;
  [[nodiscard]] Way way() const;

  std::optional<SampleWish> wish_;
  models::TarflowRequest request_;
  Sheet sheet_;
  uint64_t runs_ = 0;
  std::vector<float> noise_;  // [count,D]
  std::vector<float> seen_;   // [count,D], at the last look
  size_t block_ = 0;          // in the order of sampling
  double seconds_ = 0;
  bool timing_ = false;  // once more, with compiled programs and nobody looking
  bool begun_ = false;   // ... has begun
  std::set<Way> known_;  // whose programs are compiled
  bool guided_ = false;  // what the costs are about
  Clock::time_point due_;
  Clock::time_point shown_;
};

}  // namespace rivulet::live::tarflow_pictures
