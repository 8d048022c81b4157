// rivulet train distill-toy
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/toy.h"
#include "rivulet/core/error.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/distill2d.h"
#include "rivulet/train/drifting2d.h"

namespace rivulet::cli {
namespace {

// The noise and the data of every score are the same, whatever was trained.
constexpr uint64_t score_seed = 2024;
enum : uint64_t { noise_stream, data_stream, floor_stream };
constexpr float l1_memory = 0.99F;  // of the mean over steps

enum class Method : uint8_t { distillation, drifting };
constexpr Names<Method, 2> method_names{"method", {"distillation", "drifting"}};

struct TrainDistill2d {
  train::Distill2dTraining distill;
  train::Drifting2dTraining drifting;
  std::string method{method_names.of(Method::distillation)};
  std::string loss{models::name_of(models::DistillLoss::family)};
  std::string form{models::name_of(models::DriftForm::shared)};
  std::string target = "eight-gaussians";
  DeviceOptions device;
  std::optional<float> fixed_level;
  std::optional<float> learning_rate;
  int64_t steps = 2000;  // of the generator
  int64_t trace = 0;     // between entries of it
  int points = 4096;
  bool json = false;

  [[nodiscard]] bool drifts() const { return method_names.read(method) == Method::drifting; }
};

/// What is trained, whatever the method.
struct Run {
  std::optional<train::Distill2d> distill;
  std::optional<train::Drifting2d> drifting;

  [[nodiscard]] train::Trainer& trainer() { return distill ? distill->trainer : drifting->trainer; }
  /// Trainer's steps in an update of the generator.
  [[nodiscard]] int cycle() const { return distill ? distill->how->fake_steps + 1 : 1; }
};

struct Score {
  int64_t step = 0;
  double l1 = NAN;
  float sliced_wasserstein2 = 0;
  float energy = 0;
  float deviation = 0;
};

/// Judges the generator by data that it was never shown.
class Judge {
 public:
  explicit Judge(const TrainDistill2d& options)
      : sampler_(options.distill.nets, options.points, options.device.device(),
                 {.threads = options.device.threads, .static_states = true}),
        data_(draw(options, data_stream)),
        other_(draw(options, floor_stream)),
        noise_(data_.size()) {
    Rng(score_seed, noise_stream).normal(noise_);
  }

  [[nodiscard]] Score operator()(const train::Trainer& trainer) {
    sampler_.load(trainer.weights());
    const std::span<const float> x = sampler_.run(noise_);
    return {.sliced_wasserstein2 = metrics::sliced_wasserstein2(x, data_),
            .energy = metrics::energy_distance(x, data_),
            .deviation = models::spread_of(x)};
  }
  /// Fresh data against these.
  [[nodiscard]] Score floor() const {
    return {.sliced_wasserstein2 = metrics::sliced_wasserstein2(other_, data_),
            .energy = metrics::energy_distance(other_, data_),
            .deviation = models::spread_of(data_)};
  }

 private:
  static std::vector<float> draw(const TrainDistill2d& options, uint64_t stream) {
    const data::Target2d target(data::shape2d_names.read(options.target));
    std::vector<float> xy(static_cast<size_t>(options.points) * 2);
    Rng rng(score_seed, stream);
    models::mixture2d(options.distill.nets, target).sample(rng, xy);
    return xy;
  }

