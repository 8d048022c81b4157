// A device that can be lost.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/exec/executable.h"
#include "rivulet/exec/plan/limits.h"
#include "rivulet/exec/program.h"

namespace rivulet::testing {

/// It computes as the processor does, to the bit, until `lost` is set: then whatever works with it
/// throws, as a card does that was pulled out.
class FragileDevice {
 public:
  [[nodiscard]] const Device& device() const { return device_; }
  /// At once, or after so many more runs.
  void lose(int runs = 0) { *left_ = runs; }
  /// When so many programs have been loaded, in the midst of the next.
  void lose_when_loading(int programs) { *loads_ = programs; }
  void find_again() { *left_ = *loads_ = endless; }

 private:
  static constexpr int endless = 1 << 30;
  using Left = std::shared_ptr<std::atomic<int>>;

  class Fragile final : public exec::Executable {
   public:
    Fragile(std::unique_ptr<exec::Executable> inner, Left left)
        : inner_(std::move(inner)), left_(std::move(left)) {}
    void write(int node, std::span<const float> values) override {
      check();
      inner_->write(node, values);
    }
    std::span<float> input(int node) override { return inner_->input(node); }
    [[nodiscard]] std::span<const float> read(int node) const override {
      check();
      return inner_->read(node);
    }
    void begin() override {
      check();
      --*left_;
      inner_->begin();
    }
    void run(int stage) override {
      check();
      inner_->run(stage);
    }
    void flush() override { inner_->flush(); }
    void commit() override {
      check();
      inner_->commit();
    }
    [[nodiscard]] int64_t arena_bytes() const override { return inner_->arena_bytes(); }
    [[nodiscard]] int64_t leaf_bytes() const override { return inner_->leaf_bytes(); }

   private:
    void check() const { FragileDevice::check(*left_); }

    std::unique_ptr<exec::Executable> inner_;
    Left left_;
  };

  static void check(const std::atomic<int>& left) {
    if (left <= 0) throw DeviceError("[gpu] Some Card was lost (a run)");
  }

  Left left_ = std::make_shared<std::atomic<int>>(endless);
  Left loads_ = std::make_shared<std::atomic<int>>(endless);
  Device device_{.name = "gpu:7",
                 .description = "Some Card: can be lost",
                 .limits = cpu_device().limits,
                 .load =
                     [left = left_, loads = loads_](std::span<const exec::Planned> programs,
                                                    const CompileOptions& options) {
                       if ((*loads)-- <= 0) *left = 0;
                       check(*left);
                       auto loaded = cpu_device().load(programs, options);
                       for (auto& one : loaded)
                         one = std::make_unique<Fragile>(std::move(one), left);
                       return loaded;
                     },
                 .own_memory = true};
};

}  // namespace rivulet::testing
