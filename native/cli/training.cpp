#include "cli/training.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"
#include "rivulet/io/safetensors.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// One line of JSON now and then.
class Log {
 public:
  Log(const TrainingOptions& options, int batch) : every_(options.log_every), batch_(batch) {
    if (options.out.empty()) return;
    const std::string path = options.beside(".jsonl");
    const auto mode = options.resume.empty() ? std::ios::trunc : std::ios::app;
    file_.open(path, std::ios::out | mode);
    if (!file_) fail("log", path + ": " + std::strerror(errno));
  }

  void add(train::Trainer& trainer, float loss, const Progress& progress) {
    sum_ += loss;
    if (++count_ < every_) return;
    mean_ = sum_ / count_;
    if (file_.is_open()) {
      io::Json line = {{"step", trainer.steps()},
                       {"mean_loss", mean_},
                       {"gradient_norm", trainer.gradient_norm()},
                       {"samples_per_second", progress.steps_per_second(trainer.steps()) * batch_},
                       {"seconds", progress.seconds()}};
      for (const auto& [name, value] : trainer.losses()) line[name] = value;
      file_ << line.dump() << std::endl;  // someone may be watching
    }
    sum_ = 0;
    count_ = 0;
  }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / count_ : mean_; }

 private:
  std::ofstream file_;
  int every_;
  int batch_;
  double sum_ = 0;
  int count_ = 0;
  double mean_ = 0;
};

/// The training state beside OUT, from time to time.
class Checkpoints {
 public:
  Checkpoints(const TrainingOptions& options, const std::function<void()>& picture)
      : path_(options.out.empty() ? "" : options.beside(".ckpt")),
        interval_(options.checkpoint_seconds),
        picture_(picture) {}

  void keep_up(const train::Trainer& trainer) {
    if (path_.empty() || std::chrono::duration<double>(Clock::now() - last_).count() < interval_) {
      return;
    }
    try {
      save(trainer);
    } catch (const std::exception& error) {  // a full disk may have room again at the next one
      fmt::print(stderr, "\nno checkpoint at step {}: {}\n", trainer.steps(), error.what());
    }
    last_ = Clock::now();
  }

  void save(const train::Trainer& trainer) const {
    if (path_.empty()) return;
    io::save_safetensors(path_, trainer.checkpoint(), io::Precision::f32);
    if (picture_) picture_();
  }

 private:
  std::string path_;
  double interval_;
  const std::function<void()>& picture_;
  Clock::time_point last_ = Clock::now();
};

/// Fails now rather than after an hour of training.
void check_writable(const TrainingOptions& options) {
  if (options.out.empty()) return;
  const std::string probe = options.beside(".probe");
  const bool good = static_cast<bool>(std::ofstream(probe));
  const int reason = errno;
  std::filesystem::remove(probe);
  if (!good) fail("train", "cannot write beside " + options.out + ": " + std::strerror(reason));
}

}  // namespace

void TrainingOptions::add(Command command) {
  command.add_option("--steps", steps, "Train until this step")
      .type_name("N")
      .between(int64_t{0}, int64_t{1'000'000'000})
      .capture_default_str();
  command
      .add_option("--out", out,
                  "Where to save the weights; checkpoint, log and sample pictures go beside it")
      .type_name("FILE");
  command.add_option("--resume", resume, "Continue from a checkpoint, with its settings")
      .type_name("CKPT");
  command.add_option("--checkpoint-seconds", checkpoint_seconds, "Time between checkpoints")
      .type_name("X")
      .between(0.0, 1e6)
      .capture_default_str();
  command.add_option("--log-every", log_every, "Steps between two lines of the log")
      .type_name("N")
      .between(1, 1'000'000)
      .capture_default_str();
  command.add_flag("--json", json, "Results as JSON");
}

std::string TrainingOptions::beside(const std::string& ending) const {
  constexpr std::string_view usual = ".safetensors";
  return (out.ends_with(usual) ? out.substr(0, out.size() - usual.size()) : out) + ending;
}

TrainingReport run_training(train::Trainer& trainer, int batch, const TrainingOptions& options,
                            const std::function<void()>& picture,
                            const std::function<void(io::SafeTensors&)>& finish) {
  check_writable(options);
  Log log(options, batch);
  Checkpoints checkpoints(options, picture);
  TrainingReport report{.first = trainer.steps()};
  const Interrupt interrupt;
  Progress progress(trainer.steps(), options.steps, batch);
  try {
    while (trainer.steps() < options.steps && !Interrupt::raised()) {
      const float loss = trainer.step();
      progress.show(trainer.steps(), loss);
      log.add(trainer, loss, progress);
      checkpoints.keep_up(trainer);
    }
  } catch (const Error&) {  // not finite: the weights before the step are good, and kept
    progress.finish();
    checkpoints.save(trainer);
    throw;
  }
  report.seconds = progress.seconds();
  progress.finish();
  report.last = trainer.steps();
  report.loss = log.mean();
  report.interrupted = Interrupt::raised();
  checkpoints.save(trainer);
  if (!options.out.empty()) {
    io::SafeTensors weights = trainer.weights();
    if (finish) finish(weights);
    io::save_safetensors(options.out, weights, io::Precision::f16);
    fmt::print(stderr, "saved {} at step {}\n", options.out, trainer.steps());
  }
  return report;
}

}  // namespace rivulet::cli
