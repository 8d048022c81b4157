// Planning: what each pass finds in small graphs, the stages that come of it, devices that lack
// kernels, and states that change where they lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compare.h"
#include "rivulet/exec/plan/expand.h"
#include "rivulet/exec/plan/groups.h"
#include "rivulet/exec/plan/passes.h"
#include "rivulet/exec/plan/plan.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/train/flow2d.h"

using namespace rivulet;
using namespace rivulet::testing;
using exec::plan::Limits;
using exec::plan::Outline;

namespace {

Limits cpu_limits(const CompileOptions& options = {}) { return cpu_device().limits(options); }

Outline outline(const Graph& graph) { return exec::plan::outline_of(graph, cpu_limits()); }

std::vector<float> copy(std::span<const float> x) { return {x.begin(), x.end()}; }

/// The nodes that a pass marked.
std::vector<int> marked(const std::vector<bool>& flags) {
  std::vector<int> nodes;
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) nodes.push_back(static_cast<int>(i));
  }
  return nodes;
}

}  // namespace

TEST_SUITE_BEGIN("plan");

// Passes.

TEST_CASE("plan: views are seen through, but for columns and what strides do not express") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value part = slice(x, 1, 2, 3);
  const Value grown = broadcast(g.input("row", {6}), {4, 6});
  const Value turned = transpose(x, {1, 0});
  const Value flat = reshape(part, {12});
  g.output("y", sum(part) + sum(grown) + sum(turned) + sum(flat));
  const Outline o = outline(g);
  const auto view = [&](Value v) {
    const exec::plan::Source& from = o.sources[static_cast<size_t>(v.index)];
    return std::to_string(from.root) + ": " + to_text(view_of(from.layout));
  };
  const auto own = [&](Value v) { return o.sources[static_cast<size_t>(v.index)].root == v.index; };
  CHECK(view(part) == "0: 4*6 3*1 +2");
  CHECK(view(grown) == "2: 4*0 6*1");
  CHECK(own(turned));
  CHECK(own(flat));
  Limits limits = cpu_limits();
  limits.strided_columns = true;
  const Outline free = exec::plan::outline_of(g, limits);
  CHECK(free.sources[static_cast<size_t>(turned.index)].root == x.index);
}

TEST_CASE("plan: rows fold where they fit a tile") {
  Graph g;
  const Value x = g.input("x", {3, 128});
  const Value long_rows = g.input("long", {2, 2049});
  const Value inner = sum(x, {1});
  const Value outer = sum(x, {0});
  const Value largest = max(x, {1});
  const Value far = sum(long_rows, {1});
  g.output("y", sum(inner) + sum(outer) + sum(largest) + sum(far));
  const std::vector<bool> folds = outline(g).row_folds;
  CHECK(folds[static_cast<size_t>(inner.index)]);
  CHECK(folds[static_cast<size_t>(largest.index)]);
  CHECK_FALSE(folds[static_cast<size_t>(outer.index)]);
  CHECK_FALSE(folds[static_cast<size_t>(far.index)]);
}

TEST_CASE("plan: cheap values that only instructions read are repeated") {
  Graph g;
  const Value x = g.input("x", {8});
  const Value cheap = x * 2.0F;
  const Value kept = x + 1.0F;
  const Value multiplied = x - 3.0F;
  g.output("a", exp(cheap) + tanh(cheap));
  g.output("kept", kept);
  g.output("b", matmul(reshape(multiplied, {1, 8}), reshape(x, {8, 1})));
  CHECK(marked(outline(g).repeated) == std::vector<int>{cheap.index});
}

TEST_CASE("plan: transposes that only products read, and reshapes that only concats do, vanish") {
  Graph g;
  const Value q = g.input("q", {2, 4, 3});
  const Value k = transpose(g.input("k", {2, 5, 3}), {0, 2, 1});
  const Value other = transpose(q, {0, 2, 1});
  const Value piece = reshape(slice(g.input("z", {4, 6}), 1, 0, 4), {16});
  g.output("scores", matmul(q, k));
  g.output("turned", other * 2.0F);
  g.output("joined", concat({piece, g.input("w", {3})}, 0));
  CHECK(marked(outline(g).absorbed) == std::vector<int>{k.index, piece.index});
}

