// What every training run from the command line does: progress, checkpoints, a log, pictures.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/lock.h"
#include "rivulet/data/pictures.h"
#include "rivulet/train/trainer.h"

namespace rivulet::cli {

struct TrainingOptions {
  std::string out;                 ///< weights; "": nothing is kept, as was asked for
  std::string resume;              ///< a checkpoint
  int64_t steps = 0;               ///< train until this step
  double checkpoint_seconds = 60;  ///< between checkpoints
  int log_every = 20;              ///< steps between lines of the log
  bool json = false;
  bool no_save = false;
  std::shared_ptr<OutputLock> lock = {};
  std::string name = {};    ///< of the command, which names what is not named
  bool named_here = false;  ///< nobody said where to save

  void add(Command command);
  /// A place to save where none was given: beside the checkpoint that is resumed, or by the
  /// command's name, where nothing lies yet. Throws UsageError where --out and --no-save are given.
  void settle();
  /// Says where to save if nobody else did, and takes the place: throws Error when it cannot be
  /// written, or when another run writes there.
  void claim();
  /// OUT with its .safetensors taken for another ending: where checkpoint, log and pictures go.
  [[nodiscard]] std::string beside(const std::string& ending) const;
};

/// What was learned, as an entry of the card.
void mark_data(io::Card& card, const data::Pictures& pictures);
/// Throws Error unless a run that is resumed learned these very pictures. Older checkpoints do not
/// say all of it.
void check_data(const io::Card& checkpoint, const data::Pictures& pictures,
                const std::string& file);

struct TrainingReport {
  int64_t first = 0;  ///< step at which this run began
  int64_t last = 0;
  double seconds = 0;
  double loss = 0;  ///< mean over the last lines of the log
  bool interrupted = false;
};

/// Trains until `options.steps`, SIGINT, SIGTERM or SIGHUP. Before the first step what will be
/// saved is written and read in memory, so that no name or number can spoil it at the end. Beside
/// OUT it keeps OUT.ckpt (all that resuming needs), OUT.jsonl (a line now and then) and what
/// `picture` draws at checkpoints, as often as it takes 2 % of the time at most. At the end the
/// averaged weights go to OUT in half precision, first of all: what cannot be written (on a full
/// disk, say) is named, the rest is saved, and then it throws Error. A checkpoint on the way that
/// cannot be written is reported and tried again; a loss that is not finite stops with the last
/// good checkpoint kept. `finish` has the last word on the weights.
[[nodiscard]] TrainingReport run_training(train::Trainer& trainer, int batch,
                                          const TrainingOptions& options,
                                          const std::function<void()>& picture,
                                          const std::function<void(io::SafeTensors&)>& finish = {});

}  // namespace rivulet::cli
