// rivulet bench tarflow: ways to invert it against one pass forward.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/bench_tarflow.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "rivulet/core/error.h"
#include "rivulet/models/pictures.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::cli {
namespace {

struct BenchTarflow {
  std::string model;
  DeviceOptions device;
  std::vector<int> batches = {1, 2, 4, 8, 16};
  std::vector<int> groups = {4, 8, 16, 32};
  float tolerance = models::TarflowRequest{}.tolerance;
  double seconds = 1;
  bool backprop = false;
  BenchBackprop back;
  bool json = false;

  /// As models are sampled: weights are packed once.
  [[nodiscard]] CompileOptions compile() const {
    return {.threads = device.threads, .static_states = true};
  }
};

struct Row {
  std::string name;
  int batch = 0;
  double seconds = 0;     // sum of the fastest of each run of the network
  double forward = 0;     // of the fastest pass forward
  double difference = 0;  // largest, to what is drawn token by token
  double work = 0;        // tokens that went through a block, in passes forward
  std::vector<int> runs;  // of each block
};

/// The fastest of as many calls as fit into the time, after one that compiles.
double fastest(double seconds, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  call();
  const Clock::time_point begun = Clock::now();
  double best = 1e30;
  do {
    const Clock::time_point before = Clock::now();
    call();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - before).count());
  } while (std::chrono::duration<double>(Clock::now() - begun).count() < seconds);
  return best;
}

/// The same of a sampling, where the fastest is found for each run of its network: what a machine
/// that is busy with other things is slow at falls away.
double fastest(double seconds, models::TarflowSampler& sampler,
               const models::TarflowRequest& request, std::span<const float> noise) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> best;
  const Clock::time_point begun = Clock::now();
  do {
    sampler.begin(request, noise);
    bool done = false;
    for (size_t run = 0; !done; ++run) {
      const Clock::time_point before = Clock::now();
      done = sampler.advance();
      const double took = std::chrono::duration<double>(Clock::now() - before).count();
      if (run == best.size()) best.push_back(took);
      best[run] = std::min(best[run], took);
    }
  } while (std::chrono::duration<double>(Clock::now() - begun).count() < seconds);
  return std::accumulate(best.begin(), best.end(), 0.0);
}

/// One batch size: a forward pass, then every sampler on the same noise.
class Course {
 public:
  Course(const BenchTarflow& options, const io::SafeTensors& file, int batch)
      : seconds_(options.seconds),
        tolerance_(options.tolerance),
        batch_(batch),
        density_(file, batch, options.device.device(), options.compile()),
        sampler_(file, batch, options.device.device(), options.compile()),
        noise_(static_cast<size_t>(batch * sampler_.model().pixels())),
        x_(noise_.size()) {
    const auto d = static_cast<size_t>(sampler_.model().pixels());
    for (int i = 0; i < batch; ++i) {
      models::picture_noise(1, i, std::span(noise_).subspan(static_cast<size_t>(i) * d, d));
      std::ranges::copy(sampler_.model().pictures.net.classes, std::back_inserter(labels_));
    }
    std::vector<float> log_q(static_cast<size_t>(batch));
    std::vector<float> z(noise_.size());
    forward_ = fastest(seconds_, [&] { density_.encode(labels_, noise_, z, log_q); });
  }

  Row run(const std::string& name, const models::TarflowRequest& request) {
    models::TarflowRequest asked = request;
    asked.labels = labels_;
    asked.tolerance = tolerance_;
    Row row{.name = name, .batch = batch_, .forward = forward_, .runs = {}};
    x_ = noise_;
    const models::TarflowReport report = sampler_.sample(asked, x_);
    row.seconds = fastest(seconds_, sampler_, asked, noise_);
    if (sequential_.empty()) sequential_ = x_;
    for (size_t i = 0; i < x_.size(); ++i) {
      row.difference = std::max(row.difference, std::fabs(double{x_[i]} - double{sequential_[i]}));
    }
    const nn::TarflowConfig config = sampler_.model().config();
    row.work = static_cast<double>(report.tokens) /
               static_cast<double>(int64_t{config.tokens} * config.blocks * batch_);
    row.runs = report.runs;
    return row;
  }

