// Kernels, tapes and the card's way through a run; what a card computes is tested with the
// operations, the random graphs and the trainers.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <thread>

#include "card.h"
#include "compare.h"
#include "kernel_machine.h"
#include "messages.h"
#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/build.h"
#include "rivulet/exec/gpu/tape.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;
namespace gpu = rivulet::exec::gpu;

namespace {

/// out[i] = max over rows of 3 of in[i], for 1000 i: by a loop.
gpu::Kernel row_maxima() {
  gpu::Builder b("row maxima", 64);
  const int in = b.operand();
  const int out = b.operand();
  const gpu::Val i = b.thread();
  b.when(less(i, 1000), [&] {
    const gpu::Val most = b.variable(b.real(-std::numeric_limits<float>::infinity()));
    b.loop(b.integer(0), b.integer(3), 1, [&](gpu::Val k) {
      const gpu::Val x = b.load(in, i * 3 + k);
      const gpu::Val before = b.get(most);
      b.set(most, pick(less(before, x), x, before));
    });
    b.store(out, i, b.get(most) * 0.5F);
  });
  return b.finish(16);
}

struct Written {
  gpu::Layout layout;
  gpu::Tape tape;
};

Written written(const Graph& graph, int64_t longest_block = 1 << 20, int most_blocks = 8) {
  const exec::plan::Plan plan = exec::plan::plan(graph, gpu::limits());
  Written result;
  result.tape = gpu::write_tape({graph, plan}, result.layout, {longest_block, most_blocks});
  return result;
}

const gpu::Dispatch& dispatch(const gpu::Command& command) {
  return std::get<gpu::Dispatch>(command);
}

/// A state w that learns, one that two others pass on, one that is written in part, and y = x w.
struct Learner {
  Graph graph;
  Value x = graph.input("x", {4, 3});
  Value at = graph.input("at", {1});
  Value w = graph.state("w", normal({3, 2}, 1));
  Value left = graph.state("left", Tensor::full({5}, 1));
  Value right = graph.state("right", Tensor::full({5}, 2));
  Value kept = graph.state("kept", Tensor({6, 2}));

  Learner() {
    const Value y = matmul(x, w);
    const Value loss = mean(square(y - 1.0F));
    graph.output("y", y);
    graph.output("loss", loss);
    graph.output("old", w);
    graph.update(w, w - 0.1F * grad(loss, w));
    graph.update(left, right);
    graph.update(right, left);
    graph.update(kept, slice_update(kept, slice(y, 0, 0, 2), at, 0));
  }
};

const std::vector<std::string> names{"y", "loss", "old", "w", "left", "right", "kept"};

void check_equal(Program& one, Program& other) {
  for (const std::string& name : names) {
    CAPTURE(name);
    check_close(one.read(name), other.read(name), 1e-6F);
  }
}

void feed_step(Program& program, int step) {
  const auto at = static_cast<float>(step);
  program.write("x", normal({4, 3}, static_cast<uint64_t>(step) + 5).span());
  program.write("at", {&at, 1});
}

}  // namespace

TEST_SUITE_BEGIN("gpu");

TEST_CASE("gpu: a card is at hand where one is asked for") {
  if (std::getenv("RIVULET_TEST_CARD") == nullptr) return;
  REQUIRE(card_at_hand() != nullptr);
  Graph graph;
  graph.output("y", graph.input("x", {2}) * 2.0F);
  Program program = compile(graph, *card_at_hand());
  CHECK(program.stages().size() == 1);
  program.write("x", std::vector<float>{1, 2});
  program.run();
  CHECK(program.read("y")[1] == 4);
}

