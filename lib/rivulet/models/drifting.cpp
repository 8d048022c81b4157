#include "rivulet/models/drifting.h"

#include <string>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"

namespace rivulet::models {
namespace {

constexpr float least_weight = 1e-6F;  // the notebook's: under a root it is 1e-12
constexpr float never = 1e6F;          // the distance of a point to itself

/// Distances between rows [N,D] and [M,D], [N,M].
Value distances(Value a, Value b) {
  const Value lengths_a = sum(square(a), {1});                     // [N,1]
  const Value lengths_b = transpose(sum(square(b), {1}), {1, 0});  // [1,M]
  const Value dots = matmul(a, b, {.transpose_b = true});          // [N,M]
  const Value squares = lengths_a + lengths_b - 2.0F * dots;
  return sqrt(maximum(squares, squares.graph->fill(squares.shape(), 1e-12F)));
}

/// k of each pair; no point sees itself where `own`.
Value kernel(Value a, Value b, Value tau, bool own) {
  Value far = distances(a, b);
  if (own) {
    const int64_t n = a.shape()[0];
    std::vector<float> diagonal(static_cast<size_t>(n * n), 0.0F);
    for (int64_t i = 0; i < n; ++i) diagonal[static_cast<size_t>(i * (n + 1))] = never;
    far = far + far.graph->constant(Tensor({n, n}, std::move(diagonal)));
  }
  return exp(-far / tau);
}

Value at_least(Value x, float least) { return maximum(x, x.graph->fill(x.shape(), least)); }

/// sum_j k (y_j - x) / sum_j k of each place.
Value mean_shift(Value k, Value at, Value points) {
  const Value weights = sum(k, {1});  // [N,1]
  const Value count = points.graph->fill({1, 1}, static_cast<float>(points.shape()[0]));
  return (matmul(k, points) - weights * at) / (count * at_least(weights / count, least_weight));
}

}  // namespace

Drift drift(DriftForm form, Value at, Value generated, Value data, Value tau, bool own) {
  const Value to_data = kernel(at, data, tau, false);    // [N,M]
  const Value to_own = kernel(at, generated, tau, own);  // [N,G]
  if (form == DriftForm::plain) {
    return {.attraction = mean_shift(to_data, at, data),
            .repulsion = -mean_shift(to_own, at, generated)};
  }
  // Columns are those of the points generated, wherever the field is asked for.
  const Value rows = sum(to_data, {1}) + sum(to_own, {1});  // [N,1]
  const Value data_columns = sum(own ? to_data : kernel(generated, data, tau, false), {0});
  const Value own_columns = sum(own ? to_own : kernel(generated, generated, tau, true), {0});
  const auto shared = [&](Value k, Value columns) {
    return k / sqrt(at_least(rows * columns, least_weight * least_weight));
  };
  const Value a = shared(to_data, data_columns);  // [N,M]
  const Value b = shared(to_own, own_columns);    // [N,G]
  const Value sum_a = sum(a, {1});
  const Value sum_b = sum(b, {1});
  return {.attraction = sum_b * (matmul(a, data) - sum_a * at),
          .repulsion = -(sum_a * (matmul(b, generated) - sum_b * at))};
}

Value drift_loss(DriftForm form, Value generated, Value data, Value tau, Value repulsion) {
  const Drift v = drift(form, generated, generated, data, tau, true);
  const Value target = generated + v.attraction + repulsion * v.repulsion;
  return mean(square(generated - stop_gradient(target)));
}

DriftMap::DriftMap(DriftForm form, int places, int generated, int data, const Device& device,
                   const CompileOptions& options)
    : program_([&] {
        Graph graph;
        const Drift v =
            drift(form, graph.input("at", {places, 2}), graph.input("generated", {generated, 2}),
                  graph.input("data", {data, 2}), graph.input("tau", {1, 1}), false);
        graph.output("attraction", v.attraction);
        graph.output("repulsion", v.repulsion);
        return compile(graph, device, options);
      }()) {}

void DriftMap::run(std::span<const float> at, std::span<const float> generated,
                   std::span<const float> data, float tau) {
  program_.write("at", at);
  program_.write("generated", generated);
  program_.write("data", data);
  program_.write("tau", std::span<const float>(&tau, 1));
  program_.run();
}

}  // namespace rivulet::models
