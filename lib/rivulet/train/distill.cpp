#include "rivulet/train/distill.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"

namespace rivulet::train {
namespace {

namespace input {
constexpr auto z = "z";
constexpr auto eps = "eps";
constexpr auto abar = "abar";
constexpr auto bbar = "bbar";
constexpr auto form = "form";
}  // namespace input

// Purposes of the random streams of a step.
enum : uint64_t { latent_stream, eps_stream, level_stream, label_stream, drop_stream };

constexpr float nearest_level = 0.001F;  // to clean and to pure noise, where ratios have no value

/// What a step of either net is built of.
struct Inputs {
  Value z;
  Value eps;
  models::Level level;
  Value labels;

  Inputs(Graph& graph, const DistillNets& nets, int64_t batch)
      : z(graph.input(input::z, {batch, nets.dimensions})),
        eps(graph.input(input::eps, {batch, nets.dimensions})),
        level{.abar = graph.input(input::abar, {batch, 1}),
              .bbar = graph.input(input::bbar, {batch, 1}),
              .t = graph.input(models::input::t, {batch, 1})},
        labels(models::labels_input(graph, batch, nets.classes)) {}

  [[nodiscard]] models::DistillBatch batch(const DistillNets& of, Nets& nets) const {
    return {
        .x = of.generator(nets.weights(group::generator), z, labels), .eps = eps, .level = level};
  }
};

/// A net under labels, guided where kappa is not 1.
models::EpsPrediction under(const DistillNets::Predict& net, nn::Params& weights, Value labels,
                            const std::vector<int>& classes, float kappa) {
  return [=, &weights](Value x_t, const models::Level& level) {
    const Value wanted = net(weights, x_t, level, labels);
    if (kappa == 1 || classes.empty()) return wanted;
    const Tensor any({1, static_cast<int64_t>(classes.size())}, {classes.begin(), classes.end()});
    const Value none = broadcast(x_t.graph->constant(any), labels.shape());
    return models::guided(net(weights, x_t, level, none), wanted, kappa);
  };
}

std::vector<Loss> build_fake(Graph& graph, Nets& nets, const DistillNets& of,
                             const Distillation& how) {
  const Inputs in(graph, of, how.rows.batch);
  const auto psi = under(of.fake, nets.weights(group::fake), in.labels, of.classes, how.guidance);
  return {{"fake_loss", models::fake_loss(psi, in.batch(of, nets))}};
}

std::vector<Loss> build_generator(Graph& graph, Nets& nets, const DistillNets& of,
                                  const Distillation& how) {
  const Inputs in(graph, of, how.rows.batch);
  const auto phi =
      under(of.teacher, nets.weights(group::teacher), in.labels, of.classes, how.guidance);
  const auto psi = under(of.fake, nets.weights(group::fake), in.labels, of.classes, how.guidance);
  const models::GeneratorLoss loss = models::generator_loss(
      phi, psi, in.batch(of, nets), graph.input(input::form, {5}), how.normalise);
  return {{"loss", loss.loss}, {"l1", loss.l1}};
}

/// Draws what a step sees.
class Feeder {
 public:
  Feeder(const DistillNets& nets, std::shared_ptr<const Distillation> how)
      : classes_(nets.classes),
        how_(std::move(how)),
        points_(static_cast<size_t>(how_->rows.batch * nets.dimensions)),
        labels_(static_cast<size_t>(how_->rows.batch) * classes_.size()),
        t_(static_cast<size_t>(how_->rows.batch)),
        abar_(t_.size()),
        bbar_(t_.size()) {}

  void write(const Rng& rng, Program& program) {
    for (const auto& [name, stream] :
         {std::pair{input::z, latent_stream}, {input::eps, eps_stream}}) {
      rng.fork(stream).normal(points_);
      program.write(name, points_);
    }
    draw_levels(rng.fork(level_stream));
    program.write(input::abar, abar_);
    program.write(input::bbar, bbar_);
    program.write(models::input::t, t_);
    if (labels_.empty()) return;
    draw_labels(rng);
    models::write_labels(program, labels_);
  }

  void write_form(Program& program) const {
    program.write(input::form, models::distill_form(how_->loss, how_->lambda).values());
  }

