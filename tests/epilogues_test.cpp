// Epilogues: fused groups that products do on the way.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "card.h"
#include "compare.h"
#include "kernel_machine.h"
#include "rivulet/exec/plan/groups.h"
#include "rivulet/exec/plan/plan.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

/// Of a device like a card, whose products take any group.
exec::plan::Limits eager_limits() {
  exec::plan::Limits limits = cpu_device().limits({});
  limits.strided_columns = true;
  limits.takes_bias = [](const exec::plan::Product&) { return true; };
  limits.epilogues = exec::plan::fuse_epilogues;
  limits.takes_group = [](const exec::plan::Work&, const exec::plan::Cluster&) { return true; };
  return limits;
}

std::string plan_of(const Graph& graph) {
  return to_text(graph, exec::plan::plan(graph, eager_limits()));
}

/// Stages of which groups have become part.
int64_t epilogues_in(const Graph& graph) {
  const exec::plan::Plan plan = exec::plan::plan(graph, eager_limits());
  return std::ranges::count_if(plan.stages, [](const exec::plan::Stage& stage) {
    const exec::plan::Epilogue* then = epilogue_of(stage.work);
    return then != nullptr && then->group;
  });
}

void check_on_cards(const Graph& graph, bool line_by_line = true) {
  std::vector<const Device*> devices;
  if (line_by_line && kernel_machine() != nullptr) devices.push_back(kernel_machine());
  if (card_at_hand() != nullptr) devices.push_back(card_at_hand());
  Program want = compile(graph, reference_device());
  feed(want, graph, 5);
  want.run();
  for (const Device* device : devices) {
    CAPTURE(device->name);
    Program got = compile(graph, *device);
    feed(got, graph, 5);
    for (int run = 0; run < 2; ++run) got.run();  // memory that is written over shows in the second
    for (const Output& output : graph.outputs()) {
      CAPTURE(output.name);
      check_close(got.read(output.name), want.read(output.name), 3e-6F);
    }
  }
}

/// y = gelu(x w + bias) scale + the inputs' `more`, of which x w too is an output.
void check_product(int64_t m, int64_t k, int64_t n, bool line_by_line = true) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  Graph g;
  const Value more = g.input("more", {m, n});
  const Value scale = g.input("scale", {n});
  const Value h = matmul(g.input("x", {m, k}), g.input("w", {k, n})) + g.input("bias", {n});
  g.output("h", h);
  g.output("y", gelu(h) * scale + more);
  const Value alone = matmul(transpose(g.input("turned", {k, m}), {1, 0}),
                             transpose(g.input("w2", {n + 3, k}), {1, 0}));
  g.output("z", square(alone) - g.input("row", {m, 1}));
  CHECK(epilogues_in(g) == 2);
  check_on_cards(g, line_by_line);
}

}  // namespace

TEST_CASE("epilogues: a product goes on with what is done to each of its numbers") {
  Graph g;
  const Value x = g.input("x", {4, 6});
  const Value w = g.state("w", normal({6, 5}, 1));
  const Value bias = g.state("bias", normal({5}, 2));
  const Value h = matmul(x, w) + bias;
  g.output("y", exp(h) * h);
  g.output("column", sum(h, {0}));
  CHECK(plan_of(g) ==
        "matmul (4,6) x (6,5) + bias, then fused 2 ops x 20, 1 in 1 out: %0 %1 %2 -> %6\n"
        "      %7 = exp [%6]\n"
        "    * %8 = mul %7 [%6]\n"
        "sum (4,5) [1,4*,5]: %6 -> %9\n"
        "arena of 176 numbers\n");
}

TEST_CASE("epilogues: not where somebody needs the product before, or needs it otherwise") {
  {
    Graph g;  // sums of rows; a part; each number with another one
    const Value h = matmul(g.input("x", {4, 6}), g.input("w", {6, 4}));
    g.output("norm", h / sum(h, {1}));
    const Value other = matmul(g.input("u", {3, 6}), g.input("v", {6, 3}));
    g.output("part", exp(slice(other, 0, 1, 2)));
    const Value third = matmul(g.input("s", {5, 6}), g.input("t", {6, 5}));
    g.output("twice", third * transpose(third, {1, 0}));
    CHECK(epilogues_in(g) == 0);
  }
  {
    Graph g;  // the second product reads the first before the group, which reads the second
    const Value h = matmul(g.input("x", {4, 6}), g.input("w", {6, 4}));
    const Value second = matmul(h, g.input("v", {4, 4}));
    g.output("y", exp(h) + second);
    CHECK(epilogues_in(g) == 1);
    CHECK(plan_of(g).find("then fused 2 ops x 16, 2 in 1 out") != std::string::npos);
    check_on_cards(g);
  }
  {
    Graph g;  // new values of states are written where these lie
    const Value w = g.state("w", normal({6, 4}, 1));
    g.update(w, w - 0.1F * matmul(g.input("x", {6, 3}), g.input("y", {3, 4})));
    CHECK(epilogues_in(g) == 0);
  }
}

