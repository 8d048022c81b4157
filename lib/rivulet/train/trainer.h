// The training of any network: what is trained is an Objective, how is here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/params.h"

namespace rivulet::train {

struct TrainerConfig {
  float learning_rate = 1e-3F;     ///< peak of warm-up + cosine
  float weight_decay = 0.01F;      ///< decoupled (AdamW)
  float clip = 1;                  ///< largest norm of all gradients together; 0: no limit
  float beta2 = 0.99F;             ///< of AdamW
  float ema_decay = 0.999F;        ///< of the averaged weights, which are what is kept
  int64_t warmup = 200;            ///< steps
  int64_t schedule_steps = 20000;  ///< the cosine ends here, at `floor` of the peak
  float floor = 0.05F;
  uint64_t seed = 1;

  friend bool operator==(const TrainerConfig&, const TrainerConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const TrainerConfig& config);

/// As entries of a model card, and back (Error when one is missing or out of range).
[[nodiscard]] io::Card trainer_card(const TrainerConfig& config);
[[nodiscard]] TrainerConfig trainer_config(const io::Card& card);

/// A number that a training step reports.
struct Loss {
  std::string name;  ///< "loss" (the one that is trained, first), "flow_loss", ...
  Value value;       ///< one element
};

/// What is trained.
struct Objective {
  /// Declares inputs, asks `params` for weights and returns losses, the total first. `averages`
  /// gives the same weights averaged, for targets; call it after the network was evaluated once.
  std::function<std::vector<Loss>(Graph&, nn::Params& params,
                                  const std::function<nn::Params&()>& averages)>
      build;
  /// Writes the inputs of one step. All of its randomness is `rng`'s, which depends on the seed and
  /// the number of the step only: a checkpoint needs no generator's position.
  std::function<void(const Rng& rng, Program& program)> feed;
  /// Metadata of the files it is saved to: architecture, data set, ...
  io::Card card;
};

/// Owns the compiled training step: forward, backward, AdamW, averages. One thread steps it.
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

  /// One optimiser step; returns the total loss. Throws Error when loss or gradients are not
  /// finite: then the weights before the step stay.
  float step();
  [[nodiscard]] int64_t steps() const;
  [[nodiscard]] const TrainerConfig& config() const;
  /// Every loss of the last step, by name.
  [[nodiscard]] std::vector<std::pair<std::string, float>> losses() const;
  [[nodiscard]] float gradient_norm() const;
  [[nodiscard]] Program& program();
  [[nodiscard]] int64_t parameters() const;
  /// Peak of the learning rate, and averaging, from the next step on.
  void set_learning_rate(float learning_rate);
  void set_ema_decay(float decay);

  /// The averaged weights and the card: a model to ship.
  [[nodiscard]] io::SafeTensors weights() const;
  /// That, and every state of training under "training/NAME": something to resume from.
  [[nodiscard]] io::SafeTensors checkpoint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::train
