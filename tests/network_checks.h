// Checks of whole networks: gradients against differences, devices against each other.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "compare.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/params.h"

namespace rivulet::testing {

/// Weights that begin as zero would hide what lies before them.
inline void stir(Program& program, const nn::Params& params, float size = 0.3F) {
  uint64_t seed = 100;
  for (const nn::Param& param : params.all()) {
    program.write(param.name, normal(param.value.shape(), ++seed, size).span());
  }
}

/// Gradients of `loss` by autodiff against central differences, for all params and `inputs`, along
/// one random direction of each tensor: a number that sees all of its elements. `write` sets what
/// the graph's inputs are; weights are of that size.
inline void check_gradients(Graph& graph, const nn::Params& params, Value loss,
                            const std::vector<Value>& inputs,
                            const std::function<void(Program&)>& write, float size = 0.3F) {
  graph.output("loss", loss);
  std::vector<Value> wrt = params.values();
  wrt.insert(wrt.end(), inputs.begin(), inputs.end());
  const std::vector<Value> gradients = grad(loss, wrt);
  for (size_t i = 0; i < wrt.size(); ++i) {
    const Value direction = graph.constant(normal(wrt[i].shape(), 500 + i));
    graph.output("along " + wrt[i].node().name, sum(gradients[i] * direction));
  }
  Program program = compile(graph, reference_device());
  write(program);
  stir(program, params, size);
  program.run();
  std::vector<double> analytic;
  for (const Value& value : wrt) analytic.push_back(program.scalar("along " + value.node().name));
  for (size_t i = 0; i < wrt.size(); ++i) {
    const std::string& name = wrt[i].node().name;
    const Tensor direction = normal(wrt[i].shape(), 500 + i);
    const auto now = program.read(name);
    const std::vector<float> centre(now.begin(), now.end());
    const auto loss_at = [&](float h) {
      std::vector<float> moved = centre;
      for (size_t k = 0; k < moved.size(); ++k) moved[k] += h * direction[static_cast<int64_t>(k)];
      program.write(name, moved);
      program.run();
      return double{program.scalar("loss")};
    };
    constexpr float h = 2e-3F;
    const double numeric =  // of fourth order
        (8 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12 * double{h});
    program.write(name, centre);
    CAPTURE(name);
    CHECK(numeric == doctest::Approx(analytic[i]).epsilon(5e-3).scale(0.05));
  }
}

/// A network's output, and the gradients of its mean square by all params, on the fast device
/// against the reference.
inline void check_devices(Graph& graph, const nn::Params& params, Value output,
                          const std::function<void(Program&)>& write, float size = 0.3F) {
  graph.output("output", output);
  for (const nn::Param& param : params.all()) {
    graph.output("d " + param.name, grad(mean(square(output)), param.value));
  }
  Program reference = compile(graph, reference_device());
  Program fast = compile(graph, cpu_device());
  for (Program* program : {&reference, &fast}) {
    write(*program);
    stir(*program, params, size);
    program->run();
  }
  check_close(fast.read("output"), reference.read("output"), 1e-5F);
  for (const nn::Param& param : params.all()) {
    CAPTURE(param.name);
    check_close(fast.read("d " + param.name), reference.read("d " + param.name), 1e-5F);
  }
}

}  // namespace rivulet::testing