TEST_CASE("plan: views that are kept, or read as one run, get storage") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value part = slice(x, 1, 0, 3);
  const Value result = slice(x, 1, 3, 3);
  const Value probabilities = softmax(part);
  g.output("p", probabilities + part);
  g.output("result", result);
  const std::vector<int> copied = outline(g).copied;
  CHECK(copied[static_cast<size_t>(part.index)] == probabilities.index);
  CHECK(copied[static_cast<size_t>(result.index)] == result.index);
  CHECK(std::ranges::count(copied, exec::plan::never) == g.size() - 2);
}

TEST_CASE("plan: a product adds a row of a leaf if that is its only reader") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value w = g.state("w", normal({6, 2}, 1));
  const Value b = g.state("b", normal({2}, 2));
  const Value product = matmul(x, w);
  const Value with_bias = product + b;
  const Value read_twice = matmul(x, w * 2.0F);
  g.output("y", with_bias);
  g.output("z", (read_twice + b) * read_twice);
  const Outline o = outline(g);
  const auto& bias = o.biases[static_cast<size_t>(product.index)];
  REQUIRE(bias.has_value());
  CHECK(bias->sum == with_bias.index);
  CHECK(bias->row == exec::plan::Run{.node = b.index});
  CHECK_FALSE(o.biases[static_cast<size_t>(read_twice.index)].has_value());
}

TEST_CASE("plan: the outline says what becomes of each node") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value w = g.state("w", normal({6, 2}, 1));
  const Value b = g.state("b", normal({2}, 2));
  const Value product = matmul(x, w);
  const Value h = product + b;
  const Value centred = h - mean(h, {1});
  g.output("y", tanh(centred));
  g.output("flat", reshape(exp(centred), {8}));
  CHECK(to_text(outline(g)) ==
        "%3 = matmul: stage\n"
        "%4 = reshape: view of %2 [2*1]\n"
        "%5 = broadcast: view of %2 [4*0 2*1]\n"
        "%6 = add: in product %3\n"
        "%7 = sum: row fold\n"
        "%9 = mul: instruction\n"
        "%10 = broadcast: view of %9 [4*1 2*0]\n"
        "%11 = sub: instruction\n"
        "%12 = tanh: instruction\n"
        "%13 = exp: instruction\n"
        "%14 = reshape: alias of %13 [8*1]\n");
}

// Stages.

TEST_CASE("plan: groups are stored where others read them, and products move into sums") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value y = g.input("y", {4, 6});
  const Value sum_of_products = x * y + x;
  const Value late = tanh(sum_of_products);
  g.output("p", softmax(late));
  g.output("q", exp(sum_of_products));
  const Outline o = outline(g);
  exec::plan::Grouped grouped = exec::plan::group(o);
  REQUIRE(grouped.work.size() == 3);
  const auto text = [&] { return to_text(stage_of(g, grouped.work[0])); };
  CHECK(text() ==
        "fused 3 ops x 24, 2 in 0 out\n"
        "      %2 = mul [%0] [%1]\n"
        "      %3 = add %2 [%0]\n"
        "      %4 = tanh %3");
  mark_stored(o, grouped);
  CHECK(text() ==
        "fused 3 ops x 24, 2 in 2 out\n"
        "      %2 = mul [%0] [%1]\n"
        "    * %3 = add %2 [%0]\n"
        "    * %4 = tanh %3");
  fuse_products(std::get<exec::plan::Cluster>(grouped.work[0]));
  CHECK(text() ==
        "fused 2 ops x 24, 2 in 2 out\n"
        "    * %3 = mul_add [%0] [%1] [%0]\n"
        "    * %4 = tanh %3");
  CHECK(to_text(stage_of(g, grouped.work[1])) == "softmax (4,6): %4 -> %5");
  CHECK(to_text(stage_of(g, grouped.work[2])) ==
        "fused 1 ops x 24, 1 in 1 out\n    * %6 = exp [%3]");
}