  models::Distill2dSampler sampler_;
  std::vector<float> data_, other_, noise_;
};

struct Outcome {
  Score score;
  std::vector<Score> trace;
  double seconds = 0;
  bool interrupted = false;
  std::string stopped;  // why training could not go on
};

Run make_run(TrainDistill2d& options) {
  const data::Target2d target(data::shape2d_names.read(options.target));
  train::Distill2dTraining& distill = options.distill;
  distill.how.loss = models::distill_loss_names.read(options.loss);
  distill.schedule_steps = std::max<int64_t>(options.steps, 1);
  if (options.fixed_level) {
    distill.how.lowest_level = distill.how.highest_level = *options.fixed_level;
  }
  if (options.learning_rate) {
    distill.learning_rate = options.drifting.learning_rate = *options.learning_rate;
  }
  const Device& device = options.device.device();
  if (!options.drifts()) {
    return {.distill = train::distill2d_trainer(distill, target, device, options.device.compile()),
            .drifting = {}};
  }
  train::Drifting2dTraining& drifting = options.drifting;
  drifting.nets = distill.nets;
  drifting.form = models::drift_form_names.read(options.form);
  drifting.batch = distill.how.rows.batch;
  drifting.ema_decay = distill.ema_decay;
  drifting.schedule_steps = distill.schedule_steps;
  drifting.seed = distill.seed;
  return {
      .distill = {},
      .drifting = train::drifting2d_trainer(drifting, target, device, options.device.compile())};
}

Outcome train_all(const TrainDistill2d& options, Run& run, Judge& judge) {
  Outcome outcome;
  const Interrupt interrupt;
  Progress progress(0, options.steps);
  train::Trainer& trainer = run.trainer();
  double l1 = 0;
  double weight = 0;
  const auto score = [&](int64_t step) {
    Score now = judge(trainer);
    now.step = step;
    if (weight > 0) now.l1 = l1 / weight;
    return now;
  };
  int64_t step = 0;
  try {
    for (; step < options.steps && !Interrupt::raised(); ++step) {
      for (int i = 0; i < run.cycle(); ++i) (void)trainer.step();
      if (run.distill) {
        l1 = l1_memory * l1 + trainer.loss("l1");
        weight = l1_memory * weight + 1;
      }
      progress.show(step + 1, trainer.loss("loss"));
      if (options.trace > 0 && step % options.trace == 0) outcome.trace.push_back(score(step + 1));
    }
  } catch (const Error& error) {  // not finite: what is there is from before
    outcome.stopped = error.what();
  }
  outcome.seconds = progress.seconds();
  progress.finish();
  outcome.interrupted = Interrupt::raised();
  outcome.score = score(step);
  return outcome;
}

io::Json to_json(const Score& score) {
  io::Json json = {{"step", score.step},
                   {"sliced_wasserstein2", shortest(score.sliced_wasserstein2)},
                   {"energy_distance", shortest(score.energy)},
                   {"deviation", shortest(score.deviation)}};
  if (!std::isnan(score.l1)) json["l1"] = score.l1;
  return json;
}

io::Json report(const TrainDistill2d& options, const Outcome& outcome, const Score& floor) {
  const train::Distill2dTraining& distill = options.distill;
  io::Json json = to_json(outcome.score);
  json["method"] = options.method;
  json["target"] = distill.nets.gaussian ? "gaussian" : options.target;
  json["start"] = shortest(distill.nets.start);
  json["teacher_deviation"] = shortest(distill.nets.deviation);
  json["seed"] = distill.seed;
  if (options.drifts()) {
    json["form"] = options.form;
    json["tau"] = shortest(options.drifting.how.tau);
    json["repulsion"] = shortest(options.drifting.how.repulsion);
  } else {
    json["loss"] = options.loss;
    json["lambda"] = shortest(distill.how.lambda);
    json["fake_steps"] = distill.how.fake_steps;
    json["levels"] = {shortest(distill.how.lowest_level), shortest(distill.how.highest_level)};
  }
  json["data_deviation"] = shortest(floor.deviation);
  json["floor"] = {{"sliced_wasserstein2", shortest(floor.sliced_wasserstein2)},
                   {"energy_distance", shortest(floor.energy)}};
  json["seconds"] = outcome.seconds;
  json["interrupted"] = outcome.interrupted;
  json["stopped"] = outcome.stopped;
  io::Json trace = io::Json::array();
  for (const Score& score : outcome.trace) trace.push_back(to_json(score));
  if (options.trace > 0) json["trace"] = std::move(trace);
  return json;
}

int run(TrainDistill2d& options) {
  Run run = make_run(options);
  Judge judge(options);
  const Outcome outcome = train_all(options, run, judge);
  const Score floor = judge.floor();
  if (options.json) {
    fmt::print("{}\n", report(options, outcome, floor).dump(2));
    return 0;
  }
  const Score& score = outcome.score;
  fmt::print("{} on {}: step {}{}, {:.1f} steps/s\n", options.method, options.target, score.step,
             outcome.interrupted ? " (interrupted)" : "",
             static_cast<double>(score.step) / outcome.seconds);
  if (!outcome.stopped.empty()) fmt::print("{}\n", outcome.stopped);
  if (!std::isnan(score.l1)) fmt::print("L1 {:.5f}\n", score.l1);
  fmt::print(
      "sliced Wasserstein-2 to data {:.4f} (data to data {:.4f}), energy distance {:.5f} "
      "({:.5f})\n",
      score.sliced_wasserstein2, floor.sliced_wasserstein2, score.energy, floor.energy);
  fmt::print("the generator's deviation {:.4f} (the data's {:.4f})\n", score.deviation,
             floor.deviation);
  return 0;
}

void add_methods(TrainDistill2d& options, Command command) {
  const auto number = [&](const char* name, auto& value, auto low, auto high, const char* help) {
    command.add_option(name, value, help).type_name("X").between(low, high).capture_default_str();
  };
  train::Distillation& how = options.distill.how;
  command.add_option("--method", options.method, "Against an exact teacher, or by drifting to data")
      .one_of_shown(method_names.list())
      .capture_default_str();
  command.add_option("--loss", options.loss, "What the generator descends")
      .one_of_shown(models::distill_loss_names.list())
      .capture_default_str();
  number("--lambda", how.lambda, -1.0, 3.0, "Of the family of losses");
  number("--fake-steps", how.fake_steps, 1, 100, "Steps of the fake net before each update");
  number("--fake-learning-rate", options.distill.fake_learning_rate, 0.0, 1.0, "Of the fake net");
  number("--lowest-level", how.lowest_level, 0.001, 0.999,
         "Noise levels u, abar = cos(pi u/2), are drawn from here");
  number("--highest-level", how.highest_level, 0.001, 0.999, "... to here");
  command.add_option("--level", options.fixed_level, "One fixed level in their place")
      .type_name("X")
      .between(0.001, 0.999);
  command.add_flag("--normalise", how.normalise, "Weigh samples as SiD does");
  command.add_option("--form", options.form, "Of drifting")
      .one_of_shown(models::drift_form_names.list())
      .capture_default_str();
  number("--tau", options.drifting.how.tau, 0.001, 10.0, "Reach of drifting's kernel");
  number("--repulsion", options.drifting.how.repulsion, 0.0, 2.0, "Factor of drifting's repulsion");
}

}  // namespace

void add_train_distill2d(Command train, Action& action) {
  const Command command = train.add_subcommand(
      "distill-toy",
      "A one-step generator of a shape in the plane, and how good it is. SIGINT stops.");
  const auto options = std::make_shared<TrainDistill2d>();
  const auto number = [&](const char* name, auto& value, auto low, auto high, const char* help) {
    command.add_option(name, value, help).between(low, high).capture_default_str();
  };
  models::Distill2dConfig& nets = options->distill.nets;
  command.add_option("--target", options->target, "The shape")
      .type_name("NAME")
      .one_of_shown(drawable_targets())
      .capture_default_str();
  add_methods(*options, command);
  number("--start", nets.start, 0.05, 6.0, "Deviation of the generator's first samples");
  number("--deviation", nets.deviation, 0.01, 1.0, "Of the teacher's Gaussians");
  command.add_flag("--gaussian", nets.gaussian, "Data N(0,I) in place of the shape");
  number("--centres", nets.centres, 1, 4096, "How many those are, where the shape has no modes");
  number("--width", nets.width, 8, 512, "Hidden units of generator and fake net");
  number("--depth", nets.depth, 1, 8, "Their hidden layers");
  number("--batch", options->distill.how.rows.batch, 2, 4096, "Samples a step");
  command.add_option("--learning-rate", options->learning_rate, "Of the generator")
      .between(0.0, 1.0);
  number("--ema", options->distill.ema_decay, 0.0, 0.9999, "Averaging of the generator");
  command.add_option("--seed", options->distill.seed, "Of weights and noise").capture_default_str();
  number("--steps", options->steps, int64_t{0}, int64_t{1'000'000'000}, "Of the generator");
  number("--trace", options->trace, int64_t{0}, int64_t{1'000'000},
         "Steps between results on the way, in the JSON; 0: none");
  number("--samples", options->points, 16, 1 << 16, "Samples to judge by");
  options->device.add(command);
  command.add_flag("--json", options->json, "Results as JSON");
  command.callback([&action, options] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
