// The fast CPU device against the reference, where the per-op table does not reach: fusion, views,
// odd products in used memory, repeatability.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "compare.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

/// Runs a graph on both devices, `runs` times, and compares all outputs and states.
void check_against_reference(const Graph& graph, float tolerance = 1e-5F, int runs = 1,
                             const CompileOptions& options = {}) {
  Program fast = compile(graph, cpu_device(), options);
  Program plain = compile(graph, reference_device());
  for (int run = 0; run < runs; ++run) {
    feed(fast, graph, 100 + static_cast<uint64_t>(run));
    feed(plain, graph, 100 + static_cast<uint64_t>(run));
    fast.run();
    plain.run();
    for (const Output& output : graph.outputs()) {
      CAPTURE(output.name);
      check_close(fast.read(output.name), plain.read(output.name), tolerance);
    }
    for (const std::string& state : plain.state_names()) {
      CAPTURE(state);
      check_close(fast.read(state), plain.read(state), tolerance);
    }
  }
}

bool is_alias(const exec::plan::Stage& stage) {
  return std::holds_alternative<exec::plan::Alias>(stage.work);
}

size_t working_stages(const Graph& graph) {
  const Program program = compile(graph, cpu_device());
  return static_cast<size_t>(std::ranges::count_if(
      program.stages(), [](const exec::plan::Stage& stage) { return !is_alias(stage); }));
}

}  // namespace

TEST_SUITE_BEGIN("xnnpack");

// Products.

namespace {

/// Products of many odd shapes in one program: each finds what the one before left in the scratch
/// memory, which huge values fill to begin with.
void check_products(bool transpose_a, bool transpose_b, int64_t batch) {
  Graph g;
  const Value large = g.state("large", Tensor::full({96, 96}, 3e37F));
  g.output("soil", matmul(large, large * 1e-36F));
  Rng rng(static_cast<uint64_t>(17 + transpose_a * 2 + transpose_b));
  const auto extent = [&] { return static_cast<int64_t>(1 + rng.below(33)); };
  for (int i = 0; i < 60; ++i) {
    // Half of the cases are the fragile ones: k no multiple of 4, fewer than 8 columns.
    const int64_t m = extent();
    const int64_t k = i % 2 == 0 ? extent() / 4 * 4 + 1 + i % 3 : extent();
    const int64_t n = i % 2 == 0 ? 1 + static_cast<int64_t>(rng.below(7)) : extent();
    Shape a = transpose_a ? Shape{k, m} : Shape{m, k};
    Shape b = transpose_b ? Shape{n, k} : Shape{k, n};
    if (batch > 1) {
      a = {batch, a[0], a[1]};
      b = {batch, b[0], b[1]};
    }
    const std::string name = std::to_string(i) + " " + a.str() + b.str();
    const Value x = g.input("a" + name, a);
    const Value y = g.input("b" + name, b);
    g.output(name, matmul(x, y, {.transpose_a = transpose_a, .transpose_b = transpose_b}));
  }
  check_against_reference(g, 1e-5F, 2);
}

}  // namespace

TEST_CASE("products: odd shapes in used memory, all transposes") {
  for (const int64_t batch : {1, 3}) {
    for (const bool a : {false, true}) {
      for (const bool b : {false, true}) {
        CAPTURE(batch);
        CAPTURE(a);
        CAPTURE(b);
        check_products(a, b, batch);
      }
    }
  }
}

TEST_CASE("products: tall and wide, one row, one column, one term") {
  Graph g;
  const auto product = [&](int64_t m, int64_t k, int64_t n, MatmulFlags flags) {
    const std::string name = std::to_string(g.size());
    const Value a = g.input("a" + name, flags.transpose_a ? Shape{k, m} : Shape{m, k});
    const Value b = g.input("b" + name, flags.transpose_b ? Shape{n, k} : Shape{k, n});
    g.output(name, matmul(a, b, flags));
  };
  for (const MatmulFlags flags :
       {MatmulFlags{}, MatmulFlags{.transpose_a = true}, MatmulFlags{.transpose_b = true},
        MatmulFlags{.transpose_a = true, .transpose_b = true}}) {
    product(1, 300, 1, flags);
    product(1, 1, 1, flags);
    product(300, 1, 5, flags);
    product(1, 65, 129, flags);
    product(200, 33, 2, flags);
    product(2, 333, 100, flags);
    product(100, 333, 2, flags);
    product(130, 70, 150, flags);
    product(65, 31, 12, flags);
    product(33, 40, 31, flags);
  }
  check_against_reference(g);
}

