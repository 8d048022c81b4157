// A model of codes without training, and codes with a pattern.
#pragma once

#include <cstdint>
#include <memory>

#include "rivulet/models/code_model.h"
#include "rivulet/train/code_model.h"

namespace rivulet::testing {

/// Three tokens out of four, one attribute of two values.
inline models::CodeModel small_code_model(models::TokenLook look) {
  models::DiffusionModel decoder;
  decoder.pictures.net.side = 4;
  decoder.pictures.net.channels = 1;
  decoder.pictures.net.classes.push_back(2);
  decoder.pictures.dataset = "few";
  decoder.pictures.attributes.push_back({"kind", {"a", "b"}});
  models::CodeModel model =
      models::code_model_for({.codes = 3, .bits = 2, .rho = 1.25F, .seed = 3}, look, decoder, 77);
  model.net.layers = {.width = 16, .depth = 1, .heads = 2, .mlp_ratio = 2};
  return model;
}

/// Codes (k, k+1 mod 4, kind): two bits, then none, then none once the kind is told.
inline std::shared_ptr<const train::CodeSet> code_pattern() {
  auto set = std::make_shared<train::CodeSet>();
  for (uint32_t k = 0; k < 4; ++k) {
    for (const uint32_t kind : {0U, 1U}) {
      set->codes.push_back({.indices = {k, (k + 1) % 4, kind}, .coefficients = {}});
      set->labels.push_back(static_cast<float>(kind));
    }
  }
  return set;
}

}  // namespace rivulet::testing
