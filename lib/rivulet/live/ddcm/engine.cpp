#include "rivulet/live/ddcm/engine.h"

#include "rivulet/live/ddcm/code.h"
#include "rivulet/live/ddcm/model.h"
#include "rivulet/live/ddcm/walks.h"

namespace rivulet::live::ddcm {
namespace {

constexpr double curves_every = 0.1;  // seconds

class Coding final : public Worker<Order> {
 public:
  explicit Coding(Outbox& out) : out_(out) {}

  void obey(const Order& order) override { order_ = order; }

  bool slice() override {
    if (load()) return true;
    if (order_.plane) return walk();
    return order_.code && slot_ && code();
  }

 private:
  using Slot = ModelSlot<LoadedModel>;

  /// A model stays while nobody wants another.
  bool load() {
    const auto change =
        slot_.set(order_.weights ? order_.weights : slot_.card().file, *order_.device);
    if (change == Slot::Change::file) forget_code();
    return change != Slot::Change::none;
  }

  void forget_code() {
    code_.clear();
    out_.post(code_.trace());
    out_.post(slot_.card());
  }

  /// A model that cannot is shown as broken and left alone.
  bool code() {
    const uint64_t before = code_.trace().run;
    code_.set(*order_.code, *slot_);
    if (code_.trace().run != before) out_.post(code_.trace());
    if (code_.done()) return false;
    const bool well = slot_.attempt([&](LoadedModel& model) {
      if (code_.advance(model)) out_.post(code_.trace());
    });
    if (!well) forget_code();
    return true;
  }

  bool walk() {
    plane_.set(*order_.plane);
    if (!plane_.walked()) {
      plane_.advance();
      out_.post(plane_.run());
      post_curves();
      return true;
    }
    if (plane_.done()) return false;
    plane_.advance_curves();
    if (plane_.done() || seconds_since(curves_shown_) > curves_every) post_curves();
    return true;
  }

  void post_curves() {
    curves_shown_ = Clock::now();
    out_.post(plane_.curves());
  }

  Outbox& out_;
  Order order_;
  Slot slot_;
  CodeWork code_;
  PlaneWork plane_;
  Clock::time_point curves_shown_;
};

auto tasks(Outbox& out) {
  return std::array{Engine::Task{.name = "ddcm", .worker = std::make_unique<Coding>(out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

std::span<const float> CodeTrace::place(int i) const {
  const auto n = static_cast<size_t>(pixels());
  return std::span(places).subspan(static_cast<size_t>(i) * n, n);
}

std::span<const float> CodeTrace::belief(int i) const {
  const auto n = static_cast<size_t>(pixels());
  return std::span(beliefs).subspan(static_cast<size_t>(i) * n, n);
}

}  // namespace rivulet::live::ddcm
