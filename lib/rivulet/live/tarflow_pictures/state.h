// The settings of the lab "TarFlow pictures".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::live::tarflow_pictures {

enum class View : uint8_t { sample, latent, likelihood };
/// The picture that is inverted and scored: a held-out one, one of the samples, the visitor's.
enum class Source : uint8_t { held_out, sampled, own };
/// What is done to that picture before its likelihood is asked for.
enum class Disguise : uint8_t { none, turned, inverted, shuffled, flat, noise };
inline constexpr int disguises = 6;

inline constexpr int sample_count = 16;    ///< samples at most; a phone shows the first half
inline constexpr int held_out_count = 64;  ///< pictures of the set that no model has seen
inline constexpr std::array<int, 7> paces = {0, 1, 2, 3, 5, 10, 20};
inline constexpr std::array<int, 5> group_sizes = {2, 4, 8, 16, 32};
inline constexpr size_t most_tokens = 1024;
inline constexpr size_t most_own_text = 8192;  ///< characters of a visitor's picture

/// Which tokens of the noise are silenced; tokens beyond the end are not.
using TokenMask = std::vector<uint8_t>;

struct State {
  PictureSet set = PictureSet::avatars;
  View view = View::sample;

  models::TarflowMethod method = models::TarflowMethod::sequential;
  int seconds = 3;  ///< that a sampling is spread over, one of paces; 0: none to spare
  uint64_t seed = 1;
  float temperature = 1;  ///< of the noise
  bool denoise = true;
  bool snap = true;  ///< denoised pictures to the colours of the set
  PictureLabels labels;
  float guidance = 1;  ///< w; 1: none
  models::TarflowGuidance form = models::TarflowGuidance::bounded;
  bool without_labels = true;
  float attention_temperature = 1;  ///< of the other opinion
  bool ramp = true;
  int group = 8;
  bool first_in_order = true;
  float tolerance = 1e-3F;
  float most_alpha = 5;
  int chosen = 0;  ///< of the samples

  Source source = Source::held_out;
  int picture = 5;  ///< of the held-out ones
  std::string own;  ///< the visitor's picture: a PNG, as base64url
  int other = 9;    ///< held-out picture at the far end
  float blend = 0;  ///< of the two noises, 0..1
  float grain = 0;  ///< part of the noise that is thrown anew, 0..1
  TokenMask silent;

  Disguise disguise = Disguise::none;
  bool bits = false;  ///< likelihood by the model of bytes, in bits per dimension

  friend bool operator==(const State&, const State&) = default;
};

/// What the sampler is asked for; labels are the task's to add.
[[nodiscard]] models::TarflowRequest flow_request(const State& state);

[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::tarflow_pictures
