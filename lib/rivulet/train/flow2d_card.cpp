#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "rivulet/core/error.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::train {
namespace {

constexpr auto architecture = "mlp2d";

const std::string& entry(const io::SafeTensors& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) fail("checkpoint", "its metadata lacks '" + key + "'");
  return found->second;
}

[[noreturn]] void malformed(const std::string& key, const std::string& text) {
  fail("checkpoint", fmt::format("its metadata says {} = '{}'", key, text));
}

template <class Integer>
Integer integer(const io::SafeTensors& file, const std::string& key) {
  const std::string& text = entry(file, key);
  Integer value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) malformed(key, text);
  return value;
}

float number(const io::SafeTensors& file, const std::string& key) {
  const std::string& text = entry(file, key);
  char* stop = nullptr;
  const float value = std::strtof(text.c_str(), &stop);  // from_chars of floats is not everywhere
  if (text.empty() || *stop != '\0') malformed(key, text);
  return value;
}

void check_architecture(const io::SafeTensors& file) {
  if (entry(file, "architecture") != architecture) {
    malformed("architecture", entry(file, "architecture"));
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
  Flow2dConfig config{
      .method = models::method(entry(checkpoint, "method")),
      .width = integer<int>(checkpoint, "width"),
      .depth = integer<int>(checkpoint, "depth"),
      .batch = integer<int>(checkpoint, "batch"),
      .learning_rate = number(checkpoint, "learning_rate"),
      .weight_decay = number(checkpoint, "weight_decay"),
      .bootstrap = number(checkpoint, "bootstrap"),
      .ema_decay = number(checkpoint, "ema_decay"),
      .schedule_steps = integer<int64_t>(checkpoint, "schedule_steps"),
      .seed = integer<uint64_t>(checkpoint, "seed"),
      .reflow_after = integer<int64_t>(checkpoint, "reflow_after"),
      .self_weight = number(checkpoint, "self_weight"),
  };
  validate(config);
  return config;
}

data::Target2d flow2d_target(const io::SafeTensors& checkpoint) {
  check_architecture(checkpoint);
  const data::Shape2d shape = data::shape2d(entry(checkpoint, "target"));
  if (shape != data::Shape2d::drawn) return data::Target2d(shape);
  return data::Target2d::drawn(data::decode_strokes(entry(checkpoint, "drawing")));
}

int64_t flow2d_step(const io::SafeTensors& checkpoint) {
  const auto step = integer<int64_t>(checkpoint, "step");
  if (step < 0 || step > 1'000'000'000'000) malformed("step", entry(checkpoint, "step"));
  return step;
}

}  // namespace rivulet::train
