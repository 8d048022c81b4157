#include "rivulet/models/expert_card.h"

#include <fmt/format.h>

#include <string>

#include "rivulet/models/card_names.h"

namespace rivulet::models {

void add_expert_card(io::Card& card, const std::optional<nn::MoeConfig>& experts) {
  if (!experts) return;
  const nn::MoeConfig& config = *experts;
  card["experts"] = fmt::to_string(config.experts);
  card["experts.chosen"] = fmt::to_string(config.chosen);
  card["experts.shared"] = fmt::to_string(config.shared);
  card["experts.hidden"] = fmt::to_string(config.hidden);
  card["experts.router"] = nn::router_names.of(config.router);
  card["experts.gate"] = nn::gate_norm_names.of(config.gate);
  card["experts.norm"] = nn::expert_norm_names.of(config.norm);
  card["experts.choice"] = nn::choice_names.of(config.choice);
  card["experts.balance"] = nn::balance_names.of(config.balance);
  card["experts.loss"] = nn::balance_loss_names.of(config.loss);
  card["experts.loss_weight"] = fmt::to_string(config.loss_weight);
  card["experts.rate"] = fmt::to_string(config.rate);
  card["experts.strength"] = fmt::to_string(config.strength);
  card["experts.scale"] = fmt::to_string(config.scale);
}

std::optional<nn::MoeConfig> expert_config(const io::Card& card) {
  if (!card.contains("experts")) return std::nullopt;
  const auto integer = [&](const char* key, int64_t low, int64_t high) {
    return static_cast<int>(io::card_integer(card, key, low, high));
  };
  const nn::MoeConfig config{.experts = integer("experts", 1, 256),
                             .chosen = integer("experts.chosen", 1, 256),
                             .shared = integer("experts.shared", 0, 256),
                             .hidden = integer("experts.hidden", 1, 8192),
                             .router = card_value(card, "experts.router", nn::router_names),
                             .gate = card_value(card, "experts.gate", nn::gate_norm_names),
                             .norm = card_value(card, "experts.norm", nn::expert_norm_names),
                             .choice = card_value(card, "experts.choice", nn::choice_names),
                             .balance = card_value(card, "experts.balance", nn::balance_names),
                             .loss = card_value(card, "experts.loss", nn::balance_loss_names),
                             .loss_weight = io::card_number(card, "experts.loss_weight"),
                             .rate = io::card_number(card, "experts.rate"),
                             .strength = io::card_number(card, "experts.strength"),
                             .scale = io::card_number(card, "experts.scale")};
  nn::validate(config);
  return config;
}

ParameterCount count_parameters(const io::SafeTensors& file) {
  const std::optional<nn::MoeConfig> experts = expert_config(file.metadata);
  ParameterCount count;
  for (const auto& [name, tensor] : file.tensors) {
    const int64_t numbers = tensor.numel();
    if (name.starts_with("training/")) {
      count.training += numbers;
      continue;
    }
    const bool routed = experts && (name.ends_with(".moe.up") || name.ends_with(".moe.down"));
    count.all += numbers;
    count.active += routed ? numbers / experts->routed() * experts->picked() : numbers;
  }
  return count;
}

}  // namespace rivulet::models
