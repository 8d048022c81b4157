// Models of DDCM's codes (article 10711, outlook): a picture is a short sequence of indices, so a
// small autoregressive model of such sequences draws pictures.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/ddcm.h"
#include "rivulet/nn/sequence.h"

namespace rivulet::models {

/// What the network is told of a token.
enum class TokenLook : uint8_t {
  index,   ///< which of K it is: each index of each step is learned on its own
  vector,  ///< the vector of the codebook that it stands for: what is learned are linear maps of
           ///< pictures, shared by all indices and steps
};

inline constexpr Names<TokenLook, 2> token_look_names{"look", {"index", "vector"}};
[[nodiscard]] constexpr std::string_view name_of(TokenLook look) {
  return token_look_names.of(look);
}

/// What the metadata of a code model's weight file says (architecture "code").
struct CodeModel {
  nn::SequenceConfig net;  ///< as many tokens, and so large a vocabulary, as the settings have
  TokenLook look = TokenLook::vector;
  DdcmSettings settings;   ///< of the codes; single form
  int64_t dimensions = 0;  ///< D of the pictures
  uint32_t decoder = 0;    ///< model_hash of the diffusion model that the codes are for
  std::string dataset;
  std::vector<data::Attribute> attributes;  ///< as many as net.classes

  [[nodiscard]] std::vector<float> any() const;  ///< as PictureModel::any
};

/// The usual model of codes that a diffusion model gives. Throws Error unless they are single
/// indices.
[[nodiscard]] CodeModel code_model_for(const DdcmSettings& settings, TokenLook look,
                                       const DiffusionModel& decoder, uint32_t decoder_hash);

/// Metadata entries of a model, and back. Reading throws Error when the file is not of a code model
/// or a value is out of range.
[[nodiscard]] io::Card code_model_card(const CodeModel& model);
[[nodiscard]] CodeModel code_model(const io::SafeTensors& file);

/// The settings of codes as entries of a card, and back.
[[nodiscard]] io::Card ddcm_settings_card(const DdcmSettings& settings);
[[nodiscard]] DdcmSettings ddcm_settings(const io::Card& card);

/// What tokens look like. Parameters: {in,out}.table [N*K,C], or {in,out}.map [D,C].
[[nodiscard]] nn::SequenceTables code_tables(const CodeModel& model, Graph& graph,
                                             nn::Params& params);

/// Draws codes and tells how likely codes are. Owns its program.
class CodeSampler {
 public:
  /// `batch`: how many codes one evaluation holds.
  CodeSampler(const io::SafeTensors& file, int batch, const Device& device,
              const CompileOptions& options = {.static_states = true});
  CodeSampler(CodeSampler&&) noexcept;
  CodeSampler& operator=(CodeSampler&&) noexcept;
  ~CodeSampler();

  [[nodiscard]] const CodeModel& model() const;

  /// n codes with labels [n,A]; code i comes from the stream i of the seed, whatever the batch.
  /// Logits are divided by the temperature: 1 as learned, towards 0 the likeliest token each time.
  [[nodiscard]] std::vector<DdcmCode> sample(std::span<const float> labels, int64_t n,
                                             float temperature, uint64_t seed);
  /// -log2 p(token | those before it) of codes under labels [n,A], as means over the codes: [N].
  [[nodiscard]] std::vector<double> bits(std::span<const DdcmCode> codes,
                                         std::span<const float> labels);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::models