TEST_CASE("plan: a layer with its norm, in stages") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value w = g.state("w", normal({6, 2}, 1));
  const Value b = g.state("b", normal({2}, 2));
  const Value product = matmul(x, w);
  const Value h = product + b;
  const Value centred = h - mean(h, {1});
  g.output("y", tanh(centred));
  g.update(w, w - 0.5F * matmul(x, centred, {.transpose_a = true}));
  CHECK(plan_text(g, cpu_device()) ==
        "matmul (4,6) x (6,2) + bias: %0 %1 %2 -> %6\n"
        "fused 4 ops x 8 in rows of 2, 1 in 2 out\n"
        "      %7 = sum [%6] of each row\n"
        "      %9 = mul %7 0.5 of each row\n"
        "    * %11 = sub [%6] %9\n"
        "    * %12 = tanh %11\n"
        "matmul (4,6)' x (4,2): %0 %11 -> %13\n"
        "fused 1 ops x 12, 2 in 1 out\n"
        "    * %16 = sub_mul [%13] 0.5 [%1]\n"
        "update \"w\" <- %16 in place\n"
        "arena of 144 numbers\n");
}

// Devices that lack kernels.

namespace {

/// The CPU device without some of its kernels.
template <Op... missing>
Device without() {
  Device device = cpu_device();
  device.name = "cpu with less";
  device.limits = [](const CompileOptions& options) {
    Limits limits = cpu_limits(options);
    for (const Op op : {missing...}) limits.kernels[static_cast<size_t>(op)] = false;
    return limits;
  };
  return device;
}

/// A bit of everything, trained.
void build_training(Graph& g) {
  const Value x = g.input("x", {2, 3, 4, 6});
  const Value w = g.state("w", normal({6, 6}, 1));
  const Value b = g.state("b", normal({6}, 2));
  const Value h = gelu(matmul(x, w) + b);
  const Value c = h - mean(h, {3});
  const Value norm = c * rsqrt(mean(square(c), {3}) + 1e-5F);
  const Value none = g.fill({2, 3, 1, 6}, 0);
  const Value y = attend(norm, norm * 0.5F, x, transpose(none, {0, 1, 3, 2}), none, g.fill({1}, 0));
  const Value p = softmax(reshape(y, {24, 6}));
  const Value loss = sum(square(p - pad(slice(p, 1, 1, 5), 1, 0, 1)));
  g.output("loss", loss);
  g.output("p", p);
  g.update(w, w - 0.1F * grad(loss, w));
  g.update(b, b - 0.1F * grad(loss, b));
}

void check_trains_alike(const Device& device) {
  Graph g;
  build_training(g);
  Program whole = compile(g, cpu_device());
  Program less = compile(g, device);
  for (Program* program : {&whole, &less}) {
    feed(*program, g, 3);
    for (int i = 0; i < 5; ++i) program->run();
  }
  for (const char* name : {"loss", "p", "w", "b"}) {
    CAPTURE(name);
    check_close(less.read(name), whole.read(name), 2e-6F);
  }
}

std::vector<Op> ops_of(const Graph& g) {
  std::vector<Op> ops;
  const std::vector<bool> live = live_nodes(g);
  for (int i = 0; i < g.size(); ++i) {
    if (live[static_cast<size_t>(i)]) ops.push_back(g.node(i).op);
  }
  return ops;
}

}  // namespace

TEST_CASE("plan: a place that rests is not taken again so soon") {
  Device device = cpu_device();
  Graph graph;
  build_training(graph);
  const int64_t tight = compile(graph, device).arena_bytes();
  std::vector<int64_t> arenas;
  for (const int rest : {0, 2, 1000}) {
    device.limits = [rest](const CompileOptions& options) {
      Limits limits = cpu_limits(options);
      limits.rest = rest;
      return limits;
    };
    check_trains_alike(device);
    arenas.push_back(compile(graph, device).arena_bytes());
  }
  CHECK(arenas[0] == tight);
  CHECK(arenas[1] > arenas[0]);
  CHECK(arenas[2] > arenas[1]);
}

