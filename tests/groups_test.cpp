// Products of rows in groups, and sorting, on the fast CPU device against the reference.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "compare.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;

TEST_SUITE_BEGIN("groups");

namespace {

constexpr int64_t group_rows = 90;

/// Ends of four groups, of which hosts may write any.
const std::vector<std::vector<float>> group_ends{
    {20, 41, 77, 90},     // all rows
    {0, 30, 30, 55},      // empty groups, and rows behind the last
    {90, 90, 90, 90},     // all in the first
    {0, 0, 0, 90},        // all in the last
    {0, 0, 0, 0},         // none
    {7, 200, 300, 1e9F},  // more than there are
    {50, 20, 60, -3},     // that fall
    {10.5F, 11, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()},
};

/// Every grouped op, of weights that are states: wide, narrow, and deep enough for threads.
void build_groups(Graph& g, int64_t k, int64_t n) {
  const Value rows = g.input("rows", {group_rows, k});
  const Value others = g.input("others", {group_rows, n});
  const Value ends = g.input("ends", {4});
  const Value w = g.state("w", normal({4, k, n}, 1));
  g.output("product", grouped_matmul(rows, w, ends));
  g.output("transposed", grouped_matmul(others, w, ends, true));
  g.output("moving", grouped_matmul(rows, tanh(w) * 0.5F, ends));
  g.output("outer", grouped_outer(rows, others, ends));
}

void feed_groups(Program& program, const Graph& g, const std::vector<float>& ends) {
  feed(program, g, 3);
  program.write("ends", ends);
  program.run();
}

}  // namespace

TEST_CASE("groups: any ends, odd shapes, weights that change and weights that stay") {
  for (const auto [k, n] : {std::array<int64_t, 2>{1, 1}, {7, 5}, {33, 70}, {70, 130}, {16, 256}}) {
    CAPTURE(k);
    Graph g;
    build_groups(g, k, n);
    for (const bool stay : {false, true}) {
      Program fast = compile(g, cpu_device(), {.static_states = stay});
      Program plain = compile(g, reference_device());
      uint64_t seed = 3;
      for (const std::vector<float>& ends : group_ends) {
        if (ends[0] == 0) ++seed;  // now and then the weights change
        for (Program* program : {&fast, &plain}) {
          if (ends[0] == 0) program->write("w", normal({4, k, n}, seed).span());
          feed_groups(*program, g, ends);
        }
        for (const Output& output : g.outputs()) {
          CAPTURE(output.name);
          CAPTURE(ends[0]);
          check_close(fast.read(output.name), plain.read(output.name), 1e-5F);
        }
      }
    }
  }
}

TEST_CASE("groups: a group is one step, and its result is that of its rows alone") {
  Graph g;
  build_groups(g, 24, 40);
  Program program = compile(g, cpu_device());
  CHECK(program.stages().size() == 5);  // and what moves
  feed_groups(program, g, group_ends[0]);
  const auto all = program.read("product");
  const std::vector<float> second(all.begin() + 20 * 40, all.begin() + 41 * 40);
  feed_groups(program, g, {20, 41, 41, 41});
  CHECK(std::ranges::equal(program.read("product").subspan(20 * 40, 21 * 40), second));
  CHECK(largest(program.read("product").subspan(41 * 40)) == 0);
}

TEST_CASE("argsort: equal to the bit to the reference, whatever there is to sort") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::array<float, 12> special{0.0F,      -0.0F,  infinity, -infinity, NAN,    -NAN,
                                      -infinity, 1e-42F, -1e-42F,  3e38F,     -3e38F, 0.0F};
  Graph g;
  for (const auto [rows, length] : {std::array<int64_t, 2>{70, 1},
                                    {300, 8},
                                    {9, 17},
                                    {7, 63},
                                    {5, 64},
                                    {4, 65},
                                    {3, 1000},
                                    {1, 5000},
                                    {0, 4},
                                    {4, 0}}) {
    const std::string name = std::to_string(rows) + "x" + std::to_string(length);
    const Value x = g.input(name, {rows, length});
    g.output("order " + name, argsort(x));
    g.output("of few " + name, argsort(floor(x * 2.0F)));  // with -0, and many equal
    g.output("falling " + name, argsort(-x));
  }
  Program plain = compile(g, reference_device());
  Program fast = compile(g, cpu_device());
  for (Program* program : {&plain, &fast}) {
    for (const Node& node : g.nodes()) {
      if (node.op != Op::input) continue;
      Tensor x = normal(node.shape, 11);
      for (int64_t i = 0; i < x.numel(); i += 3) x[i] = special[static_cast<size_t>(i / 3 % 12)];
      program->write(node.name, x.span());
    }
    program->run();
  }
  for (const Output& output : g.outputs()) {
    CAPTURE(output.name);
    CHECK(std::ranges::equal(fast.read(output.name), plain.read(output.name)));
  }
}

TEST_SUITE_END();