TEST_CASE("products: a bias is added by the product, in every rank") {
  Graph g;
  const Value x = g.input("x", {4, 5, 7});
  const Value w = g.state("w", normal({7, 9}, 1));
  const Value b = g.state("b", normal({9}, 2));
  g.output("y", matmul(x, w) + b);
  CHECK(working_stages(g) == 1);
  check_against_reference(g);
}

TEST_CASE("products: what only looks like a bias stays a sum") {
  Graph g;
  const Value x = g.input("x", {6, 6});
  const Value w = g.state("w", normal({6, 6}, 1));
  const Value row = g.input("row", {6});
  const Value column = g.input("column", {6, 1});
  const Value y = matmul(x, w);
  g.output("of column", y + column);
  const Value z = matmul(x, w, {.transpose_b = true});
  g.output("both", z + row);
  g.output("alone", z);
  const Value u = matmul(w, x);
  g.output("twice", u + u);
  g.output("computed row", matmul(w, x, {.transpose_a = true}) + tanh(row));
  check_against_reference(g);
}

TEST_CASE("products: packed weights follow their state") {
  Graph g;
  const Value x = g.input("x", {5, 13});
  const Value w = g.state("w", normal({13, 7}, 1));
  const Value b = g.state("b", normal({7}, 2));
  const Value y = matmul(x, w) + b;
  g.output("y", y);
  g.output("flipped", matmul(y, w, {.transpose_b = true}));
  g.output("moving bias", matmul(x, w) + g.input("row", {7}));
  Program packed = compile(g, cpu_device(), {.static_states = true});
  Program plain = compile(g, reference_device());
  for (uint64_t round = 0; round < 3; ++round) {
    if (round > 0) {
      for (Program* program : {&packed, &plain}) {
        program->write(round == 1 ? "w" : "b",
                       normal(round == 1 ? Shape{13, 7} : Shape{7}, 40 + round).span());
      }
    }
    feed(packed, g, round);
    feed(plain, g, round);
    packed.run();
    plain.run();
    for (const Output& output : g.outputs()) {
      check_close(packed.read(output.name), plain.read(output.name), 1e-5F);
    }
  }
}

TEST_CASE("products: few rows of packed weights, with and without bias, on several threads") {
  Graph g;
  for (const int64_t m : {1, 2, 3, 4, 5, 6, 7}) {
    for (const auto [k, n] :
         {std::array<int64_t, 2>{1, 1}, {7, 3}, {13, 70}, {33, 64}, {66, 129}}) {
      for (const bool transpose_b : {false, true}) {
        const std::string name = std::to_string(g.size());
        const Value x = g.input("x" + name, {m, k});
        const Value w = g.state("w" + name, normal(transpose_b ? Shape{n, k} : Shape{k, n}, 1));
        const Value y = matmul(x, w, {.transpose_b = transpose_b});
        g.output(name, transpose_b ? y : y + g.state("b" + name, normal({n}, 2)));
      }
    }
  }
  const Value wide = g.state("wide", normal({1024, 2048}, 3));  // worth waking threads for
  g.output("wide product", matmul(g.input("few", {6, 1024}), wide) * 0.05F);
  for (const int threads : {1, 3}) {
    check_against_reference(g, 2e-5F, 2, {.threads = threads, .static_states = true});
  }
}

TEST_CASE("products: attention's transposes cost no copies") {
  Graph g;
  const Value q = g.input("q", {2, 3, 10, 8});
  const Value k = g.input("k", {2, 3, 10, 8});
  g.output("scores", softmax(matmul(q, transpose(k, {0, 1, 3, 2}))));
  CHECK(working_stages(g) == 2);
  check_against_reference(g);
}

