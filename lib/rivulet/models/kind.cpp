#include "rivulet/models/kind.h"

#include <array>

namespace rivulet::models {
namespace {

constexpr std::array<std::string_view, model_kind_names.names.size()> architectures = {
    "mlp2d", "dit", "dit", "tarflow", "tarflow2d", "judge", "code"};

}  // namespace

std::string_view architecture_of(ModelKind kind) {
  return architectures.at(static_cast<size_t>(kind));
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
  if (io::card_text(card, "architecture") != architecture_of(kind)) {
    io::bad_card(card, "architecture");
  }
}

}  // namespace rivulet::models
