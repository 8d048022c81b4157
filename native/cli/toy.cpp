#include "cli/toy.h"
#include "rivulet/io/json.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace rivulet::cli {
namespace {

// The noise and the data of every score are the same, whatever the model was trained on.
constexpr uint64_t score_seed = 2024;
enum : uint64_t { noise_stream, data_stream, first_floor_stream };
constexpr int floor_draws = 8;

std::vector<float> draw(const data::Target2d& target, int points, uint64_t stream) {
  std::vector<float> xy(static_cast<size_t>(points) * 2);
  Rng rng(score_seed, stream);
  target.sample(rng, xy);
  return xy;
}

}  // namespace

ToyScore score(train::Flow2dSampler& sampler, const data::Target2d& target) {
  ToyScore result;
  result.points = sampler.points();
  const std::vector<float> data = draw(target, result.points, data_stream);
  for (int i = 0; i < floor_draws; ++i) {
    const std::vector<float> other =
        draw(target, result.points, first_floor_stream + static_cast<uint64_t>(i));
    result.floor += metrics::sliced_wasserstein2(other, data) / floor_draws;
  }
  std::vector<float> noise(data.size());
  Rng(score_seed, noise_stream).normal(noise);
  const std::vector<data::Point> modes = target.modes();
  for (const int n : train::shown_steps) {
    std::vector<float> xy = noise;
    sampler.sample(xy, n);
    result.rows.push_back({.steps = n,
                           .distance = metrics::sliced_wasserstein2(xy, data),
                           .coverage = metrics::mode_coverage(xy, modes)});
  }
  return result;
}

io::Json to_json(const ToyScore& score) {
  io::Json json = {{"points", score.points}, {"floor", shortest(score.floor)}};
  for (const ToyScore::Row& row : score.rows) {
    const std::string steps = std::to_string(row.steps);
    json["sliced_wasserstein2"][steps] = shortest(row.distance);
    if (row.coverage.modes == 0) continue;
    json["coverage"][steps] = {{"covered", row.coverage.covered},
                               {"modes", row.coverage.modes},
                               {"on_mode", shortest(row.coverage.on_mode)}};
  }
  return json;
}

void print(const ToyScore& score) {
  fmt::print("{:>14}  {:>20}  {}\n", "sampling steps", "sliced Wasserstein-2",
             score.rows.front().coverage.modes > 0 ? "modes covered   on a mode" : "");
  for (const ToyScore::Row& row : score.rows) {
    fmt::print("{:>14}  {:>20.4f}", row.steps, row.distance);
    if (row.coverage.modes > 0) {
      fmt::print("  {:>13}   {:>8.0f}%",
                 fmt::format("{}/{}", row.coverage.covered, row.coverage.modes),
                 100 * row.coverage.on_mode);
    }
    fmt::print("\n");
  }
  fmt::print("{:>14}  {:>20.4f}  ({} points each)\n", "data to data", score.floor, score.points);
}

io::Json to_json(const train::Flow2dConfig& config) {
  return {{"method", models::name_of(config.method)},
          {"width", config.width},
          {"depth", config.depth},
          {"batch", config.batch},
          {"learning_rate", shortest(config.learning_rate)},
          {"weight_decay", shortest(config.weight_decay)},
          {"bootstrap", shortest(config.bootstrap)},
          {"ema_decay", shortest(config.ema_decay)},
          {"schedule_steps", config.schedule_steps},
          {"seed", config.seed},
          {"reflow_after", config.reflow_after},
          {"self_weight", shortest(config.self_weight)}};
}

double shortest(float value) { return std::strtod(fmt::to_string(value).c_str(), nullptr); }

}  // namespace rivulet::cli
