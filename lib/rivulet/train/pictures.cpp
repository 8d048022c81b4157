#include "rivulet/train/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/data/palette.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/train/experts.h"

namespace rivulet::train {
namespace {

using models::Method;

/// Below every step size that a network is asked for, but 0.
constexpr float below_smallest = 0.5F / (1 << models::shortcut_levels);

/// The rows that ask for the smallest of the step sizes come first; there are as many at most.
int64_t finest_rows(int64_t bootstrap, float long_steps) {
  const float share = models::step_shares(long_steps).back();
  const auto whole = static_cast<int64_t>(share * static_cast<float>(bootstrap));
  return std::min(bootstrap, whole + 1);
}

/// The inputs of a training step.
struct Inputs {
  models::FlowBatch rows;
  Value guidance;  // [B,1]
  Value labels;    // [B,K]

  Inputs(Graph& graph, const PictureInputs& inputs, int64_t bootstrap)
      : rows{.x0 = inputs.noise,
             .x1 = inputs.pictures,
             .t = graph.input(models::input::t, {inputs.noise.shape()[0], 1}),
             .d = graph.input(models::input::d, {inputs.noise.shape()[0], 1}),
             .split = {},
             .bootstrap = bootstrap},
        guidance(graph.input(models::input::guidance, {inputs.noise.shape()[0], 1})),
        labels(inputs.labels) {}
};

/// 1 where d = 0.
Value is_instant(Value d) { return less(d, d.graph->fill(d.shape(), below_smallest)); }

/// The velocity of the first rows of a batch, however many are asked for. Only steps are told of
/// guidance: the instantaneous velocity is learned, and asked for, without.
models::Velocity over(const nn::DitConfig& net, const Inputs& inputs, nn::Params& weights,
                      nn::MoeTrace* trace = nullptr) {
  return [net, &inputs, &weights, trace](Value x, Value t, Value d) {
    const auto first = [&](Value v) { return slice(v, 0, 0, x.shape()[0]); };
    const Value one = x.graph->fill(d.shape(), 1);
    return nn::dit(net, weights,
                   {.x = x,
                    .t = t,
                    .d = d,
                    .guidance = select(is_instant(d), one, first(inputs.guidance)),
                    .labels = net.classes.empty() ? Value{} : first(inputs.labels)},
                   trace);
  };
}

/// The velocity whose straight way ends where that of v does, clipped to the range of pixels.
/// Without it guidance drives pictures out of all that the network has seen, and what it makes of
/// them there becomes the next target (static thresholding: arXiv 2205.11487, section 2.3).
Value clip_end(Value x, Value t, Value v) {
  const Value left = 1.0F - t;  // [G,1]; at least the finest step
  const Value one = x.graph->fill(x.shape(), 1);
  return (maximum(minimum(x + left * v, one), neg(one)) - x) / left;
}

/// v_any + w (v_labels - v_any), clipped, where the row asks for the smallest step, whose d arrives
/// as 0; v_labels elsewhere.
models::Velocity guided(const nn::DitConfig& net, const Inputs& inputs, nn::Params& weights,
                        float long_steps) {
  models::Velocity plain = over(net, inputs, weights);
  if (net.classes.empty()) return plain;
  return [net, &inputs, &weights, plain, long_steps](Value x, Value t, Value d) {
    const Value v = plain(x, t, d);  // [S,D]
    const int64_t self = x.shape()[0];
    const int64_t finest = finest_rows(self, long_steps);
    const auto first = [&](Value rows) { return slice(rows, 0, 0, finest); };
    const Tensor any({1, static_cast<int64_t>(net.classes.size())},
                     {net.classes.begin(), net.classes.end()});
    const Value w = first(inputs.guidance);  // [G,1]
    const Value labels = broadcast(x.graph->constant(any), {finest, any.shape()[1]});
    const Value one = x.graph->fill(w.shape(), 1);
    const Value v_any =
        nn::dit(net, weights,
                {.x = first(x), .t = first(t), .d = first(d), .guidance = one, .labels = labels});
    const Value pulled = clip_end(first(x), first(t), v_any + w * (first(v) - v_any));
    const Value is_guided = less(first(d), x.graph->fill(w.shape(), below_smallest)) *
                            less(x.graph->fill(w.shape(), 1), w);                        // [G,1]
    const Value moved = select(broadcast(is_guided, pulled.shape()), pulled, first(v));  // [G,D]
    if (finest == self) return moved;
    return concat({moved, slice(v, 0, finest, self - finest)}, 0);
  };
}

std::vector<Loss> build(Graph& graph, Nets& nets, const models::PictureModel& model,
                        const PictureTraining& training) {
  const int64_t bootstrap = bootstrap_rows(model, training);
  const Inputs inputs(graph, {graph, model.pictures.net, training.rows.batch}, bootstrap);
  nn::MoeTrace trace;
  const models::Velocity v = over(model.pictures.net, inputs, nets.weights(), &trace);
  if (bootstrap == 0) {
    return with_experts({{"loss", models::flow_matching_loss(v, inputs.rows).total}}, trace);
  }
  const models::FlowLoss loss = models::shortcut_loss(
      v, guided(model.pictures.net, inputs, nets.averages(), training.long_steps), inputs.rows,
      training.self_weight);
  return with_experts({{"loss", loss.total}, {"flow_loss", loss.flow}, {"self_loss", loss.self}},
                      trace);
}

/// Draws the batches, and the times that the method asks for.
class Feeder {
 public:
  Feeder(const models::PictureModel& model, const PictureTraining& training,
         std::shared_ptr<const data::Pictures> pictures)
      : method_(model.method),
        training_(training),
        batches_(model.pictures.net, training.rows, std::move(pictures)),
        self_(static_cast<size_t>(bootstrap_rows(model, training))) {
    const auto rows = static_cast<size_t>(training.rows.batch);
    t_.resize(rows);
    d_.resize(rows);
    guidance_.resize(rows);
  }

