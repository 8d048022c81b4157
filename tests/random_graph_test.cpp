// Random graphs on the fast device against the reference: what no one thought of testing.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "card.h"
#include "compare.h"
#include "kernel_machine.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

/// Grows a graph by random operations whose values stay near one.
class RandomGraph {
 public:
  explicit RandomGraph(uint64_t seed) : rng_(seed) {
    for (int i = 0; i < 4; ++i) {
      values_.push_back(graph_.input("in" + std::to_string(i), random_shape()));
      values_.push_back(graph_.state("state" + std::to_string(i),
                                     normal(random_shape(), seed + static_cast<uint64_t>(i))));
    }
    for (int i = 0; i < 60; ++i) values_.push_back(grow());
    for (int i = 0; i < 6; ++i) graph_.output("out" + std::to_string(i), result(pick()));
    graph_.output("last", result(values_.back()));
    for (int i = 0; i < 4; ++i) {
      const Value state = graph_.value(graph_.find("state" + std::to_string(i)));
      graph_.update(state, fit(pick(), state.shape()));
    }
  }

  [[nodiscard]] const Graph& graph() const { return graph_; }

 private:
  int64_t extent() {
    constexpr int64_t extents[] = {1, 1, 2, 3, 4, 5, 8, 17};
    return extents[rng_.below(8)];
  }

  Shape random_shape() {
    Shape shape;
    for (uint32_t i = rng_.below(4); i > 0; --i) shape.push_back(extent());
    return shape;
  }

  Value pick() {
    return values_[values_.size() - 1 -
                   rng_.below(static_cast<uint32_t>(std::min<size_t>(values_.size(), 20)))];
  }

  /// Something that is computed: no leaf under another shape.
  static Value result(Value x) { return x.node().op == Op::reshape ? x + 1.0F : x; }

  /// x brought to a shape by summing, broadcasting and reshaping.
  Value fit(Value x, const Shape& shape) {
    if (x.shape() == shape) return x;
    if (x.shape().numel() == shape.numel()) return reshape(x, shape);
    return broadcast(reshape(mean(x), Shape{}), shape);
  }

  Value tame(Value x) { return rng_.below(2) == 0 ? tanh(x) : sin(x); }

  Value grow() {
    const Value x = pick();
    const int rank = x.shape().rank();
    const int axis = rank > 0 ? static_cast<int>(rng_.below(static_cast<uint32_t>(rank))) : 0;
    switch (rng_.below(rank > 0 ? 17 : 4)) {
      case 0:
        return tame(x * 1.3F + 0.1F);
      case 1:
        return tame(x * fit(pick(), x.shape()) - x);
      case 2:
        return sigmoid(x) / (1.5F + square(fit(pick(), x.shape())));
      case 3:
        return maximum(x, fit(pick(), x.shape()) * 0.5F);
      case 4:
        return mean(x, {axis});
      case 5:
        return max(x, {axis});
      case 6:
        return softmax(x) * 2.0F;
      case 7: {
        std::vector<int> order(static_cast<size_t>(rank));
        for (int i = 0; i < rank; ++i) order[static_cast<size_t>(i)] = (i + axis) % rank;
        return transpose(x, order);
      }
      case 8: {
        const int64_t start = rng_.below(static_cast<uint32_t>(x.shape()[axis]));
        return slice(x, axis, start, x.shape()[axis] - start);
      }
      case 9:
        return x.shape().numel() < 2000 ? pad(x, axis, 1, rng_.below(3)) : x;
      case 10:
        return x.shape().numel() < 2000 ? concat({x, tanh(x), slice(x, axis, 0, 1)}, axis) : x;
      case 11: {
        Shape shape = x.shape();
        if (shape[axis] == 1 && shape.numel() < 500) shape[axis] = extent();
        return broadcast(x, shape);
      }
      case 12:
        return product(x);
      case 13:
        return normalised(x);
      case 14:
        return tanh(x - max(x, {-1})) * mean(sigmoid(x), {-1});
      case 15:
        return reshape(x, {x.shape()[0], x.shape().numel() / x.shape()[0]});
      default:
        return sum(x, {axis}) * (1.0F / static_cast<float>(x.shape()[axis])) + x;
    }
  }

  Value normalised(Value x) {
    const Value centred = x - mean(x, {-1});
    return centred * rsqrt(mean(square(centred), {-1}) + 0.1F);
  }

  Value product(Value x) {
    if (x.shape().rank() < 2) return x;
    const bool ta = rng_.below(2) == 1;
    const bool tb = rng_.below(2) == 1;
    const int64_t k = x.shape()[ta ? -2 : -1];
    const int64_t n = extent();
    Shape other = x.shape();
    other[-2] = tb ? n : k;
    other[-1] = tb ? k : n;
    Value y = fit(pick(), other);
    if (rng_.below(2) == 0)
      y = graph_.constant(normal(other, static_cast<uint64_t>(graph_.size())));
    Value z = matmul(x, y, {.transpose_a = ta, .transpose_b = tb}) * (1.0F / static_cast<float>(k));
    if (rng_.below(2) == 0) z = z + graph_.constant(normal({n}, 7));
    return z;
  }

  Rng rng_;
  Graph graph_;
  std::vector<Value> values_;
};

void check_against_reference(uint64_t seed, const Device& device) {
  CAPTURE(seed);
  CAPTURE(device.name);
  const RandomGraph random(seed);
  const Graph& graph = random.graph();
  Program fast = compile(graph, device, {.static_states = seed % 2 == 1});
  Program plain = compile(graph, reference_device());
  Program moved = compile(graph, reference_device());
  feed(fast, graph, seed);
  feed(plain, graph, seed);
  feed(moved, graph, seed, 1 + 1e-6F);
  for (int run = 0; run < 2; ++run) {
    fast.run();
    plain.run();
    moved.run();
    const auto check = [&](const std::string& name) {
      CAPTURE(name);
      // A graph that magnifies small changes of its inputs magnifies rounding as well.
      const float change = largest_difference(moved.read(name), plain.read(name));
      const float size = std::max(largest(plain.read(name)), 1.0F);
      CHECK(largest_difference(fast.read(name), plain.read(name)) <= 1e-5F * size + 20 * change);
    };
    for (const Output& output : graph.outputs()) check(output.name);
    for (const std::string& state : plain.state_names()) check(state);
  }
}

}  // namespace

TEST_SUITE_BEGIN("random graphs");

TEST_CASE("random graphs agree with the reference") {
  for (uint64_t seed = 0; seed < 150; ++seed) check_against_reference(seed, cpu_device());
}

TEST_CASE("gpu: random graphs agree with the reference") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  for (uint64_t seed = 0; seed < 25; ++seed) check_against_reference(seed, *card);
}

TEST_CASE("gpu: random graphs, line by line") {
  if (kernel_machine() == nullptr) return;
  for (uint64_t seed = 0; seed < 25; ++seed) check_against_reference(seed, *kernel_machine());
}

TEST_SUITE_END();