TEST_CASE(
    "plan: what a device lacks is expanded, within expansions too, or left to the reference") {
  Graph g;
  build_training(g);
  const Device device = without<Op::attend, Op::softmax>();
  const auto expanded = exec::plan::expand(g, device.limits({}));
  REQUIRE(expanded != nullptr);
  const std::vector<Op> ops = ops_of(*expanded);
  CHECK(std::ranges::find(ops, Op::attend) == ops.end());
  CHECK(std::ranges::find(ops, Op::softmax) == ops.end());
  CHECK(exec::plan::expand(g, cpu_limits()) == nullptr);
  CHECK(exec::plan::expand(g, reference_device().limits({})) == nullptr);

  Graph small;
  small.output("y", tanh(exp(small.input("x", {3}))));
  CHECK(plan_text(small, without<Op::tanh>()) ==
        "fused 1 ops x 3, 1 in 1 out\n"
        "    * %1 = exp [%0]\n"
        "reference tanh (3): %1 -> %2\n"
        "arena of 96 numbers\n");
}

TEST_CASE("plan: training goes on without any kernel of a device") {
  check_trains_alike(without<Op::attend>());
  check_trains_alike(without<Op::attend, Op::softmax, Op::matmul>());
  check_trains_alike(without<Op::add, Op::mul, Op::erf, Op::rsqrt, Op::square>());
  check_trains_alike(without<Op::sum, Op::pad, Op::concat>());
  check_trains_alike(without<Op::transpose, Op::reshape>());
  check_trains_alike(without<Op::broadcast, Op::slice>());
}

TEST_CASE("plan: the plane flow trains on a device with less") {
  const Device device = without<Op::matmul, Op::select, Op::sum>();
  const train::Flow2dConfig config{.width = 16, .depth = 2, .batch = 32};
  const data::Target2d target(data::Shape2d::rings);
  train::Trainer whole = train::flow2d_trainer(config, target, cpu_device());
  train::Trainer less = train::flow2d_trainer(config, target, device);
  for (int i = 0; i < 10; ++i) CHECK(less.step() == doctest::Approx(whole.step()).epsilon(1e-4));
}

// States.

TEST_CASE("plan: new values are written where the old ones lie, if nobody needs these") {
  Graph g;
  const Value x = g.input("x", {40});
  const Value w = g.state("w", normal({40}, 1));
  const Value m = g.state("m", normal({8, 5}, 2));
  const Value a = g.state("a", normal({40}, 3));
  const Value b = g.state("b", normal({40}, 4));
  const Value shown = g.state("shown", normal({40}, 5));
  const Value next = w + x;
  g.update(w, next);
  g.update(m, reshape(w * x, {8, 5}));
  g.update(a, b);
  g.update(b, next);
  const Value result = shown * x;
  g.update(shown, result);
  g.output("result", result);
  g.output("old", reshape(w, {5, 8}));
  const std::string text = plan_text(g, cpu_device());
  CHECK(text.substr(text.find("update")) ==
        "update \"w\" <- %6 by copying\n"
        "update \"m\" <- %7 in place\n"
        "update \"a\" <- %4 by copying\n"
        "update \"b\" <- %6 by copying\n"
        "update \"shown\" <- %9 by copying\n"
        "arena of 240 numbers\n");

  Program fast = compile(g, cpu_device());
  Program plain = compile(g, reference_device());
  for (int run = 0; run < 4; ++run) {
    for (Program* program : {&fast, &plain}) {
      feed(*program, g, 10 + static_cast<uint64_t>(run));
      if (run == 2) program->write("m", normal({8, 5}, 99).span());
      program->run();
    }
    for (const char* name : {"w", "m", "a", "b", "shown", "result", "old"}) {
      CAPTURE(name);
      CHECK(copy(fast.read(name)) == copy(plain.read(name)));
    }
  }
}

