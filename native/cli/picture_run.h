// What all trainings of picture models have in common: options, pictures, sheets of samples.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/experts.h"
#include "cli/options.h"
#include "cli/sets.h"
#include "cli/settled.h"
#include "cli/training.h"
#include "rivulet/data/pictures.h"
#include "rivulet/nn/dit.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::cli {

struct PictureRun {
  /// Of a set by its name, or with none of the visitor's own, with a network of the usual size.
  explicit PictureRun(std::string name, nn::DitConfig usual = {});

  std::string set;
  std::string data;  ///< where it lies, if not where it usually does
  TrainingOptions options;
  DeviceOptions device;
  train::TrainerConfig trainer{.learning_rate = 1.5e-3F, .weight_decay = 0.1F, .warmup = 300};
  train::PictureRows rows;
  ExpertOptions experts;
  SettledOptions settled;
  std::string command;  ///< that makes the same file again
  /// Throws UsageError where options do not go together.
  std::function<void()> check = [] {};

  /// All options: of the data, of the training, of the network.
  void add(Command command);
  void add_training(Command command);
  /// What is done when the command was given: `train`, with `command` known.
  void when_chosen(Command command, Action& action, std::function<int()> train);

  /// What is learned; `make_trainer` then knows it.
  [[nodiscard]] std::shared_ptr<const data::Pictures> pictures();
  /// The checkpoint to continue from; its settings become those of this run.
  [[nodiscard]] std::optional<io::SafeTensors> checkpoint();
  /// The network as asked for by options.
  void shape(nn::DitConfig& net) const;
  [[nodiscard]] train::Trainer make_trainer(train::Objective objective,
                                            const std::optional<io::SafeTensors>& checkpoint);
  /// Trains, with a sheet of samples by `sample` at each checkpoint, and reports. `sample` makes
  /// pictures [n,D] of noise and labels [n,K] in place; without it there is no sheet.
  using Sample = std::function<void(std::span<const float> labels, std::span<float> x)>;
  [[nodiscard]] int train(train::Trainer& trainer, const nn::DitConfig& net,
                          const std::string& method, const Sample& sample,
                          const std::function<void(io::SafeTensors&)>& finish = {}) const;

 private:
  void draw_sheet(const nn::DitConfig& net, const Sample& sample) const;

  std::shared_ptr<const data::Pictures> pictures_;
  nn::DitConfig net_;
  std::optional<int> patch_;
};

/// Pictures of a sheet of samples.
inline constexpr int sheet_pictures = 36;

}  // namespace rivulet::cli
