// The training of any network: what is trained is an Objective, how is here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/params.h"
#include "rivulet/train/nets.h"

namespace rivulet::train {

struct TrainerConfig {
  float learning_rate = 1e-3F;     ///< peak of warm-up + cosine
  float weight_decay = 0.01F;      ///< decoupled (AdamW)
  float clip = 1;                  ///< largest norm of all gradients together; 0: no limit
  float beta2 = 0.99F;             ///< of AdamW: of the squared gradients
  float ema_decay = 0.999F;        ///< of the averaged weights, which are what is kept
  int64_t warmup = 200;            ///< steps
  int64_t schedule_steps = 20000;  ///< the cosine ends here, at `floor` of the peak
  float floor = 0.05F;
  uint64_t seed = 1;
  float beta1 = 0.9F;  ///< of AdamW: of the gradients (momentum)

  friend bool operator==(const TrainerConfig&, const TrainerConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const TrainerConfig& config);

/// As entries of a model card, and back (Error when one is missing or out of range). Those of a
/// named group are "NAME.learning_rate", ... and have no seed, which is the trainer's.
[[nodiscard]] io::Card trainer_card(const TrainerConfig& config, std::string_view group = {});
[[nodiscard]] TrainerConfig trainer_config(const io::Card& card, std::string_view group = {});

/// A number that a training step reports.
struct Loss {
  std::string name;  ///< "loss" (the one that is trained, first), "flow_loss", ...
  Value value;       ///< one element
};

/// Weights that learn together: a net with an optimiser and averages of its own. One that no turn
/// names stays as it is (a teacher).
struct Group {
  std::string name;  ///< its states are "NAME.WEIGHT"; "": just "WEIGHT"
  /// Its own optimiser, schedule (over ITS updates) and averages; the trainer's if there is none.
  std::optional<TrainerConfig> config = {};
  /// What its weights begin as, each by its name in the net; random numbers if there is nothing.
  std::shared_ptr<const io::SafeTensors> first = {};
  bool averaged = true;  ///< nothing asks for the averages of one that is not
};

/// A kind of training step, compiled once: which groups learn in it, and from what.
struct Turn {
  /// Declares inputs, asks `nets` for weights and returns losses: for each of `groups` the one it
  /// descends, in their order, then others to report.
  std::function<std::vector<Loss>(Graph&, Nets& nets)> build;
  /// Writes the inputs of one step. All of its randomness is `rng`'s, which depends on the seed and
  /// the number of the step only: a checkpoint needs no generator's position.
  std::function<void(const Rng& rng, Program& program)> feed;
  std::vector<std::string> groups = {""};
  int64_t steps = 1;  ///< that it lasts, before the next turn
};

class Trainer;

/// What is trained.
struct Objective {
  /// Taken in turn, over and over: {fake net, 5 steps}, {generator, 1 step}, say.
  std::vector<Turn> turns;
  /// Metadata of the files it is saved to: architecture, data set, ...
  io::Card card = {};
  /// The first is the model: its averages are what is kept.
  std::vector<Group> groups = {{.name = ""}};
  /// Called before each step; may read the averages of all steps before.
  std::function<void(Trainer&)> before_step = {};
  /// What the objective itself must remember in a checkpoint, beside the programs' states, and back
  /// (Error when it is damaged: then nothing has changed).
  std::function<void(io::SafeTensors& checkpoint)> save = {};
  std::function<void(const io::SafeTensors& checkpoint)> restore = {};
};

/// The objective of one net that is trained by one kind of step.
[[nodiscard]] Objective simple_objective(Turn turn, io::Card card);

/// A copy of averaged weights, to hand from a training thread to a sampling thread.
struct Weights {
  std::vector<std::vector<float>> tensors;
  int64_t step = 0;
};

/// Owns the compiled training steps: forward, backward, AdamW, averages. One thread steps it.
/// The same objective and seed give the same losses on the same device, to the bit.
class Trainer {
 public:
  Trainer(Objective objective, const TrainerConfig& config, const Device& device,
          const CompileOptions& options = {});
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;
  ~Trainer();

  /// Continues from a checkpoint as if training had never stopped. Throws Error when a state is
  /// missing or of another size: then nothing has changed.
  void restore(const io::SafeTensors& checkpoint);

  /// One optimiser step; returns the loss of the first group that learns in it. Throws Error when
  /// loss or gradients are not finite: then the weights before the step stay.
  float step();
  [[nodiscard]] int64_t steps() const;
  /// The trainer's own, or that of a group which has one (Error where it has none).
  [[nodiscard]] const TrainerConfig& config(std::string_view group = {}) const;
  /// Every loss of the last step, by name, and one of them (Error when it has none of that name).
  [[nodiscard]] std::vector<std::pair<std::string, float>> losses() const;
  [[nodiscard]] float loss(std::string_view name) const;
  /// Of the first group that learned in the last step, before clipping.
  [[nodiscard]] float gradient_norm() const;
  /// The graph and the program of a turn. Outputs are those of the last step, of its turn alone.
  [[nodiscard]] const Graph& graph(size_t turn = 0) const;
  [[nodiscard]] Program& program(size_t turn = 0);
  [[nodiscard]] const Program& program(size_t turn = 0) const;
  /// Numbers in the weights that are kept.
  [[nodiscard]] int64_t parameters() const;
  /// Peak of the learning rate, and averaging, from the next step on. `group`: one with a config of
  /// its own, or by default all others.
  void set_learning_rate(float learning_rate, std::string_view group = {});
  void set_ema_decay(float decay, std::string_view group = {});

  /// Copies the averaged weights that are kept (reuses the memory of `out`).
  void averaged(Weights& out) const;
  /// They and the card: a model to ship.
  [[nodiscard]] io::SafeTensors weights() const;
  /// That, and every state of training under "training/NAME": something to resume from. Where the
  /// device was lost, the last copy that `keep_copies` made, of some steps ago.
  [[nodiscard]] io::SafeTensors checkpoint() const;
  /// From now on a twentieth of the time goes into copies of all states, where the device has a
  /// memory of its own: training survives it.
  void keep_copies();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::train