TEST_CASE("gpu: a kernel as WGSL") {
  const std::vector<int> blocks{0, 2};
  CHECK(gpu::wgsl(row_maxima(), blocks) == R"(// row maxima
var<private> zero: i32 = 0;
@group(0) @binding(0) var<uniform> places: array<vec4<i32>, 1>;
@group(0) @binding(1) var<storage, read_write> b0: array<f32>;
@group(0) @binding(3) var<storage, read_write> b2: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(group_id.x);
  let p0 = places[0].x;
  let p1 = places[0].y;
  let v2: i32 = group * 64;
  let v4: i32 = v2 + lane;
  let v6: bool = v4 < 1000;
  if (v6) {
    var v9: f32 = bitcast<f32>(zero + (-8388608));
    for (var v12: i32 = 0; v12 < 3; v12 += 1) {
      let v13: i32 = v4 * 3;
      let v14: i32 = v13 + v12;
      let v15: f32 = b0[p0 + v14];
      let v16: f32 = v9;
      let v17: bool = v16 < v15;
      let v18: f32 = select(v16, v15, v17);
      v9 = v18;
    }
    let v21: f32 = v9;
    let v23: f32 = v21 * 0.5;
    b2[p1 + v4] = v23;
  }
}
)");
}

TEST_CASE("gpu: a kernel as SPIR-V") {
  const std::vector<int> blocks{0, 2};
  const std::vector<uint32_t> words = gpu::spirv(row_maxima(), blocks);
  REQUIRE(words.size() > 100);
  CHECK(words[0] == 0x07230203);
  CHECK(words[1] == 0x00010500);
  CHECK(words == gpu::spirv(row_maxima(), blocks));
  // Its instructions, one after another: a function with one loop and two places where ways part.
  std::map<uint32_t, int> count;
  size_t at = 5;
  while (at < words.size()) {
    const uint32_t length = words[at] >> 16U;
    REQUIRE(length > 0);
    ++count[words[at] & 0xffffU];
    at += length;
  }
  CHECK(at == words.size());
  CHECK(count[54] == 1);   // OpFunction
  CHECK(count[246] == 1);  // OpLoopMerge
  CHECK(count[250] == 2);  // OpBranchConditional
  CHECK(count[61] == 9);   // OpLoad: two places of threads, two of operands, x, the rest variables
  const size_t plain = words.size();
  CHECK(gpu::spirv(row_maxima(), blocks, {.denormals = true}).size() == plain + 2 + 4);
}

TEST_CASE("gpu: whole numbers that are known need no lines, and equal values are one") {
  gpu::Builder b("numbers");
  CHECK((b.integer(3) * 4 + 5).line == b.integer(17).line);
  const gpu::Val i = b.lane();
  CHECK((i + 0).line == i.line);
  CHECK((i * 1).line == i.line);
  CHECK((i % 1).line == b.integer(0).line);
  CHECK((i / 7 + i % 7).line == (i / 7 + i % 7).line);
  int inside = 0;
  b.when(less(i, 2), [&] { inside = (i * 9).line; });
  CHECK((i * 9).line != inside);  // not seen outside
  CHECK(message_of([&] { (void)b.integer(int64_t{1} << 31); }).find("too large") !=
        std::string::npos);
}

