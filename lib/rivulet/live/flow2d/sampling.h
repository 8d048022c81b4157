// The samples that the lab "Flow and shortcut, 2-D" shows, drawn in pieces of a few milliseconds.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/flow2d/engine.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::live::flow2d {

/// Averaged weights of each side on their way from the training task.
struct Delivery {
  uint64_t run = 0;
  std::array<train::Weights, 2> weights;
};
using Deliveries = std::shared_ptr<Mailbox<Delivery>>;

/// The sampling task: draws the panels from the same noise over and over with the newest weights.
class Sampling final : public LookingTask<Order> {
 public:
  Sampling(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

 private:
  /// A sampler and the panels it refreshes in turn. Panels of few steps have a lane of their own,
  /// or they would wait for the 128-step panel each time.
  struct Lane {
    int side = 0;
    std::vector<int> panels;
    double share = 1;
    train::Flow2dSampler sampler;
    double used = 0;         // seconds / share
    int64_t loaded = -1;     // training step of the sampler's weights
    int current = -1;        // panel being drawn
    int done = 0;            // its steps so far
    bool recording = false;  // its whole paths are kept
    size_t turn = 0;
    std::vector<float> xy = {};
    std::vector<float> frames = {};
  };
  struct FieldKey {
    int64_t step = -1;
    float time = 0;
    int n = 0;
  };

  void begin() override;
  void adjust(const Order& before) override;
  void compile() override;
  bool look() override;
  [[nodiscard]] train::Flow2dSampler sampler(int side) const;
  [[nodiscard]] const train::Weights& weights(int side) const;
  [[nodiscard]] int pick(const Lane& lane) const;
  void load(Lane& lane);
  static void keep_frame(Lane& lane);
  void advance(Lane& lane);
  void finish(Lane& lane);
  void measure(const Lane& lane);
  void measure_floor();
  bool draw_field();

  Deliveries deliveries_;
  Outbox& out_;
  std::vector<Lane> lanes_;
  std::vector<float> noise_;
  std::optional<metrics::SlicedWasserstein2> distance_;
  float floor_ = 0;
  Distances distances_;
  std::array<std::array<int64_t, panel_count>, 2> drawn_{};  // training step shown by each panel
  std::array<std::pair<int64_t, int>, 2> paths_drawn_{};     // training step and panel of the paths
  std::array<FieldKey, 2> field_drawn_{};
  std::array<Clock::time_point, 2> field_at_{};
  std::array<std::array<Clock::time_point, panel_count>, 2> measured_at_{};
};

}  // namespace rivulet::live::flow2d
