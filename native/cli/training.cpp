#include "cli/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/alive.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "rivulet/core/error.h"
#include "rivulet/core/timed.h"
#include "rivulet/io/json.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/code_model.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/judge.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/picture_card.h"
#include "rivulet/models/pictures.h"
#include "rivulet/models/tarflow.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// One line of JSON now and then.
class Log {
 public:
  Log(const TrainingOptions& options, int batch) : every_(options.log_every), batch_(batch) {
    if (options.out.empty()) return;
    path_ = options.beside(".jsonl");
    const auto mode = options.resume.empty() ? std::ios::trunc : std::ios::app;
    file_.open(path_, std::ios::out | mode);
    if (!file_) fail("log", "cannot write " + path_ + ": " + std::strerror(errno));
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
      errno = 0;
      file_ << line.dump() << std::endl;  // someone may be watching
      if (!file_) {
        reason_ = errno != 0 ? errno : EIO;
        file_.clear();  // there may be room for the next one
      }
    }
    sum_ = 0;
    count_ = 0;
  }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / count_ : mean_; }
  /// Throws Error when a line was lost.
  void check() const {
    if (reason_ != 0) fail("log", "cannot write all of " + path_ + ": " + std::strerror(reason_));
  }

 private:
  std::string path_;
  std::ofstream file_;
  int every_;
  int batch_;
  double sum_ = 0;
  int count_ = 0;
  double mean_ = 0;
  int reason_ = 0;
};

/// The training state beside OUT, from time to time.
class Checkpoints {
 public:
  Checkpoints(const TrainingOptions& options, int64_t first, const std::function<void()>& picture)
      : first_(first),
        path_(options.out.empty() ? "" : options.beside(".ckpt")),
        interval_(options.checkpoint_seconds),
        picture_(picture) {}

  void keep_up(const train::Trainer& trainer) {
    if (path_.empty() || seconds_since(last_) < interval_) return;
    try {
      save(trainer);
      if (picture_fits(trainer.steps() - first_)) draw();
    } catch (const std::exception& error) {  // a full disk may have room again at the next one
      shown_on_terminal();
      fmt::print(stderr, "\nno checkpoint at step {}: {}\n", trainer.steps(), error.what());
    }
    last_ = Clock::now();
  }

  void save(const train::Trainer& trainer) const {
    if (path_.empty()) return;
    const Activity activity("saving a checkpoint");
    io::save_safetensors(path_, trainer.checkpoint(), io::Precision::f32);
  }

  /// Samples to look at: they follow the weights, and are no part of the training.
  void draw() {
    if (path_.empty() || !picture_) return;
    const Activity activity("drawing samples");
    const Clock::time_point begun = Clock::now();
    picture_();
    last_picture_ = seconds_since(begun);
    pictures_ += last_picture_;
  }

 private:
  /// After so many steps. What the first one takes is not known: as long as ten steps or so.
  [[nodiscard]] bool picture_fits(int64_t steps) const {
    constexpr double share = 0.02;  // of the time of training
    constexpr double steps_of_first = 10;
    const double trained = seconds_since(begun_) - pictures_;
    const double next = last_picture_ > 0 ? last_picture_
                                          : steps_of_first * trained /
                                                static_cast<double>(std::max<int64_t>(steps, 1));
    return pictures_ + next <= share * trained;
  }

  int64_t first_;  // step at which this run began
  std::string path_;
  double interval_;
  const std::function<void()>& picture_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point last_ = begun_;
  double pictures_ = 0;  // seconds that they took
  double last_picture_ = 0;
};

/// The card of a model's file is read as its readers will read it.
void check_card(const io::SafeTensors& file) {
  using models::ModelKind;
  switch (models::kind_of(file.metadata)) {
    case ModelKind::picture_flow:
      (void)models::picture_model(file);
      break;
    case ModelKind::diffusion:
      (void)models::diffusion_model(file);
      break;
    case ModelKind::tarflow:
      (void)models::tarflow_model(file);
      break;
    case ModelKind::judge:
      (void)models::judge_model(file);
      break;
    case ModelKind::code:
      (void)models::code_model(file);
      break;
    case ModelKind::plane_flow:
    case ModelKind::plane_tarflow:
      break;
  }
}

/// Saves and opens the weights in memory: what would fail after hours fails now.
void rehearse(const train::Trainer& trainer) {
  const Activity activity("checking what will be saved");
  try {
    check_card(io::parse_safetensors(io::serialise(trainer.weights(), io::Precision::f16)));
  } catch (const Error& error) {
    fail("train",
         std::string("the weights could not be saved so that they can be opened: ") + error.what());
  }
}