TEST_CASE("gpu: a kernel line by line, and what it must not do") {
  std::vector<std::vector<float>> memory{std::vector<float>(3000), std::vector<float>(1000)};
  for (size_t i = 0; i < 3000; ++i) memory[0][i] = static_cast<float>((i * 7) % 11);
  play(row_maxima(), memory);
  CHECK(memory[1][0] == 3.5F);  // half the largest of 0, 7, 3
  CHECK(memory[1][1] == 5);     // of 10, 6, 2
  memory[1].resize(999);
  const auto fault = [&](const gpu::Kernel& kernel) -> std::string {
    try {
      play(kernel, memory);
    } catch (const std::logic_error& error) {
      return error.what();
    }
    return {};
  };
  CHECK(fault(row_maxima()).find("operand 1 has 999 floats, thread 39 is at 999") !=
        std::string::npos);
  using Body = std::function<void(gpu::Builder&, int out)>;
  const auto kernel = [](const Body& body, int64_t groups = 1) {
    gpu::Builder b("bad", 64);
    const int out = b.operand();
    body(b, out);
    return b.finish(groups);
  };
  const auto reversed = [&](bool waits) {
    return kernel([=](gpu::Builder& b, int out) {
      const gpu::Shared array = b.share(64);
      b.store(array, b.lane(), to_real(b.lane()));
      if (waits) b.barrier();
      b.store(out, b.lane(), b.load(array, 63 - b.lane()));
    });
  };
  CHECK(fault(reversed(true)).empty());
  CHECK(memory[0][0] == 63);
  CHECK(fault(reversed(false)).find("array 0: two threads are at 63") != std::string::npos);
  CHECK(fault(kernel([](gpu::Builder& b, int out) {
          b.when(less(b.lane(), 3), [&] { b.barrier(); });
          b.store(out, b.lane(), b.real(1));
        })).find("3 of 64 threads come to a barrier") != std::string::npos);
  // A group does not see what another writes, and no barrier helps.
  CHECK(
      fault(kernel([](gpu::Builder& b, int out) { b.store(out, b.lane(), to_real(b.group())); }, 2))
          .find("operand 0: two threads write at 0") != std::string::npos);
  CHECK(fault(kernel([](gpu::Builder& b, int out) {
          b.store(out, b.lane(), b.real(1));
          b.barrier();
          b.store(out, b.lane() + 64, b.load(out, 63 - b.lane()));
          b.store(out, b.lane() + 128, b.load(out, b.lane()));
        })).empty());
  CHECK(std::isnan(memory[0][64]));
  CHECK(memory[0][128] == 1);
  CHECK(fault(kernel([](gpu::Builder& b, int out) {
          b.store(out, b.lane(), to_real(8 / b.lane()));
        })).find("divided by zero") != std::string::npos);
}

TEST_CASE("gpu: groups beyond the longest row of a dispatch go along a second axis") {
  gpu::Builder b("many");
  const int out = b.operand();
  b.store(out, b.thread(), b.real(1));
  const gpu::Kernel kernel = b.finish(gpu::most_groups * 2 + 1);
  const std::array<uint32_t, 2> wanted{65535, 3};
  CHECK(gpu::grid(kernel) == wanted);
  const std::vector<int> blocks{0};
  CHECK(gpu::wgsl(kernel, blocks).find("if (group < 131071) {") != std::string::npos);
}

TEST_CASE("gpu: a tape shares kernels, and knows what must wait for what") {
  Graph graph;
  const Value x = graph.input("x", {64, 32});
  const Value a = graph.state("a", Tensor({32, 32}));
  const Value b = graph.state("b", Tensor({32, 32}));
  graph.output("xa", matmul(x, a));
  graph.output("xb", matmul(x, b));
  graph.output("xab", matmul(matmul(x, a), b));
  const gpu::Tape tape = written(graph).tape;
  REQUIRE(tape.stages.size() == 3);
  CHECK(tape.kernels.size() == 2);  // of a state's product, and of a result's
  CHECK(dispatch(tape.stages[0][0]).kernel == dispatch(tape.stages[1][0]).kernel);
  CHECK(dispatch(tape.stages[0][0]).places != dispatch(tape.stages[1][0]).places);
  const gpu::Command* xa = &tape.stages[0][0];
  const gpu::Command* xb = &tape.stages[1][0];
  const gpu::Command* xab = &tape.stages[2][0];
  using Batches = std::vector<std::vector<const gpu::Command*>>;
  CHECK(gpu::batches_of({xa, xb, xab}) == Batches{{xa, xb}, {xab}});
  CHECK(gpu::batches_of({xa, xab, xb}) == Batches{{xa, xb}, {xab}});  // comes earlier
  CHECK(gpu::batches_of({xab, xa, xb}) == Batches{{xab, xb}, {xa}});  // not before it was read
  CHECK(gpu::batches_of({xb, xb, xab}) == Batches{{xb, xab}, {xb}});  // writes again
}

