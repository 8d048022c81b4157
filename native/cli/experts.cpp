#include "cli/experts.h"

#include <fmt/format.h>

#include "rivulet/core/error.h"

namespace rivulet::cli {

void ExpertOptions::add(SettledOptions& settled, Command command) {
  const auto name = [&](const char* option, std::string& value, const auto& names,
                        const char* help) {
    settled.add(command.add_option(option, value, help).one_of(names.list()).capture_default_str());
  };
  settled.number(command, "--experts", config_.experts, 0, 256,
                 "Experts of a layer, the shared ones with them; 0: a dense network");
  settled.number(command, "--chosen", config_.chosen, 1, 256,
                 "Experts that a token uses, the shared ones with them");
  settled.number(command, "--shared", config_.shared, 0, 255, "Experts that all tokens use");
  settled.number(command, "--first-experts", first_, 0, 31, "The first layer that has experts");
  name("--router", router_, nn::router_names, "Scores of experts");
  name("--gate", gate_, nn::gate_norm_names, "When scores are normalised to gates");
  name("--expert-norm", norm_, nn::expert_norm_names, "How an expert's vector is normalised");
  name("--choice", choice_, nn::choice_names, "As many for each token, or as many as pass");
  name("--balance", balance_, nn::balance_names, "What keeps the load of experts even");
  name("--balance-loss", loss_, nn::balance_loss_names, "The loss of --balance loss");
  settled.number(command, "--loss-weight", config_.loss_weight, 0.0, 100.0, "What it counts");
  settled.number(command, "--rate", config_.rate, 0.0, 1.0, "Steps of --balance sign and rms");
  settled.number(command, "--strength", config_.strength, 0.0, 1.0,
                 "Of the moving quantiles of --balance sequence");
}

void ExpertOptions::shape(nn::DitConfig& net) const {
  net.experts.reset();
  if (config_.experts == 0) return;
  nn::MoeConfig config = config_;
  config.router = nn::router_names.read(router_);
  config.gate = nn::gate_norm_names.read(gate_);
  config.norm = nn::expert_norm_names.read(norm_);
  config.choice = nn::choice_names.read(choice_);
  config.balance = nn::balance_names.read(balance_);
  config.loss = nn::balance_loss_names.read(loss_);
  const int units = net.width * net.mlp_ratio;
  if (units % config.chosen != 0) {
    fail("experts", fmt::format("{} experts a token do not divide {} units", config.chosen, units));
  }
  config.hidden = units / config.chosen;
  if (config.shared > 0 && config.shared < config.chosen && config.chosen <= config.experts) {
    config.scale = nn::shared_scale(config.router, config.experts, config.chosen, config.shared,
                                    config.gate == nn::GateNorm::after);
  }
  nn::validate(config);
  net.experts = config;
  net.first_experts = first_;
}

}  // namespace rivulet::cli
