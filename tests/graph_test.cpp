// The graph itself: shapes, errors, shared subexpressions, derivatives of derivatives, printing.
#include <doctest/doctest.h>

#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/graph/print.h"

using namespace rivulet;

TEST_CASE("graph: errors name the operation and the shapes") {
  Graph graph;
  const Value a = graph.input("a", {64, 256});
  const Value b = graph.input("b", {128, 64});
  CHECK_THROWS_WITH_AS((void)matmul(a, b), "[matmul] inner dimensions differ: (64,256) x (128,64)",
                       Error);
  CHECK_THROWS_WITH_AS((void)add(a, b), "[add] shapes do not broadcast: (64,256) and (128,64)",
                       Error);
  CHECK_THROWS_WITH_AS((void)reshape(a, {3, 3}),
                       "[reshape] (64,256) has 16384 elements, (3,3) has 9", Error);
  CHECK_THROWS_WITH_AS((void)sum(a, {2}), "[sum] axis 2 is outside of shape (64,256)", Error);
  CHECK_THROWS_WITH_AS((void)slice(a, 0, 60, 5), "[slice] 60 + 5 exceeds axis 0 of (64,256)",
                       Error);
  CHECK_THROWS_WITH_AS((void)graph.input("a", {1}), "[input] name taken: a", Error);
  CHECK_THROWS_AS((void)transpose(a, {0, 0}), Error);
  CHECK_THROWS_AS((void)concat({a, b}, 0), Error);
  CHECK_THROWS_AS((void)gather(a, b), Error);
  CHECK_THROWS_AS(graph.update(a, a), Error);
  CHECK_THROWS_AS((void)grad(a, a), Error);
  CHECK_THROWS_WITH_AS((void)jvp(a, {&a, 1}, {}), "[jvp] needs one tangent for each input", Error);
  CHECK_THROWS_AS((void)jvp(a, {&a, 1}, {&b, 1}), Error);
  Graph other;
  CHECK_THROWS_AS((void)add(a, other.input("x", {64, 256})), Error);
}

TEST_CASE("graph: equal nodes are made once, trivial ones not at all") {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  CHECK(exp(x) == exp(x));
  CHECK(x * 1.0F == x);
  CHECK(x + 0.0F == x);
  CHECK(-(-x) == x);
  CHECK(reshape(reshape(x, {6}), {2, 3}) == x);
  CHECK(sum(reshape(x, {2, 3, 1}), {2}) == reshape(x, {2, 3, 1}));
  CHECK((x + x).index != (x * x).index);
  CHECK(graph.fill({2}, 0.0F) == graph.fill({2}, 0.0F));
  CHECK(graph.fill({2}, 0.0F) != graph.fill({2}, -0.0F));
}

TEST_CASE("graph: third derivatives") {
  // d^3/dx^3 sin(x) exp(2x) = exp(2x) (2 sin x + 11 cos x).
  Graph graph;
  const Value x = graph.input("x", {1});
  Value y = sin(x) * exp(2.0F * x);
  for (int order = 0; order < 3; ++order) y = grad(y, x);
  graph.output("reverse", y);
  const Value one = graph.fill({1}, 1);
  Value z = sin(x) * exp(2.0F * x);
  for (int order = 0; order < 3; ++order) z = jvp(z, {&x, 1}, {&one, 1});
  graph.output("forward", z);
  Program program = compile(graph, cpu_device());
  for (const float at : {-1.0F, 0.0F, 0.7F}) {
    program.write("x", {&at, 1});
    program.run();
    const double want = std::exp(2.0 * at) * (2 * std::sin(at) + 11 * std::cos(at));
    CHECK(program.scalar("reverse") == doctest::Approx(want).epsilon(1e-5));
    CHECK(program.scalar("forward") == doctest::Approx(want).epsilon(1e-5));
  }
}

TEST_CASE("graph: a stopped gradient is zero, and zero where nothing depends") {
  Graph graph;
  const Value x = graph.input("x", {4});
  const Value y = graph.input("y", {4});
  graph.output("stopped", grad(sum(x * stop_gradient(x)), x));
  graph.output("unrelated", grad(sum(square(x)), y));
  Program program = compile(graph, cpu_device());
  const std::vector<float> data{1, 2, 3, 4};
  program.write("x", data);
  program.write("y", data);
  program.run();
  for (size_t i = 0; i < 4; ++i) {
    CHECK(program.read("stopped")[i] == data[i]);
    CHECK(program.read("unrelated")[i] == 0);
  }
}

TEST_CASE("graph: text and DOT") {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  const Value w = graph.state("w", Tensor({3, 4}));
  const Value unused = exp(x);
  const Value y = matmul(x, w);
  graph.output("y", y);
  graph.update(w, w * 0.5F);
  CHECK(to_text(graph) ==
        "%0 = input(\"x\") : (2,3)\n"
        "%1 = state(\"w\") : (3,4)\n"
        "%3 = matmul(%0, %1, [0,0]) : (2,4)\n"
        "%4 = fill(0.5) : (3,4)\n"
        "%5 = mul(%1, %4) : (3,4)\n"
        "output \"y\" = %3\n"
        "update \"w\" <- %5\n");
  CHECK(unused.index == 2);
  const std::string dot = to_dot(graph);
  CHECK(dot.starts_with("digraph rivulet {"));
  CHECK(dot.find("n0 -> n3") != std::string::npos);
  CHECK(dot.find("n5 -> n1 [style=dashed") != std::string::npos);
  CHECK(dot.find("n2 ") == std::string::npos);
}

TEST_CASE("graph: floating-point operations are counted") {
  Graph graph;
  const Value x = graph.input("x", {8, 16});
  const Value w = graph.input("w", {16, 32});
  graph.output("y", exp(matmul(x, w)));
  CHECK(flops(graph) == 2 * 8 * 16 * 32 + 8 * 32);
}
