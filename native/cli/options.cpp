#include "cli/options.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/points_file.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/sniff.h"
#include "rivulet/live/transfer.h"

namespace rivulet::cli {
namespace {

data::Target2d points_target(const std::string& path) {
  constexpr uint64_t most = uint64_t{256} << 20;
  const io::Bytes bytes = io::read_file(path, most);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    data::PointsFile file = data::read_points(text);
    fmt::print(stderr,
               "{}: {} points of {} rows, learned as (x - {:.6g}, y - {:.6g}) times {:.4g}\n", path,
               file.points.size(), file.rows, file.centre_x, file.centre_y, file.scale);
    return data::Target2d::drawn(data::cloud_of(std::move(file.points)));
  } catch (const Error& error) {
    const std::string_view kind = io::in_words(io::kind_of_file(bytes));
    fail("points", fmt::format("{} is {}; {}", path, kind, live::words_of(error)));
  }
}

std::string listed(const std::string& what, const std::vector<std::string>& names) {
  return fmt::format("{}: {}", what, fmt::join(names, ", "));
}

/// Of its form: whether there is such a card is seen when it is needed.
std::string device_trouble(const std::string& name) {
  if (name == "cpu" || name == "reference" || name == "gpu" || name.starts_with("gpu:")) return {};
  return fmt::format("there is no '{}', only cpu, gpu, reference", name);
}

}  // namespace

std::vector<std::string> drawable_targets() {
  std::vector<std::string> names = data::shape2d_names.list();
  std::erase(names, data::name_of(data::Shape2d::drawn));
  return names;
}

void DeviceOptions::add(Command command) {
  name = cpu_device().name;
  command
      .add_option("--device", name,
                  "What computes: cpu, gpu (or one that `rivulet devices` lists), reference")
      .type_name("NAME")
      .checked(device_trouble)
      .capture_default_str();
  command.add_option("--threads", threads.asked, "Threads of one training step or evaluation")
      .type_name("N")
      .between(1, 64)
      .capture_default_str();
}

void ToyOptions::add(Command command) {
  const auto option = [&](const char* name, const char* type, auto& value,
                          const std::string& help) {
    Option added = command.add_option(name, value, help).type_name(type);
    options_.push_back(added);
    return added;
  };
  option("--target", "NAME", target, listed("The distribution", data::shape2d_names.list()))
      .one_of(data::shape2d_names.list())
      .capture_default_str();
  option("--drawing", "STROKES", drawing,
         "Strokes as the lab's address holds them: target 'drawn'");
  option("--points", "FILE", points, "Points of a CSV file, two numbers a row: target 'drawn'");
  option("--method", "NAME", method_, listed("What to train", models::method_names.list()))
      .one_of(models::method_names.list())
      .capture_default_str();
  option("--seed", "N", config.seed, "Of weights, noise and data").capture_default_str();

  const auto number = [&](const char* name, auto& value, auto low, auto high, const char* help) {
    option(name, std::is_floating_point_v<decltype(low)> ? "X" : "N", value, help)
        .between(low, high)
        .capture_default_str();
  };
  number("--width", config.width, 8, 512, "Hidden units");
  number("--depth", config.depth, 1, 8, "Hidden layers");
  number("--batch", config.batch, 16, 4096, "Points a step");
  number("--learning-rate", config.learning_rate, 0.0, 1.0, "Peak of warm-up and cosine");
  number("--weight-decay", config.weight_decay, 0.0, 1.0, "Decoupled");
  option("--bootstrap", "X", bootstrap_,
         "Share of the batch for self-consistency (default: the method's own)")
      .between(0.0, 0.9);
  option("--self-weight", "X", self_weight_,
         "What self-consistency counts (default: for fast learning; the authors have 1)")
      .between(0.001, 1000.0);
  number("--ema-decay", config.ema_decay, 0.0, 0.99999, "Of the averaged weights");
  constexpr int64_t most = 1'000'000'000;
  number("--schedule-steps", config.schedule_steps, int64_t{1}, most,
         "Length of the learning rate's cosine");
  number("--reflow-after", config.reflow_after, int64_t{0}, most,
         "Steps before reflow makes its couplings");
}

void ToyOptions::refuse(const std::string& why) const {
  for (const Option& option : options_) {
    if (option.given()) throw UsageError(option.name(), why);
  }
}

train::Flow2dConfig ToyOptions::finish() const {
  train::Flow2dConfig finished = config;
  finished.method = models::method_names.read(method_);
  finished.bootstrap = bootstrap_.value_or(models::usual_bootstrap(finished.method));
  finished.self_weight = self_weight_.value_or(models::usual_self_weight(finished.method));
  return finished;
}

data::Target2d ToyOptions::make_target() const {
  const data::Shape2d shape = data::shape2d_names.read(target);
  if (!points.empty() && !drawing.empty()) throw UsageError("--points", "excludes --drawing");
  if (!points.empty()) return points_target(points);
  if (!drawing.empty()) return data::Target2d::drawn(data::decode_strokes(drawing));
  if (shape == data::Shape2d::drawn) {
    throw UsageError("--target", "'drawn' needs --drawing or --points");
  }
  return data::Target2d(shape);
}

}  // namespace rivulet::cli
