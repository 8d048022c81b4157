// rivulet info
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/toy.h"
#include "rivulet/graph/print.h"
#include "rivulet/io/json.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/expert_card.h"

namespace rivulet::cli {
namespace {

struct Info {
  std::string what;   // a file, or "toy"
  std::string graph;  // "", "text", "dot", "plan"
  ToyOptions toy;
  DeviceOptions device;
  bool json = false;
};

/// Tensors that training keeps beside the weights: see models::ParameterCount.
bool of_training(const std::string& name) { return name.starts_with("training/"); }

void print(const nn::MoeConfig& experts, const io::SafeTensors& file) {
  fmt::print("\nexperts          {} a layer, of which a token uses {}{}", experts.experts,
             experts.choice == nn::Choice::threshold ? "on average " : "", experts.chosen);
  if (experts.shared > 0) fmt::print(", {} of them by all tokens", experts.shared);
  fmt::print("; {} hidden units each\n", experts.hidden);
  fmt::print("router           {}, gates normalised: {}, balance: {}\n",
             nn::router_names.of(experts.router), nn::gate_norm_names.of(experts.gate),
             nn::balance_names.of(experts.balance));
  const models::ParameterCount count = models::count_parameters(file);
  fmt::print("parameters       {} in all, {} active in a token\n", count.all, count.active);
}

io::Json report(const nn::MoeConfig& experts, const io::SafeTensors& file) {
  return {{"n", experts.experts},
          {"k", experts.chosen},
          {"shared", experts.shared},
          {"hidden", experts.hidden},
          {"router", nn::router_names.of(experts.router)},
          {"gate", nn::gate_norm_names.of(experts.gate)},
          {"choice", nn::choice_names.of(experts.choice)},
          {"balance", nn::balance_names.of(experts.balance)},
          {"active_parameters", models::count_parameters(file).active}};
}

io::Json report(const io::SafeTensors& file) {
  io::Json tensors = io::Json::array();
  for (const auto& [name, tensor] : file.tensors) {
    const auto dims = tensor.shape().dims();
    tensors.push_back({{"name", name}, {"shape", std::vector<int64_t>(dims.begin(), dims.end())}});
  }
  const models::ParameterCount count = models::count_parameters(file);
  io::Json json = {{"metadata", file.metadata},
                   {"parameters", count.all},
                   {"training_numbers", count.training},
                   {"tensors", std::move(tensors)}};
  if (const auto experts = models::expert_config(file.metadata)) {
    json["experts"] = report(*experts, file);
  }
  return json;
}

void print(const io::SafeTensors& file) {
  for (const auto& [key, value] : file.metadata) fmt::print("{:<16} {}\n", key, value);
  fmt::print("{}{:<32} {:>14} {:>10}\n", file.metadata.empty() ? "" : "\n", "tensor", "shape",
             "numbers");
  for (const auto& [name, tensor] : file.tensors) {
    if (!of_training(name)) {
      fmt::print("{:<32} {:>14} {:>10}\n", name, tensor.shape().str(), tensor.numel());
    }
  }
  const models::ParameterCount count = models::count_parameters(file);
  fmt::print("\n{} parameters", count.all);
  if (count.training > 0) {
    fmt::print(", and {} numbers from which training can continue", count.training);
  }
  fmt::print("\n");
  if (const auto experts = models::expert_config(file.metadata)) print(*experts, file);
}

int describe_file(const Info& options) {
  const io::SafeTensors file = io::load_safetensors(options.what);
  if (options.json) {
    fmt::print("{}\n", report(file).dump(2));
  } else {
    print(file);
  }
  return 0;
}

int describe_toy(const Info& options) {
  const train::Flow2dConfig config = options.toy.finish();
  const train::Trainer trainer = train::flow2d_trainer(
      config, options.toy.make_target(), options.device.device(), options.device.compile());
  const Graph& graph = trainer.graph();
  if (options.graph == "plan") {
    fmt::print("{}", plan_text(graph, options.device.device(), options.device.compile()));
    return 0;
  }
  if (!options.graph.empty()) {
    fmt::print("{}", options.graph == "dot" ? to_dot(graph) : to_text(graph));
    return 0;
  }
  const Program& program = trainer.program();
  if (options.json) {
    const io::Json json = {{"config", to_json(config)},
                           {"parameters", trainer.parameters()},
                           {"nodes", graph.size()},
                           {"steps", program.stages().size()},
                           {"flops", program.flops()},
                           {"arena_bytes", program.arena_bytes()},
                           {"state_bytes", program.state_bytes()},
                           {"device", options.device.name}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("parameters       {}\n", trainer.parameters());
  fmt::print("training step    {} nodes, {} kernel calls on {}, {:.1f} Mflop\n", graph.size(),
             program.stages().size(), options.device.name,
             static_cast<double>(program.flops()) * 1e-6);
  fmt::print("memory           {:.2f} MB between kernels, {:.2f} MB of weights and moments\n",
             static_cast<double>(program.arena_bytes()) * 1e-6,
             static_cast<double>(program.state_bytes()) * 1e-6);
  return 0;
}

}  // namespace

void add_info(Command app, Action& action) {
  const Command command = app.add_subcommand(
      "info", "What a file of weights holds, or ('info toy') what a training step computes");
  const auto options = std::make_shared<Info>();
  command.add_option("what", options->what, "A safetensors file, or 'toy'")
      .type_name("FILE")
      .required();
  command
      .add_option("--graph", options->graph,
                  "Print the training step's graph: text, dot, or the plan of its stages")
      .type_name("FORM")
      .one_of({"text", "dot", "plan"});
  options->toy.add(command);
  options->device.add(command);
  command.add_flag("--json", options->json, "As JSON");
  command.callback([options, &action] {
    const bool toy = options->what == "toy";
    if (!toy) options->toy.refuse("is for 'info toy' only");
    if (!toy && !options->graph.empty()) {
      throw UsageError("--graph", "is for 'info toy' only");
    }
    action = [options, toy] { return toy ? describe_toy(*options) : describe_file(*options); };
  });
}

}  // namespace rivulet::cli