TEST_CASE("plan: a run may be dropped until the first state changes, and is finished then") {
  Graph g;
  const Value w = g.state("w", normal({4, 4}, 1));
  const Value v = g.state("v", normal({9}, 2));
  const Value product = matmul(w, w);
  g.update(w, w - product);
  g.update(v, v * 0.5F);
  const exec::plan::Plan plan = exec::plan::plan(g, cpu_limits());
  REQUIRE(plan.stages.size() == 3);
  CHECK(plan.first_write == 1);
  Program program = compile(g, cpu_device());
  const std::vector<float> before = copy(program.read("w"));
  CHECK_FALSE(program.run_some(1));
  CHECK(copy(program.read("w")) == before);
  program.cancel();
  CHECK_FALSE(program.run_some(1));
  CHECK(program.run_some(1));
  CHECK(copy(program.read("w")) != before);
}

TEST_CASE("plan: what is packed follows a state that changes") {
  Graph g;
  const Value x = g.state("x", normal({9, 8}, 1));
  const Value w = g.state("w", normal({8, 8}, 2, 0.3F));
  const Value fixed = g.state("fixed", normal({8, 8}, 3, 0.3F));
  const Value y = matmul(x, w) + 0.1F;
  g.output("y", y);
  g.output("turned", transpose(x, {1, 0}));
  g.update(x, tanh(matmul(x, fixed) * 1.5F));
  g.update(w, w * 0.9F);
  for (const bool static_states : {false, true}) {
    Program fast = compile(g, cpu_device(), {.static_states = static_states});
    Program plain = compile(g, reference_device());
    for (int run = 0; run < 5; ++run) {
      for (const char* name : {"y", "turned", "x", "w"}) {
        CAPTURE(name);
        if (run > 0) check_close(fast.read(name), plain.read(name), 1e-5F);
      }
      fast.run();
      plain.run();
    }
  }
}

TEST_CASE("plan: a part of a state is written where it lies, when a run ends") {
  Graph g;
  const Value cache = g.state("cache", Tensor({2, 6, 3}));
  const Value across = g.state("across", Tensor({2, 3, 6}));
  const Value at = g.input("at", {1});
  const Value part = tanh(g.input("x", {2, 2, 3}));
  g.output("sum", sum(cache) + sum(across));
  g.update(cache, slice_update(cache, part, at, 1));
  g.update(across, slice_update(across, transpose(part, {0, 2, 1}), at, 2));
  const std::string text = plan_text(g, cpu_device());
  CHECK(text.find("slice_update") == std::string::npos);
  CHECK(text.find("update \"cache\" from %2 on <- %4 [12*1]\n") != std::string::npos);

  Program fast = compile(g, cpu_device());
  Program plain = compile(g, reference_device());
  for (int run = 0; run < 8; ++run) {
    for (Program* program : {&fast, &plain}) {
      feed(*program, g, static_cast<uint64_t>(run));
      const auto place = static_cast<float>(run - 1);
      program->write("at", {&place, 1});
      const std::vector<float> before = copy(program->read("cache"));
      CHECK_FALSE(program->run_some(1));
      program->cancel();
      CHECK(copy(program->read("cache")) == before);
      program->run();
    }
    for (const char* name : {"cache", "across", "sum"}) {
      CAPTURE(name);
      check_close(fast.read(name), plain.read(name), 1e-6F);
    }
  }
}

TEST_CASE("plan: a slice update that others read is a value like any other") {
  Graph g;
  const Value cache = g.state("cache", normal({6, 3}, 1));
  const Value part = g.input("x", {2, 3});
  const Value next = slice_update(cache, part, g.input("at", {1}), 0);
  g.output("sum", sum(next));
  g.update(cache, next);
  const std::string text = plan_text(g, cpu_device());
  CHECK(text.find("slice_update (6,3) by (2,3): %0 %1 %2 -> %3") != std::string::npos);
  CHECK(text.find("by copying") != std::string::npos);
  Program fast = compile(g, cpu_device());
  Program plain = compile(g, without<Op::slice_update>());
  for (int run = 0; run < 3; ++run) {
    for (Program* program : {&fast, &plain}) {
      feed(*program, g, static_cast<uint64_t>(run));
      const auto place = static_cast<float>(2 * run);
      program->write("at", {&place, 1});
      program->run();
    }
    CHECK(copy(fast.read("cache")) == copy(plain.read("cache")));
  }
}

TEST_SUITE_END();
