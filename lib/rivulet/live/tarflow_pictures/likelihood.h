// How likely pictures are, a few at a time.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/live/tarflow_pictures/model.h"

namespace rivulet::live::tarflow_pictures {

/// A picture [side,side,channels] in that disguise.
[[nodiscard]] std::vector<float> disguised(Disguise how, std::span<const float> picture, int side,
                                           int channels);

/// Held-out pictures, and one with its disguises, scored a few at a time.
class LikelihoodWork {
 public:
  void set_held_out(const data::Pictures& pictures, const LoadedModel& model);
  void set(const LikelihoodWish& wish, LoadedModel& model);
  [[nodiscard]] bool done() const;
  /// One batch; suspects go first.
  void advance(LoadedModel& model);
  [[nodiscard]] const Likelihood& likelihood() const { return likelihood_; }
  void clear();

 private:
  [[nodiscard]] float value(const LoadedModel& model, float nats) const;

  std::optional<LikelihoodWish> wish_;
  data::Pictures held_out_;
  Likelihood likelihood_;
  uint64_t runs_ = 0;
};

}  // namespace rivulet::live::tarflow_pictures