// Fusion.

TEST_CASE("fusion: a chain is one step, and stores its result only") {
  Graph g;
  const Value x = g.input("x", {33, 17});
  Value y = x;
  for (int i = 0; i < 10; ++i) y = tanh(y * 1.1F + x);
  g.output("y", y);
  const Program program = compile(g, cpu_device());
  REQUIRE(program.stages().size() == 1);
  CHECK(program.stages()[0].writes == std::vector<int>{y.index});
  check_against_reference(g);
}

TEST_CASE("fusion: several results, some read again inside") {
  Graph g;
  const Value x = g.input("x", {40, 50});
  const Value y = g.input("y", {40, 50});
  const Value a = x * y;
  const Value b = a + x;
  const Value c = sigmoid(b) * a;
  g.output("a", a);
  g.output("c", c);
  g.output("d", c - b);
  CHECK(working_stages(g) == 1);
  check_against_reference(g);
}

TEST_CASE("fusion: every broadcast form, odd and even extents") {
  int n = 0;
  Graph g;
  for (const int64_t rows : {1, 3, 16, 300}) {
    for (const int64_t columns : {1, 2, 16, 33, 128, 700}) {
      const std::string name = std::to_string(n++);
      const Value x = g.input("x" + name, {rows, columns});
      const Value row = g.input("row" + name, {columns});
      const Value column = g.input("column" + name, {rows, 1});
      const Value one = g.input("one" + name, {});
      g.output(name, tanh(x * row + column) * one - maximum(row, column) / (1.0F + square(column)));
    }
  }
  const Value x = g.input("x", {3, 5, 7, 4});
  g.output("inner axes", x + g.input("bcd", {5, 1, 4}) * g.input("acd", {3, 1, 7, 1}));
  g.output("middle", x * g.input("b", {1, 5, 1, 1}));
  g.output("outer", broadcast(g.input("a", {3, 1, 1, 1}), {3, 5, 7, 4}) - x);
  g.output("stored", broadcast(g.input("s", {5, 1, 4}), {3, 5, 7, 4}));
  check_against_reference(g);
}

TEST_CASE("fusion: slices and transposes are read where they lie") {
  Graph g;
  const Value x = g.input("x", {6, 20, 5});
  const Value left = slice(x, 1, 0, 9);
  const Value right = slice(x, 1, 11, 9);
  g.output("halves", left * right);
  g.output("heads", transpose(x, {1, 0, 2}) + 1.0F);
  g.output("column", slice(x, 2, 3, 1) * slice(x, 2, 0, 1));
  CHECK(working_stages(g) == 3);
  g.output("turned", transpose(x, {2, 1, 0}) * 2.0F);
  g.output("view", slice(x, 0, 2, 3));
  g.output("reshaped", reshape(transpose(x, {1, 0, 2}), {30, 20}));
  g.output("pieces", concat({reshape(left, {6, 45}), reshape(x, {6, 100})}, 1));
  g.output("padded", pad(slice(x, 1, 3, 4), 1, 2, 1));
  check_against_reference(g);
}

TEST_CASE("fusion: reshapes and stopped gradients are seen through") {
  Graph g;
  const Value x = g.input("x", {12, 10});
  const Value y = g.input("y", {120});
  const Value z = reshape(tanh(x), {120}) * y;
  g.output("z", stop_gradient(reshape(z, {4, 30})) + g.input("w", {4, 30}));
  CHECK(working_stages(g) == 1);
  g.output("alias", reshape(z, {2, 60}));
  g.output("input", reshape(x, {120}));
  check_against_reference(g);
}

TEST_CASE("fusion: numbers in every operand") {
  Graph g;
  const Value x = g.input("x", {37});
  const Value two = g.fill({37}, 2);
  const Value half = g.fill({37}, 0.5F);
  const Value scalar = broadcast(g.input("s", {1}), {37});
  g.output("select", select(less(x, half), two, x));
  g.output("select numbers", select(step(x), two, half));
  g.output("select by number", select(two, x, scalar));
  g.output("orders", (two - x) / (scalar + half) + minimum(half, x) * maximum(scalar, x));
  g.output("nothing varies", tanh(scalar * half) + scalar * scalar);
  g.output("fill", two);
  g.output("of fills", maximum(two, half));
  g.output("less", less(two, scalar) + less(scalar, x));
  check_against_reference(g);
}