  void operator()(const Rng& rng, Program& program) {
    batches_.write(rng, program);
    draw_times(rng);
    program.write(models::input::t, t_);
    program.write(models::input::d, d_);
    program.write(models::input::guidance, guidance_);
  }

 private:
  void draw_times(const Rng& rng) {
    Rng times = rng.fork(times_stream);
    models::draw_times(method_, times, t_, d_, {}, static_cast<int64_t>(self_),
                       training_.long_steps);
    sort_by_step();
    Rng scale = rng.fork(guidance_stream);
    for (size_t i = 0; i < guidance_.size(); ++i) {
      const float u = scale.uniform();  // the weak scales, which are used most, more often
      guidance_[i] = i < self_ ? 1 + (training_.highest_guidance - 1) * u * u : 1;
    }
  }

  /// The finest steps first, in the order drawn: pictures, noise and labels are alike in all rows.
  void sort_by_step() {
    std::vector<std::tuple<float, size_t, float>> rows(self_);
    for (size_t i = 0; i < self_; ++i) rows[i] = {d_[i], i, t_[i]};
    std::ranges::sort(rows);
    for (size_t i = 0; i < self_; ++i) std::tie(d_[i], std::ignore, t_[i]) = rows[i];
  }

  Method method_;
  PictureTraining training_;
  PictureBatches batches_;
  size_t self_;
  std::vector<float> t_, d_, guidance_;
};

}  // namespace

void validate(const PictureTraining& training) {
  validate(training.rows);
  need("pictures", "batch", training.rows.batch, 2, 4096);
  need("pictures", "bootstrap", training.bootstrap, 0, 0.9F);
  need("pictures", "self weight", training.self_weight, 0, 1000);
  need("pictures", "long steps", training.long_steps, 0, 4);
  need("pictures", "highest guidance", training.highest_guidance, 1, 20);
}

io::Card picture_training_card(const PictureTraining& training) {
  io::Card card = picture_rows_card(training.rows);
  card["bootstrap"] = fmt::to_string(training.bootstrap);
  card["self_weight"] = fmt::to_string(training.self_weight);
  card["long_steps"] = fmt::to_string(training.long_steps);
  card["highest_guidance"] = fmt::to_string(training.highest_guidance);
  return card;
}

PictureTraining picture_training(const io::Card& card) {
  const PictureTraining training{.rows = picture_rows(card),
                                 .bootstrap = io::card_number(card, "bootstrap"),
                                 .self_weight = io::card_number(card, "self_weight"),
                                 .long_steps = io::card_number(card, "long_steps"),
                                 .highest_guidance = io::card_number(card, "highest_guidance")};
  validate(training);
  return training;
}

int64_t bootstrap_rows(const models::PictureModel& model, const PictureTraining& training) {
  if (!models::has_self_consistency(model.method)) return 0;
  const auto rows = std::lround(training.bootstrap * static_cast<float>(training.rows.batch));
  return std::clamp<int64_t>(rows, 0, training.rows.batch - 1);
}

Objective picture_objective(const models::PictureModel& model, const PictureTraining& training,
                            std::shared_ptr<const data::Pictures> pictures) {
  validate(training);
  const auto count = std::to_string(pictures->count());
  Objective objective = simple_objective(
      {.build = [model, training](Graph& graph,
                                  Nets& nets) { return build(graph, nets, model, training); },
       .feed = [feeder = std::make_shared<Feeder>(model, training, std::move(pictures))](
                   const Rng& rng, Program& program) { (*feeder)(rng, program); }},
      models::picture_card(model));
  for (auto& [key, text] : picture_training_card(training)) objective.card[key] = text;
  objective.card["pictures"] = count;
  return objective;
}

int usual_patch(int side, int channels) {
  int best = 1;
  for (int patch = 1; 4 * patch <= side; ++patch) {
    if (side % patch == 0 && patch * patch * channels <= 64) best = patch;
  }
  return best;
}

models::PictureModel picture_model_for(models::Method method, const data::Pictures& pictures) {
  return {.method = method,
          .pictures = {.net = {.side = pictures.side,
                               .channels = pictures.channels,
                               .patch = usual_patch(pictures.side, pictures.channels),
                               .classes = models::classes_of(pictures.attributes)},
                       .dataset = pictures.name,
                       .attributes = pictures.attributes,
                       .palette = data::palette_of(pictures)}};
}

}  // namespace rivulet::train
