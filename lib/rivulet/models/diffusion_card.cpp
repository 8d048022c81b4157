#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/models/ddpm.h"

namespace rivulet::models {
namespace {

constexpr auto ddpm = "ddpm";  // the method of the card
constexpr std::array<std::string_view, 4> names = {"eps", "x0", "v", "flow"};

/// Of a file that DDPM's loss trained.
Prediction trained_prediction(const io::Card& card) {
  const std::string& name = io::card_text(card, "prediction");
  const auto found = std::find(names.begin(), names.begin() + trained_predictions, name);
  if (found == names.begin() + trained_predictions) io::bad_card(card, "prediction");
  return static_cast<Prediction>(found - names.begin());
}

}  // namespace

std::string_view name_of(Prediction prediction) {
  return names.at(static_cast<size_t>(prediction));
}

Prediction prediction_of(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    fail("prediction", "there is no '" + std::string(name) + "', only eps, x0, v and flow");
  }
  return static_cast<Prediction>(found - names.begin());
}

std::vector<float> DiffusionModel::any() const { return {net.classes.begin(), net.classes.end()}; }

io::Card diffusion_card(const DiffusionModel& model) {
  io::Card card = picture_net_card({.net = model.net,
                                    .dataset = model.dataset,
                                    .attributes = model.attributes,
                                    .palette = model.palette});
  card["method"] = ddpm;
  card["prediction"] = name_of(model.prediction);
  return card;
}

DiffusionModel diffusion_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  if (io::card_text(card, "architecture") != "dit") io::bad_card(card, "architecture");
  if (io::card_text(card, "method") != ddpm) {
    PictureModel model = picture_model(file);
    return {.prediction = Prediction::flow,
            .net = std::move(model.net),
            .dataset = std::move(model.dataset),
            .attributes = std::move(model.attributes),
            .palette = std::move(model.palette)};
  }
  PictureNet net = picture_net(card);
  return {.prediction = trained_prediction(card),
          .net = std::move(net.net),
          .dataset = std::move(net.dataset),
          .attributes = std::move(net.attributes),
          .palette = std::move(net.palette)};
}

}  // namespace rivulet::models
