// rivulet eval of a TarFlow: the density of held-out pictures, and what its samples look like.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>

#include "cli/eval.h"
#include "cli/progress.h"
#include "rivulet/core/timed.h"
#include "rivulet/io/json.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int batch = 50;

/// Negative log-density per dimension in nats: mean over pictures, and half of the width of its
/// 95 % confidence interval.
struct Nats {
  double mean = 0;
  double error = 0;
};

Nats nats_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  double squares = 0;
  for (const double value : values) sum += value;
  for (const double value : values) squares += (value - sum / n) * (value - sum / n);
  return {.mean = sum / n, .error = 1.96 * std::sqrt(squares / (n - 1) / n)};
}

/// Of the first n held-out pictures, each with noise of its own, under their labels or under "any".
Nats held_out(const Eval& options, models::TarflowDensity& density, const data::Pictures& test,
              bool told) {
  const models::TarflowModel& model = density.model();
  const auto d = static_cast<size_t>(model.pixels());
  const std::vector<int>& classes = model.pictures.net.classes;
  const int64_t n = std::min<int64_t>(options.n, test.count());
  std::vector<float> x(batch * d);
  std::vector<float> z(batch * d);
  std::vector<float> log_q(batch);
  std::vector<float> labels(batch * classes.size());
  std::vector<double> nats;
  Status status(told ? "densities" : "densities without labels");
  for (int64_t first = 0; first < n; first += batch) {
    const auto rows = static_cast<size_t>(std::min<int64_t>(batch, n - first));
    for (size_t row = 0; row < rows; ++row) {
      const int64_t i = first + static_cast<int64_t>(row);
      const std::span<float> picture = std::span(x).subspan(row * d, d);
      data::to_model(test.picture(i), picture);
      models::tarflow_noise(model, picture, options.seed, i);
      for (size_t k = 0; k < classes.size(); ++k) {
        labels[row * classes.size() + k] =
            static_cast<float>(told ? int{test.labels_of(i)[k]} : classes[k]);
      }
    }
    density.encode(labels, x, z, log_q);
    for (size_t row = 0; row < rows; ++row) {
      nats.push_back(-double{log_q[row]} / static_cast<double>(d));
    }
    status.show(first + static_cast<int64_t>(rows), n);
  }
  return nats_of(nats);
}

/// Samples, denoised where that can be, under the labels of held-out pictures.
std::vector<EvalRow> sampled(const Eval& options, const io::SafeTensors& file,
                             const models::TarflowModel& model, const EvalData& data) {
  const int rows = std::min(options.n, batch);
  models::TarflowSampler sampler(file, rows, options.device.device(), options.compile());
  models::TarflowDensity density(file, rows, options.device.device(), options.compile());
  std::vector<EvalRow> result;
  for (const bool denoise : {false, true}) {
    if (denoise && model.noise != models::TarflowNoise::gaussian) continue;
    Status status(denoise ? "denoised samples" : "samples");
    const Clock::time_point begun = Clock::now();
    const Maker maker = [&](std::span<const float> labels, std::span<float> x) {
      (void)sampler.sample({.labels = {labels.begin(), labels.end()}, .guidance = options.guidance},
                           x);
      if (denoise) density.denoise(labels, x);
    };
    const data::Pictures samples =
        sample_pictures(maker, rows, data.test, options.n, options.seed,
                        [&](int64_t done) { status.show(done, options.n); });
    const double seconds = seconds_since(begun);
    result.push_back({denoise ? "denoised" : "as drawn", data.yardstick->score(samples), seconds});
  }
  return result;
}

io::Json to_json(const Nats& nats) {
  return {{"nats_per_dim", nats.mean},
          {"bits_per_dim", models::bits_per_dim(nats.mean)},
          {"nats_error_95", nats.error},
          {"bits_error_95", nats.error / std::numbers::ln2}};
}

void print(const char* name, const Nats& nats, bool uniform) {
  fmt::print("{:>16}  {:8.4f} +- {:.4f} nats/dim", name, nats.mean, nats.error);
  if (uniform) {
    fmt::print("  {:.4f} +- {:.4f} bits/dim", models::bits_per_dim(nats.mean),
               nats.error / std::numbers::ln2);
  }
  fmt::print("\n");
}

}  // namespace

int eval_tarflow(const Eval& options, const io::SafeTensors& file) {
  models::TarflowDensity density(file, batch, options.device.device(), options.compile());
  const models::TarflowModel& model = density.model();
  const EvalData data(options, model.pictures);
  const bool labelled = !model.pictures.net.classes.empty();
  const Nats untold = held_out(options, density, data.test, false);
  const Nats told = labelled ? held_out(options, density, data.test, true) : untold;
  const std::vector<EvalRow> rows = sampled(options, file, model, data);
  if (options.json) {
    io::Json json = json_of(options, data);
    json["architecture"] = "tarflow";
    json["noise"] = name_of(model.noise);
    json["guidance"] = options.guidance;
    json["held_out"] = to_json(told);
    json["held_out_without_labels"] = to_json(untold);
    for (const EvalRow& row : rows) {
      json["samples_of"][row.name] = to_json(row.score, model.pictures.attributes);
      json["samples_of"][row.name]["sampling_seconds"] = row.seconds;
    }
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  const bool uniform = model.noise == models::TarflowNoise::uniform;
  fmt::print("tarflow on {}: {} held-out pictures with {} noise\n\n", model.pictures.dataset,
             std::min<int64_t>(options.n, data.test.count()), name_of(model.noise));
  print("with labels", told, uniform);
  print("without labels", untold, uniform);
  fmt::print("\n{} samples, guidance {}, seed {}\n\n", options.n, options.guidance, options.seed);
  print_rows("samples", rows, data.floor, model.pictures.attributes);
  return 0;
}

}  // namespace rivulet::cli