TEST_CASE("fusion: products move into sums without changing a bit") {
  Graph g;
  const Value a = g.input("a", {50});
  const Value b = g.input("b", {50});
  const Value c = g.input("c", {50});
  g.output("a b + c", a * b + c);
  g.output("c + a b", c + a * b);
  g.output("a b - c", a * b - c);
  g.output("c - a b", c - a * b);
  g.output("a^2 + 3", square(a) + 3.0F);
  g.output("1 - a^2", 1.0F - square(a));
  g.output("a b + b c", a * b + b * c);
  g.output("s a - b", a * 0.3F - b);
  check_against_reference(g, 0.0F);
}

TEST_CASE("fusion: more operations and more live values than one cluster holds") {
  Graph g;
  const Value x = g.input("x", {77});
  std::vector<Value> alive;
  for (int i = 0; i < 150; ++i) alive.push_back(sin(x + static_cast<float>(i)));
  Value total = alive[0];
  for (size_t i = 1; i < alive.size(); ++i) total = total + alive[i] * alive[alive.size() - i];
  g.output("total", total);
  CHECK(working_stages(g) >= 4);
  check_against_reference(g);
}

TEST_CASE("fusion: states are read old and written new") {
  Graph g;
  const Value w = g.state("w", normal({20, 30}, 1));
  const Value m = g.state("m", Tensor({20, 30}));
  const Value a = g.state("a", normal({20, 30}, 2));
  const Value b = g.state("b", normal({20, 30}, 3));
  const Value x = g.input("x", {20, 30});
  const Value moment = m * 0.9F + x * 0.1F;
  const Value next = w - moment * 0.05F;
  g.update(w, next);
  g.update(m, moment);
  g.update(a, b);  // exchange
  g.update(b, a);
  g.output("old", w * 2.0F);
  g.output("old in another shape", reshape(transpose(w, {1, 0}), {600}));
  g.output("old, stopped", slice(reshape(m, {600}), 0, 100, 300));
  g.output("norm", sum(square(w)));
  check_against_reference(g, 1e-5F, 4);
}

TEST_CASE("fusion: memory is taken over only when its last reader is done") {
  Graph g;
  const Value x = g.input("x", {64, 64});
  const Value a = exp(x * 0.1F);
  const Value s = sum(a, {1});                 // stores a
  const Value b = a / s;                       // may lie where a lies
  const Value t = transpose(b, {1, 0});        // reads b
  const Value c = (b + a) * square(a - 1.0F);  // a again, after b was computed
  const Value u = c + t;
  g.output("u", u - sum(u, {0}));
  g.output("v", matmul(u, b) + sum(b, {1}));
  check_against_reference(g);
}

// Reductions.

TEST_CASE("fusion: normalisations and their like are one step") {
  for (const int64_t columns : {2, 5, 16, 33, 100, 128, 700, 2048}) {
    CAPTURE(columns);
    Graph g;
    const Value x = g.input("x", {37, columns});
    const Value gain = g.input("gain", {columns});
    const Value centred = x - mean(x, {1});
    const Value scale = rsqrt(mean(square(centred), {1}) + 1e-5F);
    g.output("layer norm", centred * scale * gain);
    g.output("scale", scale);
    check_against_reference(g);  // before other readers keep registers alive
    const bool in_tiles = columns % 16 == 0 || columns < 129;
    CHECK((working_stages(g) == 1) == in_tiles);
    g.output("log softmax", log_softmax(x));
    g.output("rows of both", scale * max(x, {1}) + g.input("row", {37, 1}));
    g.output("moved", transpose(scale, {1, 0}) * 2.0F);
    g.output("rows and elements", sum(x * scale, {1}) * broadcast(scale, {37, 1}) + mean(x, {1}));
    g.output("elsewhere", scale + g.input("other", {37, 8}));
    check_against_reference(g);
  }
}

