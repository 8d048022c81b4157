// What training steps ask of any card, counted from their tapes: the table "Cards" of
// tests/bench/README.md, which is printed by this file's case with -s.
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <vector>

#include "rivulet/exec/gpu/tape.h"
#include "rivulet/train/flow2d.h"
#include "rivulet/train/pictures.h"

using namespace rivulet;
namespace gpu = rivulet::exec::gpu;

namespace {

struct Cost {
  size_t commands = 0;
  size_t batches = 0;
  double mbytes = 0;  ///< that kernels read and write, at most
  double gflops = 0;
  double arena_mbytes = 0;
};

Cost cost_of(const exec::Planned& program) {
  gpu::Layout layout;
  const gpu::Tape tape = gpu::write_tape(program, layout, {int64_t{1} << 29, 8});
  std::vector<const gpu::Command*> all;
  const auto append = [&](const std::vector<gpu::Command>& more) {
    for (const gpu::Command& command : more) all.push_back(&command);
  };
  append(tape.begin);
  for (const auto& stage : tape.stages) append(stage);
  append(tape.end);
  Cost cost{.commands = all.size()};
  constexpr double mbytes_a_float = 4e-6;
  for (const gpu::Command* command : all) {
    if (const auto* dispatch = std::get_if<gpu::Dispatch>(command)) {
      for (const gpu::Touch& touch : dispatch->touched)
        cost.mbytes += mbytes_a_float * static_cast<double>(touch.spot.floats);
    }
  }
  cost.batches = gpu::batches_of(std::move(all)).size();
  for (const exec::plan::Stage& stage : program.plan.stages)
    cost.gflops += 1e-9 * static_cast<double>(stage.flops);
  cost.arena_mbytes = mbytes_a_float * static_cast<double>(layout.blocks.front());
  return cost;
}

/// Nothing of a program but its memory on the host.
class Idle final : public exec::Executable {
 public:
  explicit Idle(const Graph& graph) : values_(static_cast<size_t>(graph.size())), graph_(graph) {}
  void write(int /*node*/, std::span<const float> /*values*/) override {}
  std::span<float> input(int node) override {
    auto& values = values_[static_cast<size_t>(node)];
    values.resize(static_cast<size_t>(graph_.node(node).shape.numel()));
    return values;
  }
  [[nodiscard]] std::span<const float> read(int node) const override {
    return values_[static_cast<size_t>(node)];
  }
  void begin() override {}
  void run(int /*stage*/) override {}
  void commit() override {}
  [[nodiscard]] int64_t arena_bytes() const override { return 0; }
  [[nodiscard]] int64_t leaf_bytes() const override { return 0; }

 private:
  std::vector<std::vector<float>> values_;
  const Graph& graph_;
};

/// Costs of all turns of a trainer.
std::vector<Cost> costs_of(const std::function<train::Trainer(const Device&)>& make) {
  std::vector<Cost> costs;
  const Device device{
      .name = "counter",
      .description = "counts",
      .limits = [](const CompileOptions& /*options*/) { return gpu::limits(); },
      .load =
          [&](std::span<const exec::Planned> programs, const CompileOptions& /*options*/) {
            std::vector<std::unique_ptr<exec::Executable>> idle;
            for (const exec::Planned& program : programs) {
              costs.push_back(cost_of(program));
              idle.push_back(std::make_unique<Idle>(program.graph));
            }
            return idle;
          }};
  (void)make(device);
  return costs;
}

/// As the avatars are.
std::shared_ptr<const data::Pictures> faces() {
  auto set = std::make_shared<data::Pictures>();
  set->name = "faces";
  set->side = 16;
  set->channels = 3;
  constexpr std::array values{16, 8, 5, 3, 4, 8, 6};
  for (const int count : values) {
    data::Attribute& attribute = set->attributes.emplace_back();
    attribute.name = "a" + std::to_string(set->attributes.size());
    for (int i = 0; i < count; ++i) attribute.values.push_back(std::to_string(i));
  }
  set->labels.resize(values.size());
  set->pixels.resize(16 * 16 * 3);
  return set;
}

void report(const std::string& what, const Cost& cost) {
  MESSAGE(what << ": " << cost.commands << " commands in " << cost.batches << " batches, "
               << cost.mbytes << " Mbyte, " << cost.gflops << " Gflop, arena " << cost.arena_mbytes
               << " Mbyte");
}

}  // namespace

TEST_CASE("gpu: what a training step costs a card") {
  const auto cost = [](const char* what, const std::function<train::Trainer(const Device&)>& make) {
    const std::vector<Cost> turns = costs_of(make);
    REQUIRE(turns.size() == 1);
    report(what, turns[0]);
    return turns[0];
  };
  const Cost plane = cost("the plane's model, 3x128, batch 512, shortcut", [](const Device& card) {
    return train::flow2d_trainer({}, data::Target2d(data::Shape2d::eight_gaussians), card);
  });
  CHECK(plane.batches <= 30);

  const auto set = faces();
  models::PictureModel model = train::picture_model_for(models::Method::flow_matching, *set);
  const auto pictures = [&](const Device& card) {
    return train::Trainer(train::picture_objective(model, {.rows = {.batch = 128}}, set), {}, card);
  };
  const Cost dense = cost("the transformer of 16x16x3, batch 128, flow matching", pictures);
  CHECK(dense.batches <= 151);
  model.pictures.net.experts = {.experts = 8, .chosen = 2, .hidden = 256};
  const Cost sparse = cost("the same with 2 of 8 experts a token", pictures);
  CHECK(sparse.batches <= 238);
  CHECK(sparse.gflops < 1.05 * dense.gflops);
}
