#include "rivulet/train/diffusion.h"

#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/train/experts.h"
#include "rivulet/train/pictures.h"

namespace rivulet::train {
namespace {

using models::Prediction;

std::vector<Loss> build(Graph& graph, nn::Params& params, const models::DiffusionModel& model,
                        int64_t batch) {
  const PictureInputs inputs(graph, model.pictures.net, batch);
  const Shape column{batch, 1};
  const Value told = graph.input(models::input::t, column);
  const Value abar = graph.input("abar", column);
  const Value bbar = graph.input("bbar", column);
  const Value x_t = abar * inputs.pictures + bbar * inputs.noise;  // [B,D]
  nn::MoeTrace trace;
  const Value out = nn::dit(model.pictures.net, params,
                            {.x = x_t,
                             .t = told,
                             .d = graph.fill(column, 0),
                             .guidance = graph.fill(column, 1),
                             .labels = inputs.labels},
                            &trace);
  const Value target =
      prediction_target(model.prediction, inputs.pictures, inputs.noise, abar, bbar);
  return with_experts({{"loss", mean(square(out - target))}}, trace);
}

/// Draws the batches and their levels of noise.
class Feeder {
 public:
  Feeder(const nn::DitConfig& net, const PictureRows& rows,
         std::shared_ptr<const data::Pictures> pictures)
      : batches_(net, rows, std::move(pictures)),
        told_(static_cast<size_t>(rows.batch)),
        d_(told_.size()),
        abar_(told_.size()),
        bbar_(told_.size()) {}

  void operator()(const Rng& rng, Program& program) {
    batches_.write(rng, program);
    Rng times = rng.fork(times_stream);
    models::draw_times(models::Method::flow_matching, times, told_, d_, {}, 0);
    for (size_t row = 0; row < told_.size(); ++row) {
      const models::NoiseLevel level = models::cosine_level(1 - told_[row]);
      abar_[row] = level.abar;
      bbar_[row] = level.bbar;
    }
    program.write(models::input::t, told_);
    program.write("abar", abar_);
    program.write("bbar", bbar_);
  }

 private:
  PictureBatches batches_;
  std::vector<float> told_, d_, abar_, bbar_;
};

}  // namespace

Value prediction_target(Prediction prediction, Value x_0, Value eps, Value abar, Value bbar) {
  switch (prediction) {
    case Prediction::eps:
      return eps;
    case Prediction::x0:
      return x_0;
    case Prediction::v:
      return abar * eps - bbar * x_0;
    case Prediction::flow:
      break;
  }
  fail("diffusion", "a flow is not trained by DDPM's loss");
}

Objective diffusion_objective(const models::DiffusionModel& model, const PictureRows& rows,
                              std::shared_ptr<const data::Pictures> pictures) {
  const auto count = std::to_string(pictures->count());
  Objective objective = simple_objective(
      {.build = [model, batch = rows.batch](
                    Graph& graph,
                    Nets& nets) { return build(graph, nets.weights(), model, batch); },
       .feed = [feeder = std::make_shared<Feeder>(model.pictures.net, rows, std::move(pictures))](
                   const Rng& rng, Program& program) { (*feeder)(rng, program); }},
      models::diffusion_card(model));
  objective.card.merge(picture_rows_card(rows));
  objective.card["pictures"] = count;
  return objective;
}

models::DiffusionModel diffusion_model_for(Prediction prediction, const data::Pictures& pictures) {
  return {.prediction = prediction,
          .pictures = picture_model_for(models::Method::flow_matching, pictures).pictures};
}

}  // namespace rivulet::train
