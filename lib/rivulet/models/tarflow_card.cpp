#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/tarflow.h"

namespace rivulet::models {
namespace {

constexpr auto architecture = "tarflow";
constexpr std::array<std::string_view, 2> noises = {"gaussian", "uniform"};
constexpr std::array<std::string_view, 3> couplings = {"affine", "additive", "triangular"};
constexpr std::array<std::string_view, 2> givens = {"earlier tokens", "half of a token"};
constexpr std::array<std::string_view, 2> directions = {"to noise", "to data"};
constexpr std::array<std::string_view, 2> tones = {"linear", "logarithmic"};

template <typename Enum, size_t Count>
Enum read(const std::array<std::string_view, Count>& names, const io::Card& card, const char* key) {
  const auto found = std::ranges::find(names, io::card_text(card, key));
  if (found == names.end()) io::bad_card(card, key);
  return static_cast<Enum>(found - names.begin());
}

/// Of entries that older files do not have.
template <typename Enum, size_t Count>
Enum read_or(const std::array<std::string_view, Count>& names, const io::Card& card,
             const char* key, Enum otherwise) {
  return card.contains(key) ? read<Enum>(names, card, key) : otherwise;
}

template <typename Enum, size_t Count>
std::string text(const std::array<std::string_view, Count>& names, Enum value) {
  return std::string(names.at(static_cast<size_t>(value)));
}

}  // namespace

std::string_view name_of(TarflowNoise noise) { return noises.at(static_cast<size_t>(noise)); }
std::string_view name_of(nn::Coupling coupling) {
  return couplings.at(static_cast<size_t>(coupling));
}
std::string_view name_of(Tone tone) { return tones.at(static_cast<size_t>(tone)); }

nn::TarflowConfig TarflowModel::config() const {
  const nn::DitConfig& net = pictures.net;
  return {.tokens = static_cast<int>(net.tokens()),
          .dims = net.patch * net.patch * net.channels,
          .blocks = blocks,
          .layers = {.width = net.width,
                     .depth = net.depth,
                     .heads = net.heads,
                     .mlp_ratio = net.mlp_ratio},
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
  card["architecture"] = architecture;
  card["blocks"] = fmt::to_string(model.blocks);
  card["coupling"] = text(couplings, model.coupling);
  card["given"] = text(givens, model.given);
  card["direction"] = text(directions, model.direction);
  card["noise"] = text(noises, model.noise);
  card["sigma"] = fmt::to_string(model.sigma);
  card["tone"] = text(tones, model.tone);
  return card;
}

TarflowModel tarflow_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  TarflowModel model{.pictures = picture_net(card, architecture),
                     .blocks = static_cast<int>(io::card_integer(card, "blocks", 1, 32)),
                     .coupling = read<nn::Coupling>(couplings, card, "coupling"),
                     .given = read<nn::Given>(givens, card, "given"),
                     .direction = read_or(directions, card, "direction", nn::Direction::to_noise),
                     .noise = read<TarflowNoise>(noises, card, "noise"),
                     .sigma = io::card_number(card, "sigma"),
                     .tone = read_or(tones, card, "tone", Tone::linear)};
  validate(model);
  return model;
}

}  // namespace rivulet::models
