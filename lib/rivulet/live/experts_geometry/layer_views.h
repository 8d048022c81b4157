// What the lab "Experts, Geometry" shows of a layer, made in pieces of a few milliseconds.
#pragma once

#include <utility>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/experts_geometry/engine.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/network.h"

namespace rivulet::live::experts_geometry {

/// The looking task.
class LayerViews final : public LookingTask<Order> {
 public:
  LayerViews(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

 private:
  /// What is made in turn; `none` chooses.
  enum class View : uint8_t { none, ranking, regions };

  void begin() override;
  void adjust(const Order& before) override;
  void compile() override;
  bool look() override;
  void load();
  bool follow_held();
  void choose();
  void ranking_piece();
  void regions_piece();

  Deliveries deliveries_;
  Outbox& out_;
  std::vector<models::ExpertLayerMap> maps_;  // large, small
  int64_t loaded_ = -1;                       // training step of their weights
  uint64_t loaded_run_ = 0;
  View view_ = View::none;
  int piece_ = 0;
  Clock::time_point ranked_at_ = {};
  Clock::time_point regions_at_ = {};
  std::vector<float> points_;  // [ranked_points,2]
  double correlations_ = 0;
  Probe probe_;
  Regions regions_;
  Ranking ranking_;
};

}  // namespace rivulet::live::experts_geometry