/// Does all of several things, whatever fails; what failed is told and then thrown.
class Attempts {
 public:
  void attempt(const std::string& file, const std::function<void()>& action) {
    try {
      action();
    } catch (const std::exception& error) {
      shown_on_terminal();
      fmt::print(stderr, "not saved: {}: {}\n", file, error.what());
      failed_ += failed_.empty() ? file : ", " + file;
    }
  }
  void finish() const {
    if (!failed_.empty()) {
      fail("train", failed_ + " could not be written (see above); all else was saved");
    }
  }

 private:
  std::string failed_;
};

}  // namespace

void mark_data(io::Card& card, const data::Pictures& pictures) {
  card["data"] = fmt::format("{} pictures, crc32:{:08x}", pictures.count(), fingerprint(pictures));
}

void check_data(const io::Card& checkpoint, const data::Pictures& pictures,
                const std::string& file) {
  io::Card own;
  mark_data(own, pictures);
  own["side"] = std::to_string(pictures.side);
  own["channels"] = std::to_string(pictures.channels);
  own["attributes"] = models::attributes_text(pictures.attributes);
  for (const char* key : {"side", "channels", "attributes", "data"}) {
    const auto told = checkpoint.find(key);
    if (told == checkpoint.end() || told->second == own[key]) continue;
    const std::string was = told->second.substr(0, 100);
    const std::string is = own[key].substr(0, 100);
    fail("resume", fmt::format("{} was trained on other pictures than {}: its {} {}, not {}; give "
                               "its own by --data, or begin anew without --resume",
                               file, pictures.name, key, was, is));
  }
}

void TrainingOptions::add(Command command) {
  name = command.name();
  command.add_option("--steps", steps, "Train until this step")
      .type_name("N")
      .between(int64_t{0}, int64_t{1'000'000'000})
      .capture_default_str();
  command
      .add_option("--out", out,
                  "Where to save the weights; checkpoint, log and sample pictures go beside it "
                  "(default: by the command's name, or beside the checkpoint that is resumed)")
      .type_name("FILE");
  command.add_flag("--no-save", no_save, "Keep nothing: for measuring");
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

void TrainingOptions::settle() {
  if (no_save && !out.empty()) throw UsageError("--no-save", "does not go with --out");
  if (no_save || !out.empty()) return;
  named_here = true;
  constexpr std::string_view usual = ".ckpt";
  if (resume.ends_with(usual)) {
    out = resume.substr(0, resume.size() - usual.size()) + ".safetensors";
    return;
  }
  std::error_code ignored;
  out = name + ".safetensors";
  for (int i = 2;
       std::filesystem::exists(out, ignored) || std::filesystem::exists(beside(".ckpt"), ignored) ||
       std::filesystem::exists(beside(".lock"), ignored);
       ++i) {
    out = fmt::format("{}-{}.safetensors", name, i);
  }
}

void TrainingOptions::claim() {
  if (out.empty()) return;
  lock = std::make_shared<OutputLock>(beside(".lock"), out);
  if (named_here) fmt::print(stderr, "saving to {} (--out says where else)\n", out);
}

TrainingReport run_training(train::Trainer& trainer, int batch, const TrainingOptions& options,
                            const std::function<void()>& picture,
                            const std::function<void(io::SafeTensors&)>& finish) {
  if (!options.out.empty()) rehearse(trainer);
  Log log(options, batch);
  Checkpoints checkpoints(options, trainer.steps(), picture);
  Attempts attempts;
  const auto save_state = [&] {
    attempts.attempt(options.beside(".ckpt"), [&] { checkpoints.save(trainer); });
  };
  TrainingReport report{.first = trainer.steps()};
  const Interrupt interrupt;
  Progress progress(trainer.steps(), options.steps, batch);
  try {
    const Activity activity("training");
    while (trainer.steps() < options.steps && !Interrupt::raised()) {
      const float loss = trainer.step();
      progress.show(trainer.steps(), loss);
      log.add(trainer, loss, progress);
      checkpoints.keep_up(trainer);
    }
  } catch (const Error&) {  // not finite: the weights before the step are good, and kept
    progress.finish();
    save_state();
    throw;
  }
  report.seconds = progress.seconds();
  progress.finish();
  report.last = trainer.steps();
  report.loss = log.mean();
  report.interrupted = Interrupt::raised();
  if (options.out.empty()) return report;
  attempts.attempt(options.out, [&] {
    io::SafeTensors weights = trainer.weights();
    if (finish) {
      const Activity activity("settling the weights");
      finish(weights);
    }
    io::save_safetensors(options.out, weights, io::Precision::f16);
    fmt::print(stderr, "saved {} at step {}\n", options.out, trainer.steps());
  });
  save_state();
  // Who interrupts wants an end, not pictures.
  if (!report.interrupted) {
    attempts.attempt(options.beside(".png"), [&] { checkpoints.draw(); });
  }
  attempts.attempt(options.beside(".jsonl"), [&] { log.check(); });
  attempts.finish();
  return report;
}

}  // namespace rivulet::cli
