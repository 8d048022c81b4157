// Programs: memory that is reused without harm, updates, slices, cancelling, errors.
#include <doctest/doctest.h>

#include <array>
#include <numeric>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;

namespace {

std::vector<float> noise(int64_t n, uint64_t stream) {
  std::vector<float> x(static_cast<size_t>(n));
  Rng(3, stream).normal(x);
  return x;
}

std::vector<float> copy(std::span<const float> x) { return {x.begin(), x.end()}; }

// A random graph of one shape class: many live ranges, several outputs, reshapes, reductions.
void build_random(Graph& graph, uint64_t seed) {
  Rng rng(seed);
  std::vector<Value> pool{graph.input("x", {6, 10}),
                          graph.state("s", Tensor({6, 10}, noise(60, 1)))};
  const auto pick = [&] { return pool[rng.below(static_cast<uint32_t>(pool.size()))]; };
  for (int i = 0; i < 40; ++i) {
    const Value a = pick();
    const Value b = pick();
    switch (rng.below(9)) {
      case 0:
        pool.push_back(tanh(a + b));
        break;
      case 1:
        pool.push_back(a * sigmoid(b));
        break;
      case 2:
        pool.push_back(matmul(matmul(a, b, {false, true}), a) * 0.05F);
        break;
      case 3:
        pool.push_back(a - mean(b, {1}));
        break;
      case 4:
        pool.push_back(sin(a) + mean(b, {0}));
        break;
      case 5:
        pool.push_back(reshape(transpose(reshape(a, {6, 2, 5}), {1, 0, 2}), {6, 10}));
        break;
      case 6:
        pool.push_back(softmax(a) - b);
        break;
      case 7:
        pool.push_back(reshape(reshape(a, {3, 20}) * reshape(b, {3, 20}), {6, 10}));
        break;
      default:
        pool.push_back(concat({slice(a, 0, 2, 4), slice(b, 0, 0, 2)}, 0));
        break;
    }
    pool.back() = tanh(pool.back());
  }
  graph.output("last", pool.back());
  graph.output("middle", pool[pool.size() / 2]);
  graph.output("loss", sum(square(pool.back())));
  graph.output("gradient", grad(sum(square(pool.back())), pool[0]));
  graph.update(pool[1], pool[pool.size() - 2]);
}

}  // namespace

TEST_CASE("program: random graphs give the oracle's results, run after run") {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    Graph graph;
    build_random(graph, seed);
    Program fast = compile(graph, cpu_device());
    Program oracle = compile(graph, reference_device());
    for (uint64_t run = 0; run < 3; ++run) {
      for (Program* program : {&fast, &oracle}) {
        program->write("x", noise(60, 10 + run));
        program->run();
      }
      for (const char* name : {"last", "middle", "loss", "gradient", "s"}) {
        CAPTURE(seed);
        CAPTURE(name);
        const auto got = fast.read(name);
        const auto want = oracle.read(name);
        double worst = 0;
        double scale = 1e-3;
        for (size_t i = 0; i < got.size(); ++i) {
          worst = std::max(worst, std::abs(double{got[i]} - double{want[i]}));
          scale = std::max(scale, std::abs(double{want[i]}));
        }
        CHECK(worst / scale < 1e-4);
      }
      // Three runs feed errors back through the state; start both from the same again.
      fast.write("s", oracle.read("s"));
    }
  }
}

TEST_CASE("program: all updates read the old states") {
  for (const Device* device : devices()) {
    Graph graph;
    const Value a = graph.state("a", Tensor({3}, {1, 2, 3}));
    const Value b = graph.state("b", Tensor({3}, {10, 20, 30}));
    const Value c = graph.state("c", Tensor({3}, {0, 0, 0}));
    graph.update(a, b);
    graph.update(b, a);
    graph.update(c, a + b);
    Program program = compile(graph, *device);
    program.run();
    CHECK(copy(program.read("a")) == std::vector<float>{10, 20, 30});
    CHECK(copy(program.read("b")) == std::vector<float>{1, 2, 3});
    CHECK(copy(program.read("c")) == std::vector<float>{11, 22, 33});
    program.run();
    CHECK(copy(program.read("a")) == std::vector<float>{1, 2, 3});
  }
}

TEST_CASE("program: a run can be sliced, and dropped before its updates") {
  for (const Device* device : devices()) {
    Graph graph;
    const Value w = graph.state("w", Tensor({4, 4}, noise(16, 2)));
    const Value next = tanh(matmul(matmul(w, w), w)) + w;
    graph.update(w, next);
    graph.output("y", sum(next));
    Program sliced = compile(graph, *device);
    Program whole = compile(graph, *device);
    const std::vector<float> before = copy(sliced.read("w"));
    REQUIRE(sliced.stages().size() > 1);
    CHECK_FALSE(sliced.run_some(1));
    sliced.cancel();
    CHECK(copy(sliced.read("w")) == before);
    int slices = 1;
    while (!sliced.run_some(1)) ++slices;
    CHECK(slices >= static_cast<int>(sliced.stages().size()) - 1);
    whole.run();
    CHECK(copy(sliced.read("w")) == copy(whole.read("w")));
    CHECK(copy(sliced.read("w")) != before);
  }
}

