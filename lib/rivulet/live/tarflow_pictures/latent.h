// One picture through TarFlow to its noise, changed there, and back.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/live/tarflow_pictures/model.h"

namespace rivulet::live::tarflow_pictures {

/// Does `edit` change a noise? `other`: there is one to blend it with.
[[nodiscard]] bool changes(const LatentEdit& edit, bool other);
/// Changes the noise z [D] of a picture of `net`, in the order of pixels; `other` [D]: of the
/// picture at the far end of a blend, empty where there is none.
void edit_latent(const LatentEdit& edit, const nn::DitConfig& net, std::span<const float> other,
                 std::span<float> z);

/// One picture to noise and back.
class LatentWork {
 public:
  /// Takes a new wish, unless a way back of the same picture is still under way: that ends first,
  /// so that something is seen while a visitor drags.
  void set(const LatentWish& wish, LoadedModel& model);
  [[nodiscard]] bool done() const { return !wish_ || latent_.stage == Latent::Stage::finished; }
  bool advance(LoadedModel& model);
  [[nodiscard]] const Latent& latent() const { return latent_; }
  /// After the model went to another device: a way back that was under way begins anew.
  void moved();
  void clear();

 private:
  void encode(LoadedModel& model);
  void edit(LoadedModel& model);
  bool sample(LoadedModel& model);
  void finish(LoadedModel& model);

  std::optional<LatentWish> wish_;
  Latent latent_;
  uint64_t runs_ = 0;
  uint64_t answers_ = 0;
  std::vector<float> far_;  // [D], the noise at the far end
  bool encoded_ = false;
  Clock::time_point shown_;
};

}  // namespace rivulet::live::tarflow_pictures
