#include <fmt/format.h>

#include "rivulet/core/range.h"
#include "rivulet/train/nets.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {
namespace {

constexpr int64_t most_steps = 1'000'000'000'000;
constexpr float usual_beta1 = TrainerConfig{}.beta1;

}  // namespace

void validate(const TrainerConfig& config) {
  need("trainer", "learning rate", config.learning_rate, 0.0F, 1.0F);
  need("trainer", "weight decay", config.weight_decay, 0.0F, 1.0F);
  need("trainer", "clip", config.clip, 0.0F, 1e6F);
  need("trainer", "beta1", config.beta1, 0.0F, 0.99999F);
  need("trainer", "beta2", config.beta2, 0.0F, 0.99999F);
  need("trainer", "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>("trainer", "warm-up", config.warmup, 0, 1'000'000'000);
  need<int64_t>("trainer", "schedule steps", config.schedule_steps, 1, 1'000'000'000);
  need("trainer", "floor", config.floor, 0.0F, 1.0F);
}

io::Card trainer_card(const TrainerConfig& config, std::string_view group) {
  io::Card card;
  const auto put = [&](const char* key, auto value) {
    card[state_prefix(group) + key] = fmt::to_string(value);
  };
  put("learning_rate", config.learning_rate);
  put("weight_decay", config.weight_decay);
  put("clip", config.clip);
  put("beta2", config.beta2);
  put("ema_decay", config.ema_decay);
  put("warmup", config.warmup);
  put("schedule_steps", config.schedule_steps);
  put("floor", config.floor);
  if (config.beta1 != usual_beta1) put("beta1", config.beta1);
  if (group.empty()) put("seed", config.seed);
  return card;
}

TrainerConfig trainer_config(const io::Card& card, std::string_view group) {
  const std::string prefix = state_prefix(group);
  const auto number = [&](const char* key) { return io::card_number(card, prefix + key); };
  const auto integer = [&](const char* key, int64_t least) {
    return io::card_integer(card, prefix + key, least, most_steps);
  };
  const TrainerConfig config{
      .learning_rate = number("learning_rate"),
      .weight_decay = number("weight_decay"),
      .clip = number("clip"),
      .beta2 = number("beta2"),
      .ema_decay = number("ema_decay"),
      .warmup = integer("warmup", 0),
      .schedule_steps = integer("schedule_steps", 1),
      .floor = number("floor"),
      .seed = io::card_seed(card, "seed"),
      .beta1 = card.contains(prefix + "beta1") ? number("beta1") : usual_beta1};
  validate(config);
  return config;
}

}  // namespace rivulet::train