TEST_CASE("epilogues: a factor is not written over before the last number is computed") {
  Graph g;
  Value x = g.input("x", {20, 20});
  for (int i = 0; i < 6; ++i) x = 0.5F * tanh(matmul(x, x) + x) + x;
  g.output("y", x);
  CHECK(epilogues_in(g) == 6);
  check_on_cards(g);
}

TEST_CASE("epilogues: of every kind of product, on cards") {
  check_product(40, 24, 70);
  check_product(33, 17, 129);
  check_product(3, 70, 90);  // few rows
  check_product(90, 70, 5);  // few columns
  check_product(1, 1, 1);
  check_product(20, 0, 30);     // nothing to multiply
  check_product(24, 2048, 20);  // a sum in parts
  check_product(2048, 8, 1024, false);
}

TEST_CASE("epilogues: heads that are put beside each other, and other orders") {
  Graph g;
  const Value x = matmul(g.input("a", {6, 5, 7}), g.input("v", {6, 7, 4}));  // [B*H,N,D]
  const Value heads = transpose(reshape(x, {2, 3, 5, 4}), {0, 2, 1, 3});     // [B,N,H,D]
  g.output("heads", reshape(heads, {2, 5, 12}) * 2.0F);
  g.output("turned", exp(transpose(matmul(g.input("p", {9, 4}), g.input("q", {4, 7})), {1, 0})) *
                         g.input("more", {7, 9}));
  CHECK(epilogues_in(g) == 2);
  check_on_cards(g);
}

TEST_CASE("epilogues: a view's inverse") {
  const auto inverse = [](const Shape& shape, std::vector<int64_t> permutation) {
    using namespace exec::plan;
    const auto view = view_of(transpose_layout(contiguous_layout(shape), permutation)).inverse();
    return view ? to_text(*view) : "none";
  };
  CHECK(inverse({2, 3, 5}, {0, 1, 2}) == "30*1");
  CHECK(inverse({2, 3, 5}, {2, 1, 0}) == "2*1 3*2 5*6");
  CHECK(inverse({2, 3, 5}, {1, 2, 0}) == "2*1 15*2");
  CHECK(inverse({1, 1}, {1, 0}) == "");
  CHECK(inverse({0, 4}, {1, 0}) == "none");
  CHECK_FALSE(exec::plan::View{.axes = {{{3, 0}}}, .rank = 1}.inverse());
  CHECK_FALSE(exec::plan::View{.axes = {{{3, 2}}}, .rank = 1}.inverse());
  CHECK_FALSE(exec::plan::View{.axes = {{{3, 1}}}, .rank = 1, .offset = 1}.inverse());
  CHECK_FALSE(exec::plan::View{.axes = {{{2, 1}, {2, 1}}}, .rank = 2}.inverse());
}

TEST_CASE("epilogues: of rows of groups, those of none too") {
  for (const int64_t rows : {300, 9}) {
    CAPTURE(rows);
    Graph g;
    const Value x = g.input("x", {rows, 24});
    const Value ends = g.constant(Tensor({4}, {2, 7, 7, static_cast<float>(rows - 2)}));
    const Value h = grouped_matmul(x, g.input("w", {4, 24, 40}), ends);
    g.output("y", exp(h) + g.input("row", {40}));
    g.output("h", h);
    CHECK(epilogues_in(g) == 1);
    check_on_cards(g);
  }
}

TEST_CASE("epilogues: many matrices, and gradients through them") {
  Graph g;
  const Value x = g.input("x", {3, 17, 9});
  const Value w = g.input("w", {3, 9, 20});
  const Value y = silu(matmul(x, w)) * g.input("gate", {3, 1, 20});
  g.output("y", y);
  const std::vector<Value> wrt{x, w};
  const std::vector<Value> by = grad(sum(square(y)), wrt);
  g.output("dx", by[0]);
  g.output("dw", by[1]);
  CHECK(epilogues_in(g) > 0);
  check_on_cards(g);
}