TEST_CASE("reductions: any axes, long and short") {
  Graph g;
  int n = 0;
  const auto all = [&](const Shape& shape, std::initializer_list<std::vector<int>> axes) {
    const std::string name = std::to_string(n++);
    const Value x = g.input("x" + name, shape);
    for (const std::vector<int>& set : axes) {
      std::string label = name;
      for (const int axis : set) label += "," + std::to_string(axis);
      g.output("sum" + label, sum(x + 3.0F, set));
      g.output("max" + label, max(x, set));
    }
  };
  all({7, 33}, {{0}, {1}, {}});
  all({513, 70}, {{0}, {1}, {}});
  all({3, 4, 5, 6}, {{0}, {1}, {2}, {3}, {0, 2}, {1, 3}, {0, 3}, {0, 1}, {1, 2}, {0, 1, 3}, {}});
  all({1, 40000}, {{1}});
  all({40000, 1}, {{0}});
  all({5, 1, 9}, {{0, 2}, {1, 2}});
  g.output("of a view", sum(broadcast(g.input("v", {1, 9}), {5, 9}), {1}));
  check_against_reference(g, 1e-6F);
}

TEST_CASE("reductions: a long sum keeps its digits") {
  Graph g;
  const Value x = g.input("x", {1 << 20});
  g.output("sum", sum(x));
  g.output("columns", sum(reshape(x, {1 << 18, 4}), {0}));
  std::vector<float> tenth(1 << 20, 0.1F);
  Program program = compile(g, cpu_device());
  program.write("x", tenth);
  program.run();
  const double exact = double{0.1F} * (1 << 20);
  CHECK(std::fabs(program.scalar("sum") / exact - 1) < 1e-6);
  for (const float column : program.read("columns"))
    CHECK(std::fabs(column / (exact / 4) - 1) < 1e-5);
}

TEST_CASE("a number that is not one is never taken for one") {
  // Training watches the loss for it.
  for (const Op op :
       {Op::exp, Op::log, Op::sqrt, Op::sin, Op::cos, Op::tanh, Op::sigmoid, Op::erf}) {
    Graph g;
    const Value x = g.input("x", {5, 7});
    const Value y = g.append({.op = op, .inputs = {x.index}, .shape = {}});
    g.output("sum", sum(y));
    g.output("product", sum(matmul(y, y, {.transpose_b = true})));
    g.output("softmax", sum(softmax(y)));
    Program program = compile(g, cpu_device());
    std::vector<float> values(35, 0.5F);
    values[11] = std::numeric_limits<float>::quiet_NaN();
    program.write("x", values);
    program.run();
    for (const Output& output : g.outputs()) {
      CAPTURE(name_of(op));
      CAPTURE(output.name);
      // Small products may answer with infinity: XNNPACK limits their results.
      CHECK(!std::isfinite(program.scalar(output.name)));
    }
  }
}

// Repeatability.

