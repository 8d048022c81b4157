#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/kind.h"

namespace rivulet::models {
namespace {

/// Of a file that DDPM's loss trained.
Prediction trained_prediction(const io::Card& card) {
  const auto found = prediction_names.find(io::card_text(card, "prediction"));
  if (!found || *found == Prediction::flow) io::bad_card(card, "prediction");
  return *found;
}

}  // namespace

io::Card diffusion_card(const DiffusionModel& model) {
  io::Card card = picture_net_card(model.pictures);
  card["method"] = diffusion_method;
  card["prediction"] = name_of(model.prediction);
  return card;
}

DiffusionModel diffusion_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  check_architecture(card, ModelKind::diffusion);
  if (kind_of(card) == ModelKind::picture_flow) {
    PictureModel model = picture_model(file);
    need_all_times("diffusion", model);
    return {.prediction = Prediction::flow, .pictures = std::move(model.pictures)};
  }
  return {.prediction = trained_prediction(card), .pictures = picture_net(card)};
}

}  // namespace rivulet::models
