// What the lab "Experts, Balance" shows of its networks, made in pieces of a few milliseconds.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/clock.h"
#include "rivulet/live/experts_balance/engine.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/mailbox.h"

namespace rivulet::live::experts_balance {

/// Weights of both sides on their way from the training task.
struct Delivery {
  uint64_t run = 0;
  int64_t step = 0;
  std::array<io::SafeTensors, sides> weights;
};
using Deliveries = std::shared_ptr<Mailbox<Delivery>>;

/// The looking task.
class Views final : public LookingTask<Order> {
 public:
  Views(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

 private:
  /// Of one side; a picture that is half made keeps its weights to its end.
  struct Side {
    models::Experts2dMap map;
    models::Experts2dParts parts;
    int64_t loaded = -1;  // training step of the weights
    int piece = 0;        // of the picture
    Map shown = {};
  };

  void begin() override;
  void compile() override;
  bool look() override;
  void load(size_t side);
  [[nodiscard]] bool shows_newest(const Side& side) const;
  void map_piece(size_t side);
  void measure();
  bool deal();

  Deliveries deliveries_;
  Outbox& out_;
  std::vector<Side> sides_;
  size_t turn_ = 0;
  std::vector<float> data_;  // points of the target, for the velocity that is right
  // Places that training never sees: x_t, t and the right velocity.
  std::vector<float> unseen_, times_, right_;
  Errors errors_;
  Clock::time_point measured_at_ = {};
  Hand hand_;
};

}  // namespace rivulet::live::experts_balance
