#include "rivulet/models/kind.h"

#include <algorithm>
#include <array>
#include <string>

#include "rivulet/core/error.h"

namespace rivulet::models {
namespace {

constexpr std::array<std::string_view, model_kind_names.names.size()> architectures = {
    "mlp2d", "dit", "dit", "tarflow", "tarflow2d", "judge", "code"};

}  // namespace

std::string_view architecture_of(ModelKind kind) {
  return architectures.at(static_cast<size_t>(kind));
}

std::string_view in_words(ModelKind kind) {
  constexpr std::array<std::string_view, model_kind_names.names.size()> words = {
      "a flow of the plane",   "a flow of pictures",     "a model of denoising diffusion",
      "a TarFlow of pictures", "a TarFlow of the plane", "a judge (a classifier of pictures)",
      "a model of codes"};
  return words.at(static_cast<size_t>(kind));
}

ModelKind kind_of(const io::Card& card) {
  const std::string& architecture = io::card_text(card, "architecture");
  if (architecture == architecture_of(ModelKind::diffusion)) {
    return io::card_text(card, "method") == diffusion_method ? ModelKind::diffusion
                                                             : ModelKind::picture_flow;
  }
  for (size_t i = 0; i < architectures.size(); ++i) {
    if (architectures[i] == architecture) return static_cast<ModelKind>(i);
  }
  io::bad_card(card, "architecture");
}

void check_architecture(const io::Card& card, ModelKind kind) {
  const std::string& architecture = io::card_text(card, "architecture");
  if (architecture == architecture_of(kind)) return;
  const auto* const is = std::ranges::find(architectures, std::string_view(architecture));
  if (is == architectures.end()) io::bad_card(card, "architecture");
  const auto other = static_cast<ModelKind>(is - architectures.begin());
  fail("model card", "it is " + std::string(in_words(other)) + ", not " +
                         std::string(in_words(kind)) + " (its architecture is '" + architecture +
                         "')");
}

}  // namespace rivulet::models
