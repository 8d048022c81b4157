// What there are weight files of.
#pragma once

#include <cstdint>
#include <string_view>

#include "rivulet/core/names.h"
#include "rivulet/io/card.h"

namespace rivulet::models {

enum class ModelKind : uint8_t {
  plane_flow,    ///< flow matching and its kin in the plane (train/flow2d.h)
  picture_flow,  ///< the same of pictures (models/pictures.h)
  diffusion,     ///< denoising diffusion of pictures (models/ddpm.h)
  tarflow,       ///< a normalizing flow of pictures (models/tarflow.h)
  plane_tarflow,
  judge,  ///< a classifier of pictures (models/judge.h)
  code,   ///< a language model of DDCM's codes (models/code_model.h)
};
inline constexpr Names<ModelKind, 7> model_kind_names{
    "model",
    {"plane-flow", "picture-flow", "diffusion", "tarflow", "plane-tarflow", "judge", "code"}};
[[nodiscard]] constexpr std::string_view name_of(ModelKind kind) {
  return model_kind_names.of(kind);
}

/// In words, to stand behind "it is": "a judge (a classifier of pictures)".
[[nodiscard]] std::string_view in_words(ModelKind kind);

/// The card's entry "architecture": flows and diffusion of pictures are one network.
[[nodiscard]] std::string_view architecture_of(ModelKind kind);
/// Whose metadata this is. Throws Error when it is none of ours.
[[nodiscard]] ModelKind kind_of(const io::Card& card);
/// Throws Error unless the card is of that architecture.
void check_architecture(const io::Card& card, ModelKind kind);

/// The card's entry "method" of denoising diffusion.
inline constexpr auto diffusion_method = "ddpm";
/// And of one-step students.
inline constexpr auto distilled_method = "distilled";

}  // namespace rivulet::models
