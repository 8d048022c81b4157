// rivulet bench tarflow --backprop: what it costs not to keep activations.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>

#include "cli/bench_tarflow.h"
#include "cli/progress.h"
#include "rivulet/core/random.h"
#include "rivulet/core/timed.h"
#include "rivulet/io/json.h"
#include "rivulet/train/tarflow_backprop.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;
using train::Kept;

struct Row {
  std::string given;
  int blocks = 0;
  Kept kept = Kept::activations;
  int64_t bytes = 0;
  double seconds = 0;     // of the fastest step
  double difference = 0;  // largest of a gradient to the ordinary step's, by that weight's largest
};

std::vector<float> normal(size_t count, uint64_t seed, float size) {
  std::vector<float> values(count);
  Rng(seed).normal(values);
  for (float& value : values) value *= size;
  return values;
}

double fastest_step(train::TarflowBackprop& step, const std::vector<float>& x, double seconds) {
  double best = 1e30;
  const Clock::time_point begun = Clock::now();
  do {
    const Clock::time_point before = Clock::now();
    (void)step.run(x, {});
    best = std::min(best, seconds_since(before));
  } while (seconds_since(begun) < seconds);
  return best;
}

/// Largest difference of all gradients, each by the largest number of its weight.
double difference_of(const train::TarflowBackprop& step, const train::TarflowBackprop& ordinary) {
  double difference = 0;
  for (const std::string& name : ordinary.names()) {
    const std::span<const float> want = ordinary.gradient(name);
    const std::span<const float> got = step.gradient(name);
    double largest = 1e-9;
    double apart = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      largest = std::max(largest, std::fabs(double{want[i]}));
      const double distance = std::fabs(double{got[i]} - double{want[i]});
      if (!(distance <= apart)) apart = distance;  // keeps NaN
    }
    if (!(apart / largest <= difference)) difference = apart / largest;
  }
  return difference;
}

/// The ordinary step, then those that keep less, at the same weights: the first ones, with a
/// projection that is not zero.
void measure(const BenchBackprop& options, const nn::TarflowConfig& config,
             std::vector<Row>& rows) {
  std::optional<train::TarflowBackprop> ordinary;
  const std::vector<float> x =
      normal(static_cast<size_t>(int64_t{options.batch} * config.tokens * config.dims), 1, 1);
  for (const Kept kept : {Kept::activations, Kept::inputs, Kept::nothing}) {
    train::TarflowBackprop step(config, options.batch, kept, 1, options.device.device(),
                                options.device.compile());
    uint64_t seed = 1;
    for (const std::string& name : step.names()) {
      if (!name.ends_with(".out.weight")) continue;
      step.write(name, normal(step.gradient(name).size(), ++seed, 0.004F));
    }
    Row row{.given = std::string(nn::given_names.of(config.given)),
            .blocks = config.blocks,
            .kept = kept,
            .bytes = step.bytes(),
            .seconds = fastest_step(step, x, options.seconds)};
    if (ordinary) row.difference = difference_of(step, *ordinary);
    if (!ordinary) ordinary.emplace(std::move(step));
    rows.push_back(std::move(row));
  }
}

}  // namespace

int bench_tarflow_backprop(const BenchBackprop& options) {
  std::vector<Row> rows;
  Status status("measured");
  for (const nn::Given given : {nn::Given::earlier_tokens, nn::Given::half_of_a_token}) {
    for (const int blocks : options.blocks) {
      measure(options, {.blocks = blocks, .given = given}, rows);
      status.show(static_cast<int64_t>(rows.size()),
                  static_cast<int64_t>(6 * options.blocks.size()));
    }
  }
  io::Json list = io::Json::array();
  if (!options.json) {
    fmt::print("{:>7}  {:>6}  {:>12}  {:>8}  {:>8}  {:>8}  {:>7}  {}\n", "given", "blocks", "kept",
               "MiB", "of all", "ms", "of all", "gradients apart");
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const Row& ordinary = rows[i / 3 * 3];
    if (options.json) {
      list.push_back({{"given", row.given},
                      {"blocks", row.blocks},
                      {"kept", name_of(row.kept)},
                      {"bytes", row.bytes},
                      {"seconds", row.seconds},
                      {"largest_difference", row.difference}});
      continue;
    }
    fmt::print("{:>7}  {:>6}  {:>12}  {:>8.1f}  {:>8.2f}  {:>8.1f}  {:>7.2f}  {:.1e}\n", row.given,
               row.blocks, name_of(row.kept), static_cast<double>(row.bytes) / (1 << 20),
               static_cast<double>(row.bytes) / static_cast<double>(ordinary.bytes),
               row.seconds * 1e3, row.seconds / ordinary.seconds, row.difference);
  }
  if (options.json) {
    fmt::print("{}\n", io::Json{{"batch", options.batch}, {"steps", list}}.dump(2));
  }
  return 0;
}

}  // namespace rivulet::cli
