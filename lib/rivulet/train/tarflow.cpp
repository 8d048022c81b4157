#include "rivulet/train/tarflow.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "rivulet/data/palette.h"
#include "rivulet/graph/ops.h"

namespace rivulet::train {
namespace {

constexpr int fewest_tokens = 7;      // along a side
constexpr double many_black = 0.125;  // share of bytes that are 0

std::vector<Loss> build(Graph& graph, nn::Params& params, const models::TarflowModel& model,
                        int64_t batch) {
  const PictureInputs inputs(graph, model.pictures.net, batch);
  const Value noisy = models::noisy_pictures(model, inputs.pictures, inputs.noise);
  const nn::Flowed flowed = models::tarflow_of_pictures(model, params, noisy, inputs.labels);
  return {{"loss", nn::tarflow_loss(flowed)},
          {"log_scale", mean(flowed.log_det) / -static_cast<float>(model.pixels())}};
}

int usual_tarflow_patch(int side) {
  int best = 1;
  for (int patch = 1; fewest_tokens * patch <= side; ++patch) {
    if (side % patch == 0) best = patch;
  }
  return best;
}

models::Tone usual_tone(models::TarflowNoise noise, const data::Pictures& pictures) {
  if (noise == models::TarflowNoise::gaussian) return models::Tone::linear;
  const auto black = static_cast<double>(std::ranges::count(pictures.pixels, uint8_t{0}));
  return black > many_black * static_cast<double>(pictures.pixels.size())
             ? models::Tone::logarithmic
             : models::Tone::linear;
}

}  // namespace

Objective tarflow_objective(const models::TarflowModel& model, const PictureRows& rows,
                            std::shared_ptr<const data::Pictures> pictures) {
  models::validate(model);
  const auto count = std::to_string(pictures->count());
  const auto batches =
      std::make_shared<PictureBatches>(model.pictures.net, rows, std::move(pictures));
  Objective objective = simple_objective(
      {.build = [model, batch = rows.batch](
                    Graph& graph,
                    Nets& nets) { return build(graph, nets.weights(), model, batch); },
       .feed = [batches](const Rng& rng, Program& program) { batches->write(rng, program); }},
      models::tarflow_card(model));
  objective.card.merge(picture_rows_card(rows));
  objective.card["pictures"] = count;
  return objective;
}

models::TarflowModel tarflow_model_for(models::TarflowNoise noise, const data::Pictures& pictures) {
  return {.pictures = {.net = {.side = pictures.side,
                               .channels = pictures.channels,
                               .patch = usual_tarflow_patch(pictures.side),
                               .width = 128,
                               .depth = 4,
                               .heads = 2,
                               .classes = models::classes_of(pictures.attributes)},
                       .dataset = pictures.name,
                       .attributes = pictures.attributes,
                       .palette = data::palette_of(pictures)},
          .noise = noise,
          .tone = usual_tone(noise, pictures)};
}

}  // namespace rivulet::train