TEST_CASE("gpu: what does not fit says so") {
  Learner learner;
  CHECK(written(learner.graph, 256).layout.blocks.size() > 2);
  CHECK(message_of([&] { (void)written(learner.graph, 256, 2); }).find("take a smaller model") !=
        std::string::npos);
  CHECK(message_of([&] { (void)written(learner.graph, 32); }).find("take a smaller batch") !=
        std::string::npos);
}

TEST_CASE("gpu: rows of groups in tiles: groups empty, short, of many pieces; rows of none") {
  constexpr int64_t rows = 700;
  constexpr int64_t m = 40;
  constexpr int64_t n = 70;
  std::vector<const Device*> devices{kernel_machine()};
  if (card_at_hand() != nullptr) devices.push_back(card_at_hand());
  for (const std::vector<float>& ends :
       {std::vector<float>{0, 3, 3, 420, 690}, std::vector<float>{700, 700, 700, 700, 700},
        std::vector<float>{0, 0, 0, 0, 0}, std::vector<float>{128, 256, 384, 512, 5000}}) {
    Graph graph;
    const Value a = graph.input("a", {rows, m});
    const Value b = graph.input("b", {rows, n});
    const Value at = graph.input("ends", {5});
    graph.output("product", grouped_matmul(a, graph.input("matrices", {5, m, n}), at));
    graph.output("transposed", grouped_matmul(a, graph.input("others", {5, n, m}), at, true));
    graph.output("outer", grouped_outer(a, b, at));
    const auto run = [&](const Device& device) {
      Program program = compile(graph, device);
      feed(program, graph, 3);
      program.write("ends", ends);
      program.run();
      return program;
    };
    const Program want = run(reference_device());
    for (const Device* device : devices) {
      CAPTURE(device->name);
      const Program got = run(*device);
      for (const char* const name : {"product", "transposed", "outer"}) {
        CAPTURE(name);
        check_close(got.read(name), want.read(name), 2e-6F);
      }
    }
  }
}

TEST_CASE("gpu: runs, slices of runs and dropped runs leave the states that they should") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  Learner learner;
  Program want = compile(learner.graph, reference_device());
  Program whole = compile(learner.graph, *card);
  Program sliced = compile(learner.graph, *card);
  Program dropped = compile(learner.graph, *card);
  for (int step = 0; step < 7; ++step) {
    CAPTURE(step);
    for (Program* program : {&want, &whole, &sliced, &dropped}) feed_step(*program, step);
    want.run();
    whole.run();
    while (!sliced.run_some(1)) {
    }
    const auto before = dropped.read("w");
    const std::vector<float> w(before.begin(), before.end());
    if (!dropped.run_some(1)) dropped.cancel();
    CHECK(std::ranges::equal(dropped.read("w"), w));
    dropped.run();
    check_equal(whole, want);
    check_equal(sliced, want);
    check_equal(dropped, want);
  }
  const std::vector<float> left{1, 2, 3, 4, 5};
  for (Program* program : {&want, &whole}) {
    program->write("left", left);
    CHECK(std::ranges::equal(program->read("left"), left));
    std::ranges::fill(program->input("x"), 0.25F);
    program->run();
  }
  check_equal(whole, want);
  CHECK(whole.arena_bytes() > 0);
  CHECK(whole.state_bytes() > 0);
  CHECK(whole.run_timed().size() == whole.stages().size());
}