 private:
  /// One in each of as many equal parts as there are rows.
  void draw_levels(Rng rng) {
    const float range = how_->highest_level - how_->lowest_level;
    for (size_t row = 0; row < t_.size(); ++row) {
      const float share = (static_cast<float>(row) + rng.uniform()) / static_cast<float>(t_.size());
      const float u = how_->lowest_level + range * static_cast<float>(std::pow(
                                                       double{share}, double{how_->level_power}));
      const models::NoiseLevel level = models::cosine_level(u);
      abar_[row] = level.abar;
      bbar_[row] = level.bbar;
      t_[row] = 1 - u;
    }
  }

  void draw_labels(const Rng& rng) {
    Rng values = rng.fork(label_stream);
    Rng dropped = rng.fork(drop_stream);
    const size_t attributes = classes_.size();
    for (size_t row = 0; row < t_.size(); ++row) {
      const std::span labels = std::span(labels_).subspan(row * attributes, attributes);
      for (size_t k = 0; k < attributes; ++k) {
        labels[k] = static_cast<float>(values.below(static_cast<uint32_t>(classes_[k])));
      }
      drop_labels(how_->rows, classes_, dropped, labels);
    }
  }

  std::vector<int> classes_;
  std::shared_ptr<const Distillation> how_;
  std::vector<float> points_, labels_, t_, abar_, bbar_;
};

}  // namespace

void validate(const Distillation& how) {
  constexpr auto where = "distillation";
  validate(how.rows);
  need(where, "batch", how.rows.batch, 2, 4096);
  need(where, "lambda", how.lambda, -1, 3);
  need(where, "fake steps", how.fake_steps, 1, 100);
  need(where, "lowest level", how.lowest_level, nearest_level, 1 - nearest_level);
  need(where, "highest level", how.highest_level, how.lowest_level, 1 - nearest_level);
  need(where, "level power", how.level_power, 0.25F, 8);
  need(where, "guidance", how.guidance, 0, 20);
}

io::Card distillation_card(const Distillation& how) {
  io::Card card = picture_rows_card(how.rows);
  card["distill_loss"] = name_of(how.loss);
  card["lambda"] = fmt::to_string(how.lambda);
  card["fake_steps"] = fmt::to_string(how.fake_steps);
  card["lowest_level"] = fmt::to_string(how.lowest_level);
  card["highest_level"] = fmt::to_string(how.highest_level);
  card["level_power"] = fmt::to_string(how.level_power);
  card["normalise"] = how.normalise ? "1" : "0";
  card["distill_guidance"] = fmt::to_string(how.guidance);
  return card;
}

Distillation distillation(const io::Card& card) {
  const Distillation how{
      .loss = models::distill_loss_names.read(io::card_text(card, "distill_loss")),
      .lambda = io::card_number(card, "lambda"),
      .fake_steps = static_cast<int>(io::card_integer(card, "fake_steps", 1, 100)),
      .rows = picture_rows(card),
      .lowest_level = io::card_number(card, "lowest_level"),
      .highest_level = io::card_number(card, "highest_level"),
      .level_power = io::card_number(card, "level_power"),
      .normalise = io::card_integer(card, "normalise", 0, 1) == 1,
      .guidance = io::card_number(card, "distill_guidance")};
  validate(how);
  return how;
}

Objective distill_objective(const DistillNets& nets, std::shared_ptr<const Distillation> how) {
  validate(*how);
  const auto feeder = std::make_shared<Feeder>(nets, how);
  Objective objective{
      .turns =
          {{.build = [nets, how = *how](Graph& graph,
                                        Nets& of) { return build_fake(graph, of, nets, how); },
            .feed = [feeder](const Rng& rng, Program& program) { feeder->write(rng, program); },
            .groups = {group::fake},
            .steps = how->fake_steps},
           {.build = [nets, how = *how](Graph& graph,
                                        Nets& of) { return build_generator(graph, of, nets, how); },
            .feed =
                [feeder](const Rng& rng, Program& program) {
                  feeder->write(rng, program);
                  feeder->write_form(program);
                },
            .groups = {group::generator}}},
      .card = distillation_card(*how),
      .groups = {{.name = group::generator},
                 {.name = group::fake, .averaged = false},
                 {.name = group::teacher}}};
  return objective;
}

}  // namespace rivulet::train
