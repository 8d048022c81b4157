// What every training run from the command line does: progress, checkpoints, a log, pictures.
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "rivulet/train/trainer.h"

namespace rivulet::cli {

struct TrainingOptions {
  std::string out;                 ///< weights; "" keeps nothing
  std::string resume;              ///< a checkpoint
  int64_t steps = 0;               ///< train until this step
  double checkpoint_seconds = 60;  ///< between checkpoints
  int log_every = 20;              ///< steps between lines of the log
  bool json = false;

  void add(Command command);
  /// OUT with its .safetensors taken for another ending: where checkpoint, log and pictures go.
  [[nodiscard]] std::string beside(const std::string& ending) const;
};

struct TrainingReport {
  int64_t first = 0;  ///< step at which this run began
  int64_t last = 0;
  double seconds = 0;
  double loss = 0;  ///< mean over the last lines of the log
  bool interrupted = false;
};

/// Trains until `options.steps`, SIGINT or SIGTERM. Beside OUT it keeps OUT.ckpt (all that resuming
/// needs), OUT.jsonl (a line now and then) and what `picture` draws at each checkpoint. At the end
/// the averaged weights go to OUT in half precision. A checkpoint that cannot be written (a full
/// disk, say) is reported and tried again; a loss that is not finite stops with the last good
/// checkpoint kept. `finish` has the last word on the weights.
[[nodiscard]] TrainingReport run_training(train::Trainer& trainer, int batch,
                                          const TrainingOptions& options,
                                          const std::function<void()>& picture,
                                          const std::function<void(io::SafeTensors&)>& finish = {});

}  // namespace rivulet::cli