TEST_CASE("program: programs that are compiled together have one memory of each state") {
  for (const Device* device : all_devices()) {
    Graph grows;
    const Value w = grows.state("w", {4, 4}, filled(2));
    const Value own = grows.state("own", {4, 4}, filled(1));
    const Value x = grows.input("x", {64, 4});
    grows.output("y", matmul(x, w + own));
    grows.update(w, w + 1.0F);
    Graph reads;
    reads.output("z", matmul(reads.input("x", {1, 4}), reads.state("w", {4, 4}, filled(9))));
    const std::array<const Graph*, 2> graphs{&grows, &reads};
    std::vector<Program> programs =
        compile_together(graphs, *device, {.static_states = true});  // z's product packs w
    REQUIRE(programs.size() == 2);
    programs[0].write("x", std::vector<float>(256, 1));
    programs[1].write("x", std::vector<float>(4, 1));
    const auto z = [&] {
      programs[1].run();
      return programs[1].read("z")[3];
    };
    CHECK(z() == 8);  // as the first graph says
    programs[0].run();
    CHECK(programs[0].read("y")[255] == 12);
    CHECK(z() == 12);  // packed anew
    programs[1].write("w", std::vector<float>(16, 5));
    CHECK(programs[0].read("w")[0] == 5);
    programs[0].run();
    CHECK(programs[0].read("y")[0] == 24);
    CHECK(z() == 24);
    CHECK_FALSE(programs[1].contains("own"));
  }
  Graph four;
  four.output("y", exp(four.state("w", {4}, filled(0))));
  Graph five;
  five.output("y", exp(five.state("w", {5}, filled(0))));
  const std::array<const Graph*, 2> graphs{&four, &five};
  CHECK_THROWS_WITH_AS((void)compile_together(graphs, cpu_device()),
                       "[compile] the state w is (4) and (5)", Error);
}

TEST_CASE("program: memory is reused") {
  Graph graph;
  Value x = graph.input("x", {64, 64});
  for (int i = 0; i < 50; ++i) x = softmax(matmul(x, x));
  graph.output("y", x);
  for (const Device* device : devices()) {
    const Program program = compile(graph, *device);
    CHECK(program.arena_bytes() < 6 * 64 * 64 * 4);
  }
}

TEST_CASE("program: names and sizes are checked") {
  Graph graph;
  const Value x = graph.input("x", {2, 2});
  graph.output("y", x + 1.0F);
  Program program = compile(graph, cpu_device());
  const std::vector<float> three(3);
  CHECK_THROWS_WITH_AS(program.write("x", three), "[program] x has shape (2,2), not 3 values",
                       Error);
  CHECK_THROWS_AS(program.write("y", three), Error);
  CHECK_THROWS_AS((void)program.read("nothing"), Error);
  CHECK_THROWS_AS((void)device("abacus"), Error);
  CHECK(program.contains("x"));
  CHECK_FALSE(program.contains("z"));
  CHECK(program.shape("y") == Shape{2, 2});
}

TEST_CASE("program: a result keeps its value when the leaf it came from changes") {
  for (const Device* device : devices()) {
    Graph graph;
    const Value w = graph.state("w", Tensor({2}, {1, 2}));
    const Value x = graph.input("x", {2});
    graph.output("old", reshape(w, {2, 1}));
    graph.output("seen", stop_gradient(x));
    graph.update(w, w + x);
    Program program = compile(graph, *device);
    const std::vector<float> first{10, 20};
    const std::vector<float> second{5, 5};
    program.write("x", first);
    program.run();
    program.write("x", second);
    CHECK(copy(program.read("old")) == std::vector<float>{1, 2});
    CHECK(copy(program.read("seen")) == first);
    CHECK(copy(program.read("w")) == std::vector<float>{11, 22});
  }
}

TEST_CASE("program: outputs may be leaves and reshapes of leaves") {
  for (const Device* device : devices()) {
    Graph graph;
    const Value x = graph.input("x", {2, 3});
    graph.output("same", x);
    graph.output("flat", reshape(x, {6}));
    graph.output("number", graph.fill({2}, 7));
    graph.output("flat twice", reshape(reshape(x, {6}), {3, 2}) * 2.0F);
    Program program = compile(graph, *device);
    std::vector<float> data(6);
    std::iota(data.begin(), data.end(), 0.0F);
    program.write("x", data);
    program.run();
    CHECK(copy(program.read("same")) == data);
    CHECK(copy(program.read("flat")) == data);
    CHECK(program.read("number")[1] == 7);
    CHECK(program.read("flat twice")[5] == 10);
  }
}
