// Training in the plane for the browser's race (jax.mjs): the trainer of the first lab with plain
// flow matching, and what its products could do at most.
#include <emscripten.h>

#include <algorithm>
#include <span>
#include <string>
#include <variant>

#include "rivulet/exec/bench.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/io/json.h"
#include "rivulet/train/flow2d.h"

using namespace rivulet;

namespace {

/// Of a step: all operations, and those of products alone.
io::Json flops_of(const Program& program) {
  int64_t products = 0;
  for (const exec::plan::Stage& stage : program.stages()) {
    if (std::holds_alternative<exec::plan::Product>(stage.work)) products += stage.flops;
  }
  return {{"all", program.flops()}, {"products", products}};
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE train::Trainer* trainer_make(int width, int depth, int batch, int threads) {
  const train::Flow2dConfig config{
      .method = models::Method::flow_matching, .width = width, .depth = depth, .batch = batch};
  return new train::Trainer(train::flow2d_trainer(
      config, data::Target2d(data::Shape2d::eight_gaussians), cpu_device(), {.threads = threads}));
}
EMSCRIPTEN_KEEPALIVE void trainer_delete(train::Trainer* trainer) { delete trainer; }

/// Steps, each with its batch drawn; the loss of the last.
EMSCRIPTEN_KEEPALIVE float trainer_step(train::Trainer* trainer, int steps) {
  float loss = 0;
  for (int i = 0; i < steps; ++i) loss = trainer->step();
  return loss;
}

/// A weight or an input of the last step.
EMSCRIPTEN_KEEPALIVE const float* trainer_values(const train::Trainer* trainer, const char* name) {
  return trainer->program().read(name).data();
}
EMSCRIPTEN_KEEPALIVE int trainer_count(const train::Trainer* trainer, const char* name) {
  return static_cast<int>(trainer->program().shape(name).numel());
}

/// As JSON, which lives until the next call.
EMSCRIPTEN_KEEPALIVE const char* trainer_flops(const train::Trainer* trainer) {
  static std::string text;
  text = flops_of(trainer->program()).dump();
  return text.c_str();
}

/// Operations per second of the fastest of a step's three products: forward, and both gradients.
EMSCRIPTEN_KEEPALIVE double product_peak(double seconds) {
  const exec::Peak one{.instructions = {}, .flops = 1};
  double most = 0;
  for (const exec::OpCase& op : exec::op_cases().first(3)) {
    most = std::max(most, exec::time_op(op, cpu_device(), one, {}, seconds / 3).rate);
  }
  return most;
}

}  // extern "C"
