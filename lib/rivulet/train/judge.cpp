#include "rivulet/train/judge.h"

#include <algorithm>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/pictures.h"

namespace rivulet::train {
namespace {

constexpr int64_t most_pictures = int64_t{1} << 24;

std::string targets_of(size_t k) { return "targets." + std::to_string(k); }

void check(const models::JudgeModel& model, const data::Pictures& pictures) {
  nn::validate(model.net);
  if (pictures.count() < 1 || pictures.count() > most_pictures) {
    fail("judge", "needs 1..16 million pictures, not " + std::to_string(pictures.count()));
  }
  if (pictures.side != model.net.side || pictures.channels != model.net.channels ||
      models::classes_of(pictures.attributes) != model.net.classes) {
    fail("judge", "the pictures of '" + pictures.name + "' are of another size or have other " +
                      "labels than the network");
  }
  const size_t attributes = model.net.classes.size();
  bool known = pictures.labels.size() == static_cast<size_t>(pictures.count()) * attributes;
  for (size_t i = 0; known && i < pictures.labels.size(); ++i) {
    known = std::cmp_less(pictures.labels[i], model.net.classes[i % attributes]);
  }
  if (!known) fail("judge", "a picture of '" + pictures.name + "' has a label without a meaning");
}

std::vector<Loss> build(Graph& graph, nn::Params& params, const models::JudgeModel& model,
                        int64_t batch) {
  const Value x = graph.input("x", {batch, model.net.pixels()});
  const nn::JudgeOutputs outputs = nn::judge(model.net, params, x);
  std::vector<Loss> losses = {{"loss", graph.fill({}, 0)}};
  for (size_t k = 0; k < outputs.logits.size(); ++k) {
    const Value targets = graph.input(targets_of(k), {batch, model.net.classes[k]});  // one-hot
    const Value entropy = reshape(softmax_cross_entropy(outputs.logits[k], targets), {});
    losses.front().value = losses.front().value + entropy;
    losses.push_back({"loss." + std::to_string(k), entropy});
  }
  if (losses.size() == 2) losses.pop_back();
  return losses;
}

/// Draws the batches.
class Feeder {
 public:
  Feeder(const models::JudgeModel& model, const JudgeTraining& training,
         std::shared_ptr<const data::Pictures> pictures)
      : training_(training), pictures_(std::move(pictures)) {
    const auto rows = static_cast<size_t>(training.batch);
    moved_.resize(static_cast<size_t>(model.net.pixels()));
    x_.resize(rows * moved_.size());
    for (const int classes : model.net.classes) {
      targets_.emplace_back(rows * static_cast<size_t>(classes));
    }
  }

  void operator()(const Rng& step, Program& program) {
    Rng rng = step;
    for (std::vector<float>& targets : targets_) std::ranges::fill(targets, 0.0F);
    for (size_t row = 0; std::cmp_less(row, training_.batch); ++row) draw(rng, row);
    program.write("x", x_);
    for (size_t k = 0; k < targets_.size(); ++k) program.write(targets_of(k), targets_[k]);
  }

 private:
  void draw(Rng& rng, size_t row) {
    const auto i = int64_t{rng.below(static_cast<uint32_t>(pictures_->count()))};
    const auto shift = [&] {
      return static_cast<int>(rng.below(static_cast<uint32_t>(2 * training_.shift + 1))) -
             training_.shift;
    };
    const int dx = shift();
    const int dy = shift();
    const bool mirror = training_.mirror && rng.below(2) == 1;
    moved_picture(pictures_->picture(i), pictures_->side, pictures_->channels, dx, dy, mirror,
                  moved_);
    data::to_model(moved_, std::span(x_).subspan(row * moved_.size(), moved_.size()));
    const std::span<const uint8_t> labels = pictures_->labels_of(i);
    for (size_t k = 0; k < targets_.size(); ++k) {
      const size_t classes = targets_[k].size() / static_cast<size_t>(training_.batch);
      targets_[k][row * classes + labels[k]] = 1;
    }
  }

  JudgeTraining training_;
  std::shared_ptr<const data::Pictures> pictures_;
  std::vector<uint8_t> moved_;               // [D]
  std::vector<float> x_;                     // [B,D]
  std::vector<std::vector<float>> targets_;  // [B,classes[k]] of each attribute
};

}  // namespace

JudgeTraining usual_judge_training(std::string_view dataset) {
  if (dataset == "fashion") return {.steps = 6000, .shift = 1, .mirror = true};
  return {.steps = 3000, .shift = 0};  // of drawn pictures a pixel's place means something
}

TrainerConfig judge_trainer(const JudgeTraining& training) {
  return {.learning_rate = 3e-3F,
          .weight_decay = 0.05F,
          .ema_decay = 0.998F,
          .warmup = 100,
          .schedule_steps = training.steps,
          .floor = 0.02F};
}

void validate(const JudgeTraining& training) {
  need("judge", "the batch", training.batch, 1, 4096);
  need<int64_t>("judge", "steps", training.steps, 1, 1'000'000'000);
  need("judge", "the shift", training.shift, 0, 8);
}

io::Card judge_training_card(const JudgeTraining& training) {
  return {{"batch", std::to_string(training.batch)},
          {"steps", std::to_string(training.steps)},
          {"shift", std::to_string(training.shift)},
          {"mirror", training.mirror ? "1" : "0"}};
}

JudgeTraining judge_training(const io::Card& card) {
  JudgeTraining training{
      .batch = static_cast<int>(io::card_integer(card, "batch", 1, 4096)),
      .steps = io::card_integer(card, "steps", 1, 1'000'000'000),
      .shift = static_cast<int>(io::card_integer(card, "shift", 0, 8)),
      .mirror = io::card_integer(card, "mirror", 0, 1) == 1,
  };
  validate(training);
  return training;
}

Objective judge_objective(const models::JudgeModel& model, const JudgeTraining& training,
                          std::shared_ptr<const data::Pictures> pictures) {
  validate(training);
  check(model, *pictures);
  const auto count = std::to_string(pictures->count());
  Objective objective = simple_objective(
      {.build = [model, batch = training.batch](
                    Graph& graph,
                    Nets& nets) { return build(graph, nets.weights(), model, batch); },
       .feed = [feeder = std::make_shared<Feeder>(model, training, std::move(pictures))](
                   const Rng& rng, Program& program) { (*feeder)(rng, program); }},
      models::judge_card(model));
  objective.card.merge(judge_training_card(training));
  objective.card["pictures"] = count;
  return objective;
}

void moved_picture(std::span<const uint8_t> picture, int side, int channels, int dx, int dy,
                   bool mirror, std::span<uint8_t> out) {
  const auto depth = static_cast<size_t>(channels);
  for (int y = 0; y < side; ++y) {
    const int from_y = std::clamp(y + dy, 0, side - 1);
    for (int x = 0; x < side; ++x) {
      const int seen = std::clamp(x + dx, 0, side - 1);
      const int from_x = mirror ? side - 1 - seen : seen;
      const auto from = static_cast<size_t>(from_y * side + from_x) * depth;
      const auto to = static_cast<size_t>(y * side + x) * depth;
      std::ranges::copy(picture.subspan(from, depth), out.subspan(to, depth).begin());
    }
  }
}

}  // namespace rivulet::train
