// Options of networks with experts in place of their MLPs.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/settled.h"
#include "rivulet/nn/dit.h"

namespace rivulet::cli {

class ExpertOptions {
 public:
  /// So many experts unless others are asked for; 0: a dense network.
  explicit ExpertOptions(int experts = 0) { config_.experts = experts; }

  void add(SettledOptions& settled, Command command);
  /// Experts as asked for, together as many hidden units a token as the MLP has. Throws Error where
  /// they do not go together.
  void shape(nn::DitConfig& net) const;

 private:
  nn::MoeConfig config_;
  int first_ = 0;
  std::string router_{nn::router_names.of(config_.router)};
  std::string gate_{nn::gate_norm_names.of(config_.gate)};
  std::string norm_{nn::expert_norm_names.of(config_.norm)};
  std::string choice_{nn::choice_names.of(config_.choice)};
  std::string balance_{nn::balance_names.of(config_.balance)};
  std::string loss_{nn::balance_loss_names.of(config_.loss)};
};

}  // namespace rivulet::cli
