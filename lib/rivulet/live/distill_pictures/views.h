// What the lab "Distillation, Pictures" draws, an evaluation at a time.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/distill_pictures/engine.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/pictures/model.h"
#include "rivulet/live/pictures/work.h"

namespace rivulet::live::distill_pictures {

/// A student's weights on their way from the training task.
struct Delivery {
  uint64_t run = 0;
  int64_t step = 0;
  io::SafeTensors weights;
};
using Deliveries = std::shared_ptr<Mailbox<Delivery>>;

/// Pictures by weights that change, all at once.
class StudentSampler {
 public:
  StudentSampler(const io::SafeTensors& weights, const Device& device);

  [[nodiscard]] const nn::DitConfig& net() const { return net_; }
  void load(const io::SafeTensors& weights);
  void move_to(const Device& device);
  void draw(const Wish& wish, std::vector<float>& values);

 private:
  nn::DitConfig net_;
  Program program_;
};

/// The drawing task.
class Views final : public Worker<Order> {
 public:
  Views(Deliveries deliveries, Outbox& out) : deliveries_(std::move(deliveries)), out_(out) {}

  void obey(const Order& order) override;
  /// One evaluation; false when all is drawn.
  bool slice() override;

 private:
  using Slot = ModelSlot<pictures::LoadedModel>;

  Slot& slot(Model model) { return slots_[static_cast<size_t>(model)]; }
  bool load(Model model);
  void forget(Model model);
  void take_delivery();
  bool draw_student();
  void keep_stage();
  bool advance();
  void release_all_but(std::optional<Model> used);

  Deliveries deliveries_;
  Outbox& out_;
  Order order_;
  std::array<Slot, model_count> slots_;
  std::array<pictures::SheetWork, maker_count> works_;
  std::optional<StudentSampler> sampler_;
  const Device* device_ = nullptr;  // of the sampler
  uint64_t run_ = 0;                // whose weights it has
  int64_t step_ = -1;
  Live live_;
};

}  // namespace rivulet::live::distill_pictures