 private:
  double seconds_;
  float tolerance_;
  int batch_;
  models::TarflowDensity density_;
  models::TarflowSampler sampler_;
  std::vector<float> noise_;
  std::vector<float> x_;
  std::vector<float> labels_;
  std::vector<float> sequential_;
  double forward_ = 0;
};

std::vector<Row> measure(const BenchTarflow& options) {
  const io::SafeTensors file = io::load_safetensors(options.model);
  const Status status("measured");
  std::vector<Row> rows;
  for (const int batch : options.batches) {
    Course course(options, file, batch);
    rows.push_back(course.run("sequential", {}));
    rows.push_back(course.run("jacobi", {.method = models::TarflowMethod::jacobi}));
    for (const int group : options.groups) {
      rows.push_back(course.run(fmt::format("gsj {}", group),
                                {.method = models::TarflowMethod::gauss_seidel, .group = group}));
    }
  }
  return rows;
}

int run(const BenchTarflow& options) {
  if (options.backprop) {
    BenchBackprop back = options.back;
    back.device = options.device;
    back.seconds = options.seconds;
    back.json = options.json;
    return bench_tarflow_backprop(back);
  }
  if (options.model.empty()) fail("bench", "--model or --backprop says what to measure");
  const std::vector<Row> rows = measure(options);
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Row& row : rows) {
      list.push_back({{"sampler", row.name},
                      {"batch", row.batch},
                      {"seconds", row.seconds},
                      {"forward_seconds", row.forward},
                      {"work", row.work},
                      {"largest_difference", row.difference},
                      {"runs", row.runs}});
    }
    fmt::print("{}\n", nlohmann::json{{"device", options.device.name},
                                      {"threads", options.device.threads},
                                      {"samplers", std::move(list)}}
                           .dump(2));
    return 0;
  }
  fmt::print("{:>5}  {:>10}  {:>10}  {:>10}  {:>9}  {:>9}  {:>10}  {}\n", "batch", "sampler", "ms",
             "forward ms", "in passes", "work", "difference", "runs of blocks");
  for (const Row& row : rows) {
    fmt::print("{:>5}  {:>10}  {:>10.2f}  {:>10.2f}  {:>9.2f}  {:>9.2f}  {:>10.1e}  {}\n",
               row.batch, row.name, row.seconds * 1e3, row.forward * 1e3, row.seconds / row.forward,
               row.work, row.difference, fmt::join(row.runs, " "));
  }
  fmt::print(
      "\nms: the fastest of every run, added up. In passes: time by that of one pass forward. "
      "Work: tokens that went through a "
      "block, by those of one pass.\n");
  return 0;
}

}  // namespace

void add_bench_tarflow(CLI::App& bench, Action& action) {
  CLI::App* command = bench.add_subcommand(
      "tarflow", "Ways to invert a TarFlow, by batch, against one pass forward");
  const auto options = std::make_shared<BenchTarflow>();
  command->add_option("--model", options->model, "A TarFlow that 'train' saved")->type_name("FILE");
  command->add_flag("--backprop", options->backprop,
                    "Instead: memory and time of a training step that keeps all activations, what "
                    "each block was given, or nothing");
  command->add_option("--backprop-batch", options->back.batch, "Of --backprop: rows")
      ->type_name("N")
      ->check(between(1, 256))
      ->capture_default_str();
  command->add_option("--backprop-blocks", options->back.blocks, "Of --backprop: blocks")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(between(1, 32))
      ->capture_default_str();
  command->add_option("--batches", options->batches, "Pictures at once")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(between(1, 256))
      ->capture_default_str();
  command->add_option("--groups", options->groups, "Of gsj: tokens of the window")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(between(1, 4096))
      ->capture_default_str();
  command->add_option("--tolerance", options->tolerance, "A token stands still that moves by less")
      ->type_name("X")
      ->check(between(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to measure each")
      ->type_name("X")
      ->check(between(0.0, 60.0))
      ->capture_default_str();
  options->device.add(*command);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
