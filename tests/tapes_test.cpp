// Tapes as a browser takes them: every operation with its gradient, what it is fed and what comes
// out. web/tests/kernels.test.mjs plays them with WebGPU.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "compare.h"
#include "kernel_machine.h"
#include "op_cases.h"
#include "rivulet/exec/gpu/tape.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/io/json.h"

using namespace rivulet;
using namespace rivulet::testing;
namespace gpu = rivulet::exec::gpu;

namespace {

constexpr int64_t longest_block = int64_t{128} << 18;  // floats: of WebGPU's default limits
constexpr int most_blocks = 8;

using Data = std::vector<std::pair<std::string, std::vector<float>>>;

io::Json to_json(const gpu::Spot& spot) {
  return {{"block", spot.block}, {"offset", spot.offset}, {"floats", spot.floats}};
}

io::Json to_json(const gpu::Command& command) {
  if (const auto* move = std::get_if<gpu::Move>(&command)) {
    return {{"from", to_json(move->from)}, {"to", to_json(move->to)}};
  }
  const auto& dispatch = std::get<gpu::Dispatch>(command);
  return {{"kernel", dispatch.kernel}, {"places", dispatch.places}};
}

/// Where inputs are written to and results read from, by name.
io::Json inputs(const Graph& graph, const gpu::Tape& tape) {
  io::Json all = io::Json::object();
  for (const auto& [node, spot] : tape.input_spots) all[graph.node(node).name] = to_json(spot);
  return all;
}
io::Json results(const Graph& graph, const gpu::Tape& tape) {
  io::Json all = io::Json::object();
  for (const Output& output : graph.outputs()) {
    const auto found =
        std::ranges::find(tape.result_spots, output.value, &std::pair<int, gpu::Spot>::first);
    all[output.name] = to_json(found->second);
  }
  return all;
}

/// Constants, which the host writes once.
io::Json leaves(const Graph& graph, const gpu::Tape& tape) {
  io::Json all = io::Json::array();
  for (int i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(i);
    const gpu::Spot& spot = tape.spots[static_cast<size_t>(i)];
    if (spot.block == gpu::Spot::none || (node.op != Op::constant && node.op != Op::fill)) continue;
    std::vector<float> values(static_cast<size_t>(spot.floats), node.scalar);
    if (node.tensor >= 0) std::ranges::copy(graph.tensor(node.tensor).span(), values.begin());
    all.push_back({{"to", to_json(spot)}, {"values", values}});
  }
  return all;
}

/// All that a run is, in order.
io::Json described(const exec::Planned& program) {
  gpu::Layout layout;
  const gpu::Tape tape = gpu::write_tape(program, layout, {longest_block, most_blocks});
  io::Json kernels = io::Json::array();
  for (const gpu::PlacedKernel& placed : tape.kernels) {
    const auto [across, down] = gpu::grid(placed.kernel);
    kernels.push_back(
        {{"code", gpu::wgsl(placed.kernel, placed.blocks)}, {"grid", {across, down}}});
  }
  io::Json commands = io::Json::array();
  const auto append = [&](const std::vector<gpu::Command>& more) {
    for (const gpu::Command& command : more) commands.push_back(to_json(command));
  };
  append(tape.begin);
  for (const auto& stage : tape.stages) append(stage);
  append(tape.end);
  return {{"blocks", layout.blocks},
          {"inputs", tape.inputs},
          {"results", tape.results},
          {"kernels", kernels},
          {"commands", commands},
          {"write", leaves(program.graph, tape)},
          {"inputs_at", inputs(program.graph, tape)},
          {"results_at", results(program.graph, tape)}};
}

/// A run on the machine, which a browser is to repeat: what it is given, and what comes out.
io::Json tape_of(const std::string& name, const Graph& graph, const Data& data) {
  io::Json tape;
  Device recorder = *kernel_machine();
  recorder.load = [&](std::span<const exec::Planned> programs, const CompileOptions& options) {
    tape = described(programs.front());
    return kernel_machine()->load(programs, options);
  };
  Program program = compile(graph, recorder);
  Program oracle = compile(graph, reference_device());
  tape["name"] = name;
  for (const auto& [input, values] : data) {
    program.write(input, values);
    oracle.write(input, values);
    tape["given"][input] = values;
  }
  program.run();
  oracle.run();
  CAPTURE(name);
  for (const Output& output : graph.outputs()) {
    const auto values = oracle.read(output.name);
    check_close(program.read(output.name), values, 1e-5F);
    tape["expect"][output.name] = std::vector<float>(values.begin(), values.end());
  }
  return tape;
}

/// f(x) and the gradient of <w, f(x)>.
io::Json tape_of(const OpCase& c) {
  Graph graph;
  const std::vector<Value> x = declare(graph, c, "x");
  const Value y = c.build(x);
  const Value w = graph.input("w", y.shape());
  graph.output("y", y);
  if (c.op != Op::stop_gradient) {
    const std::vector<Value> gradients = vjp({&y, 1}, {&w, 1}, x);
    for (size_t i = 0; i < x.size(); ++i) graph.output("g" + std::to_string(i), gradients[i]);
  }
  Data data{{"w", uniform({.op = c.op, .inputs = {}, .build = {}}, y.shape(), 99)}};
  const auto inputs = data_of(c);
  std::string name(name_of(c.op));
  for (size_t i = 0; i < inputs.size(); ++i) {
    data.emplace_back("x" + std::to_string(i), inputs[i]);
    name += " " + c.inputs[i].str();
  }
  return tape_of(name, graph, data);
}

}  // namespace

TEST_CASE("gpu: tapes of the operations, for a browser") {
  std::vector<OpCase> cases = composite_cases();
  for (const auto& [r, c] : {std::pair{3, 5}, std::pair{7, 33}}) {
    for (OpCase& one : small_cases(r, c)) cases.push_back(std::move(one));
  }
  io::Json tapes = io::Json::array();
  for (const OpCase& one : cases) {
    const io::Json tape = tape_of(one);
    CAPTURE(tape.at("name").text());
    CHECK(tape.at("blocks").values().size() <= most_blocks);
    CHECK(!tape.at("commands").values().empty());
    tapes.push_back(tape);
  }
  const char* const path = std::getenv("RIVULET_TAPES");
  if (path == nullptr) return;
  std::ofstream file(path);
  file << tapes.dump();
  CHECK(file.good());
}
