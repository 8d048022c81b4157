// What the lab "TarFlow, 2-D" shows of a flow, made in pieces of a few milliseconds.
#pragma once

#include <utility>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/network.h"
#include "rivulet/live/tarflow2d/engine.h"

namespace rivulet::live::tarflow2d {

/// The looking task.
class Views final : public LookingTask<Order> {
 public:
  Views(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

 private:
  /// What is made in turn; `none` chooses.
  enum class View : uint8_t { none, cloud, density, held_out };

  void begin() override;
  void compile() override;
  bool look() override;
  void load();
  bool follow_held();
  void choose();
  void advance();
  void cloud_piece();
  void density_piece();
  void held_out_piece();
  /// Data of a chunk of noise through `back`, then all its states.
  void trace(std::span<const float> points, bool noise, std::vector<float>& states, int first,
             int count);

  Deliveries deliveries_;
  Outbox& out_;
  std::vector<models::Tarflow2dMap> maps_;  // large, small
  int64_t loaded_ = -1;                     // training step of their weights
  uint64_t loaded_run_ = 0;
  View view_ = View::none;
  int piece_ = 0;
  int64_t cloud_step_ = -1;
  int64_t density_step_ = -1;
  int64_t held_out_step_ = -1;
  Clock::time_point density_at_ = {};
  Clock::time_point held_out_at_ = {};
  std::vector<float> data_;
  std::vector<float> noise_;
  std::vector<float> grid_;
  std::vector<float> unseen_;
  double sum_ = 0;
  Cloud cloud_;
  Density density_;
  HeldOut held_out_;
  Held held_;
};

}  // namespace rivulet::live::tarflow2d