namespace {

/// A bit of everything.
void build_mixture(Graph& g) {
  const Value x = g.input("x", {96, 40});
  const Value w = g.state("w", normal({40, 24}, 1));
  const Value b = g.state("b", normal({24}, 2));
  const Value h = gelu(matmul(x, w) + b);
  const Value c = h - mean(h, {1});
  const Value norm = c * rsqrt(mean(square(c), {1}) + 1e-5F);
  const Value p = softmax(matmul(norm, norm, {.transpose_b = true}));
  const Value y = matmul(p, h, {.transpose_a = true});
  g.output("y", y);
  g.output("loss", sum(square(y)));
  g.update(w, w - matmul(x, y, {.transpose_a = true}) * 1e-3F);
}

std::vector<float> run_mixture(const Graph& g, Program& program, int runs) {
  feed(program, g, 5);
  for (int i = 0; i < runs; ++i) program.run();
  std::vector<float> result;
  for (const char* name : {"y", "loss", "w"}) {
    const auto values = program.read(name);
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace

TEST_CASE("gradients of parts side by side are joined from where they lie") {
  Graph g;
  const Value x = g.input("x", {2, 4, 12});
  std::vector<Value> heads;  // [2,2,4,2]
  for (int64_t i = 0; i < 3; ++i) {
    heads.push_back(transpose(reshape(slice(x, 2, 4 * i, 4), {2, 4, 2, 2}), {0, 2, 1, 3}));
  }
  const Value mixed = matmul(matmul(heads[0], heads[1], {.transpose_b = true}), heads[2]);
  const Value dx = grad(sum(square(mixed)), x);
  g.output("dx", dx);
  CHECK(dx.node().op == Op::concat);
  CHECK(dx.node().inputs.size() == 3);
  check_against_reference(g, 1e-4F);
  // Three heads, of which a product copies two together, two products, the square's derivative,
  // four gradients, and one concat.
  CHECK(working_stages(g) == 10);
}

TEST_CASE("cheap values are computed where they are read, not stored") {
  Graph g;
  const Value x = g.input("x", {8, 600});
  const Value y = matmul(x, g.state("w", normal({600, 600}, 1)));
  const Value half = y * 0.5F;
  const Value early = erf(half) * half;
  const Value late = exp(half - 1.0F) * matmul(early, g.state("u", normal({600, 600}, 2, 0.1F)));
  g.output("late", late);
  g.output("same", reshape(half - 2.0F, {4800}));
  g.output("row", sum(half + 3.0F, {1}));
  check_against_reference(g, 1e-4F);
  const Program program = compile(g, cpu_device());
  for (const exec::plan::Stage& stage : program.stages()) {
    CHECK(std::ranges::find(stage.writes, half.index) == stage.writes.end());
  }
}

TEST_CASE("runs repeat to the bit") {
  Graph g;
  build_mixture(g);
  check_against_reference(g, 1e-4F, 3);
  Program one = compile(g, cpu_device());
  Program two = compile(g, cpu_device());
  const std::vector<float> first = run_mixture(g, one, 3);
  CHECK(run_mixture(g, two, 3) == first);
  one.write("w", normal({40, 24}, 1).span());
  CHECK(run_mixture(g, one, 3) == first);
}

#ifndef __EMSCRIPTEN__  // where threads start only when the page's own thread pauses
TEST_CASE("threads change no bit") {
  Graph g;
  build_mixture(g);
  // Large enough to be split: what is small stays on one thread.
  const Value big = g.input("big", {1500, 400});
  g.output("big row", sum(tanh(big) * 2.0F, {1}));
  g.output("big column", sum(tanh(big) * 2.0F, {0}));
  g.output("big rows chosen", softmax(big));
  g.output("big product", matmul(big, g.state("factor", normal({400, 60}, 4))));
  g.output("big product, transposed", matmul(big, big, {.transpose_a = true}));
  g.output("big, turned", transpose(reshape(big, {50, 30, 400}), {1, 0, 2}));
  const Value ends = g.constant(Tensor({4}, {0, 501, 501, 1400}));
  const Value experts = g.state("experts", normal({4, 400, 90}, 3));
  const Value h = grouped_matmul(big, experts, ends);
  g.output("groups", h);
  g.output("groups, transposed", grouped_matmul(h, experts, ends, true));
  g.output("groups, outer", grouped_outer(big, h, ends));
  g.output("order", argsort(big));
  g.output("order of one row", argsort(reshape(big, {1, 600000})));
  const Value index = reshape(floor(abs(slice(big, 1, 0, 1)) * 100.0F), {1500});
  g.output("moved", gather(big, index));
  g.output("added", scatter_add(big, index, 300));
  Program one = compile(g, cpu_device());
  Program two = compile(g, cpu_device(), {.threads = 2});
  CHECK(run_mixture(g, one, 2) == run_mixture(g, two, 2));
  for (const Output& output : g.outputs()) {
    CAPTURE(output.name);
    CHECK(std::ranges::equal(one.read(output.name), two.read(output.name)));
  }
}
#endif

TEST_SUITE_END();