TEST_CASE("gpu: programs of several threads share a card") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  std::array<std::vector<float>, 3> got;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < got.size(); ++i) {
    threads.emplace_back([&, i] {
      Graph graph;  // of a shape of its own, so that some compile while others run
      const Value w = graph.state("w", Tensor::full({static_cast<int64_t>(i) + 2}, 1));
      graph.update(w, w * 1.5F + 1.0F);
      Program program = compile(graph, *card);
      for (int run = 0; run < 20; ++run) program.run();
      const auto values = program.read("w");
      got[i].assign(values.begin(), values.end());
    });
  }
  for (std::thread& thread : threads) thread.join();
  float want = 1;
  for (int run = 0; run < 20; ++run) want = want * 1.5F + 1.0F;
  for (const std::vector<float>& values : got) {
    CHECK(values.size() >= 2);
    for (const float value : values) CHECK(value == doctest::Approx(want));
  }
}

TEST_CASE("gpu: what a card has no kernel for is done by the host, in the middle of a run") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  Device poorer = *card;
  poorer.limits = [card](const CompileOptions& options) {
    exec::plan::Limits limits = card->limits(options);
    for (const Op op : {Op::tanh, Op::concat}) limits.kernels[static_cast<size_t>(op)] = false;
    return limits;
  };
  Graph graph;
  const Value x = graph.input("x", {4, 3});
  const Value w = graph.state("w", normal({3, 5}, 1));
  const Value h = tanh(matmul(x, w)) * 2.0F;
  graph.output("y", concat({h, exp(h)}, 0));
  graph.update(w, w + 0.1F * sum(h));
  Program got = compile(graph, poorer);
  Program want = compile(graph, reference_device());
  for (int run = 0; run < 3; ++run) {
    for (Program* program : {&got, &want}) feed(*program, graph, static_cast<uint64_t>(run));
    while (!got.run_some(2)) {
    }
    want.run();
    check_close(got.read("y"), want.read("y"), 1e-5F);
    check_close(got.read("w"), want.read("w"), 1e-5F);
  }
  CHECK(got.run_timed().size() == got.stages().size());
}

TEST_CASE("gpu: a large result stays what it was while the next run is under way") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  Graph graph;
  const Value x = graph.input("x", {300, 300});
  const Value y = x * 2.0F;
  graph.output("y", y);
  graph.output("sum", sum(softmax(matmul(y, y))));
  Program program = compile(graph, *card);
  CHECK(largest(program.read("y")) == 0);
  std::ranges::fill(program.input("x"), 1.0F);
  program.run();
  CHECK(program.read("y")[89999] == 2);
  std::ranges::fill(program.input("x"), 3.0F);
  CHECK_FALSE(program.run_some(1));
  CHECK(program.read("y")[89999] == 2);
  while (!program.run_some(1)) {
  }
  CHECK(program.read("y")[89999] == 6);
  CHECK(program.scalar("sum") == doctest::Approx(300));
}

TEST_CASE("gpu: a batch that is too large for the card is refused") {
  const Device* card = card_at_hand();
  if (card == nullptr || !card->software) return;  // it gives 128 MB in one piece
  Graph graph;
  const Value x = graph.input("x", {1});
  graph.output("big", exp(broadcast(reshape(x, {1, 1}), {1 << 13, 1 << 13})));
  CHECK(message_of([&] { (void)compile(graph, *card); }).find("in one piece") != std::string::npos);
}

TEST_CASE("gpu: cards by name and number") {
  CHECK(message_of([] { (void)device("gpu:none of that name"); }).find("no device named") !=
        std::string::npos);
  const Device* card = card_at_hand();
  if (card == nullptr) {
    CHECK_FALSE(no_gpu().empty());
    CHECK(message_of([] { (void)device("gpu"); }).find(no_gpu()) != std::string::npos);
    return;
  }
  CHECK(&device("gpu:0") == card);
  CHECK(&device("gpu:" + card->description.substr(0, 6)) == card);
  CHECK(std::ranges::count(devices(), card) == (card->software ? 0 : 1));
  CHECK(std::ranges::count(all_devices(), card) == 1);
  if (card->software)
    CHECK(message_of([] { (void)device("gpu"); }).find("gpu:0") != std::string::npos);
}

TEST_SUITE_END();
