#include <fmt/format.h>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/card_names.h"
#include "rivulet/models/tarflow.h"

namespace rivulet::models {
namespace {

/// Of entries that older files do not have.
template <typename Enum, size_t Count>
Enum value_or(const io::Card& card, const char* key, const Names<Enum, Count>& names,
              Enum otherwise) {
  return card.contains(key) ? card_value(card, key, names) : otherwise;
}

}  // namespace

nn::TarflowConfig TarflowModel::config() const {
  const nn::DitConfig& net = pictures.net;
  return {.tokens = static_cast<int>(net.tokens()),
          .dims = net.patch * net.patch * net.channels,
          .blocks = blocks,
          .layers = {.width = net.width,
                     .depth = net.depth,
                     .heads = net.heads,
                     .mlp_ratio = net.mlp_ratio,
                     .experts = net.experts},
          .coupling = coupling,
          .given = given,
          .direction = direction,
          .classes = net.classes};
}

void validate(const TarflowModel& model) {
  nn::validate(model.pictures.net);
  nn::validate(model.config());
  need("tarflow", "sigma", model.sigma, 0, 2);
  if (model.tone == Tone::logarithmic && model.noise == TarflowNoise::gaussian) {
    fail("tarflow", "Gaussian noise makes black pixels darker than a logarithm allows");
  }
}

io::Card tarflow_card(const TarflowModel& model) {
  io::Card card = picture_net_card(model.pictures);
  card["architecture"] = architecture_of(ModelKind::tarflow);
  card["blocks"] = fmt::to_string(model.blocks);
  card["coupling"] = nn::coupling_names.of(model.coupling);
  card["given"] = nn::given_names.of(model.given);
  card["direction"] = nn::direction_names.of(model.direction);
  card["noise"] = tarflow_noise_names.of(model.noise);
  card["sigma"] = fmt::to_string(model.sigma);
  card["tone"] = tone_names.of(model.tone);
  return card;
}

TarflowModel tarflow_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  TarflowModel model{
      .pictures = picture_net(card, ModelKind::tarflow),
      .blocks = static_cast<int>(io::card_integer(card, "blocks", 1, 32)),
      .coupling = card_value(card, "coupling", nn::coupling_names),
      .given = card_value(card, "given", nn::given_names),
      .direction = value_or(card, "direction", nn::direction_names, nn::Direction::to_noise),
      .noise = card_value(card, "noise", tarflow_noise_names),
      .sigma = io::card_number(card, "sigma"),
      .tone = value_or(card, "tone", tone_names, Tone::linear)};
  validate(model);
  return model;
}

}  // namespace rivulet::models
