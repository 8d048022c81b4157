// Looking at a run while another task trains it.
#pragma once

#include <cstdint>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/live/engine.h"

namespace rivulet::live {

/// Shows what a run has come to, by programs of its own on the order's device. Programs are made
/// anew for each run and each device, and where theirs was lost in the midst of making or using
/// them; what is kept of a run outlives them.
template <class Order>
class LookingTask : public Worker<Order> {
 public:
  void obey(const Order& order) final {
    const bool other_run = order.run != order_.run;
    const bool moved = order.device != order_.device;
    const Order before = std::exchange(order_, order);
    if (moved) compiled_ = false;
    if (other_run) {
      begun_ = compiled_ = false;
      begin();
      begun_ = true;
    } else if (begun_) {
      adjust(before);
    }
  }

  bool slice() final {
    if (!begun_) return false;
    if (!compiled_) {
      compile();
      compiled_ = true;
      return true;
    }
    try {
      return look();
    } catch (const DeviceError&) {
      compiled_ = false;
      throw;
    }
  }

 protected:
  /// What another run begins with, without any device.
  virtual void begin() = 0;
  /// Other settings in the midst of a run.
  virtual void adjust(const Order& /*before*/) {}
  /// Programs on the order's device, without weights; what is half made begins anew.
  virtual void compile() = 0;
  /// One piece of some milliseconds; false when all shows the newest weights.
  virtual bool look() = 0;

  [[nodiscard]] const Order& order() const { return order_; }

 private:
  Order order_;
  bool begun_ = false;
  bool compiled_ = false;
};

}  // namespace rivulet::live
