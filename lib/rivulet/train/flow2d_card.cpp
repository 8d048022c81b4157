#include <fmt/format.h>

#include "rivulet/io/card.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::train {
namespace {

constexpr auto architecture = "mlp2d";
constexpr int64_t most_steps = 1'000'000'000'000;

void check_architecture(const io::SafeTensors& file) {
  if (io::card_text(file.metadata, "architecture") != architecture) {
    io::bad_card(file.metadata, "architecture");
  }
}

}  // namespace

std::map<std::string, std::string> flow2d_card(const Flow2dConfig& config,
                                               const data::Target2d& target, int64_t step) {
  std::map<std::string, std::string> card = {
      {"architecture", architecture},
      {"method", std::string(models::name_of(config.method))},
      {"width", fmt::to_string(config.width)},
      {"depth", fmt::to_string(config.depth)},
      {"batch", fmt::to_string(config.batch)},
      {"learning_rate", fmt::to_string(config.learning_rate)},
      {"weight_decay", fmt::to_string(config.weight_decay)},
      {"bootstrap", fmt::to_string(config.bootstrap)},
      {"ema_decay", fmt::to_string(config.ema_decay)},
      {"schedule_steps", fmt::to_string(config.schedule_steps)},
      {"seed", fmt::to_string(config.seed)},
      {"reflow_after", fmt::to_string(config.reflow_after)},
      {"target", std::string(data::name_of(target.shape()))},
      {"self_weight", fmt::to_string(config.self_weight)},
      {"step", fmt::to_string(step)},
  };
  if (!target.strokes().empty()) card["drawing"] = data::encode_strokes(target.strokes());
  return card;
}

Flow2dConfig flow2d_config(const io::SafeTensors& checkpoint) {
  check_architecture(checkpoint);
  const io::Card& card = checkpoint.metadata;
  const auto integer = [&](const char* key) {
    return static_cast<int>(io::card_integer(card, key, 0, 1 << 20));
  };
  Flow2dConfig config{
      .method = models::method(io::card_text(card, "method")),
      .width = integer("width"),
      .depth = integer("depth"),
      .batch = integer("batch"),
      .learning_rate = io::card_number(card, "learning_rate"),
      .weight_decay = io::card_number(card, "weight_decay"),
      .bootstrap = io::card_number(card, "bootstrap"),
      .ema_decay = io::card_number(card, "ema_decay"),
      .schedule_steps = io::card_integer(card, "schedule_steps", 0, most_steps),
      .seed = io::card_seed(card, "seed"),
      .reflow_after = io::card_integer(card, "reflow_after", 0, most_steps),
      .self_weight = io::card_number(card, "self_weight"),
  };
  validate(config);
  return config;
}

data::Target2d flow2d_target(const io::SafeTensors& checkpoint) {
  check_architecture(checkpoint);
  const data::Shape2d shape = data::shape2d(io::card_text(checkpoint.metadata, "target"));
  if (shape != data::Shape2d::drawn) return data::Target2d(shape);
  return data::Target2d::drawn(data::decode_strokes(io::card_text(checkpoint.metadata, "drawing")));
}

int64_t flow2d_step(const io::SafeTensors& checkpoint) {
  return io::card_integer(checkpoint.metadata, "step", 0, most_steps);
}

}  // namespace rivulet::train
