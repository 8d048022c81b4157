// What the lab "Distillation, 2-D" shows, made in pieces of a few milliseconds.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/clock.h"
#include "rivulet/live/distill2d/engine.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/metrics/points.h"

namespace rivulet::live::distill2d {

/// Weights of both sides on their way from the training task.
struct Delivery {
  uint64_t run = 0;
  int64_t step = 0;
  struct Side {
    io::SafeTensors generator;
    io::SafeTensors fake;  ///< none where it drifts
  };
  std::array<Side, sides> of;
};
using Deliveries = std::shared_ptr<Mailbox<Delivery>>;

/// The looking task.
class Views final : public LookingTask<Order> {
 public:
  Views(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

 private:
  struct Side {
    models::Distill2dSampler sampler;
    std::optional<models::Distill2dMap> map;
    std::optional<models::DriftMap> drift;
    Panel shown = {};
  };

  void begin() override;
  void adjust(const Order& before) override;
  void compile() override;
  bool look() override;
  void show_data();
  [[nodiscard]] bool shows_newest(const Panel& panel) const;
  void look_at(size_t side);
  void look_at_fields(Side& of);
  void look_at_drift(Side& of);
  void measure();

  Deliveries deliveries_;
  Outbox& out_;
  std::vector<Side> sides_;
  size_t turn_ = 0;
  std::vector<float> noise_, eps_;  // [shown_samples,2], of all samples
  Data data_;
  std::optional<metrics::SlicedWasserstein2> distance_;
  Scores scores_;
  Clock::time_point measured_at_ = {};
};

}  // namespace rivulet::live::distill2d
