// The settings of the lab "DDCM".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/live/rows.h"
#include "rivulet/models/ddcm.h"

namespace rivulet::live::ddcm {

enum class View : uint8_t { code, restore, plane };
/// What is coded: a picture that ships, one of the visitor's, or nothing: a code is only read.
enum class Source : uint8_t { sample, own, code };
enum class RestoreTask : uint8_t { inpaint, twice, four_times, noise, colour };
/// How noise is chosen in the plane: uniformly, or as models::Choice does.
enum class PlaneChoice : uint8_t { random, argmax, distance, article, importance };
inline constexpr int plane_choices = 5;

inline constexpr int sample_count = 64;  ///< held-out pictures that ship
inline constexpr std::array<int, 8> code_lengths = {4, 8, 16, 24, 32, 64, 96, 128};  // bytes
inline constexpr std::array<int, 10> plane_sizes = {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
inline constexpr std::array<int, 4> plane_steps = {10, 20, 40, 80};
inline constexpr size_t most_own_text = 8192;   ///< characters of a visitor's picture
inline constexpr size_t most_code_text = 6144;  ///< ... of a code
inline constexpr int mask_side = 16;            ///< a mask has mask_side^2 cells

inline constexpr int most_effort = 3;  ///< see models::beam_of

/// Which cells were lost, row by row.
using Mask = std::array<uint8_t, mask_side * mask_side>;

struct State {
  View view = View::code;
  Source source = Source::sample;
  int picture = 5;               ///< of the held-out ones
  std::string own;               ///< the visitor's picture: a PNG, as base64url
  std::string code;              ///< a UUID, or the text of a .ddcm
  int bytes = 16;                ///< that a code may take
  models::DdcmSettings details;  ///< `codes` follows from `bytes`
  bool tuned = true;             ///< so do `rho` and `noise`
  models::Choice choice = models::Choice::argmax;
  int effort = 0;  ///< 0..most_effort; single form and argmax only
  PictureLabels labels;
  float time = 1;  ///< of the reconstruction, 0 noise .. 1 done

  RestoreTask task = RestoreTask::inpaint;
  Mask mask = {};
  float grain = 0.5F;         ///< noise of a noisy picture, 0.1..1
  int strength = 10;          ///< bits a step of a restoration: of 2^bits vectors the best is taken
  uint32_t restore_seed = 1;  ///< another codebook, another restoration

  data::Shape2d target = data::Shape2d::eight_gaussians;
  PlaneChoice plane = PlaneChoice::importance;
  int size = 16;   ///< K in the plane, one of plane_sizes
  int steps = 40;  ///< one of plane_steps
  uint32_t plane_seed = 1;

  State();  ///< a mask over the middle
  friend bool operator==(const State&, const State&) = default;
};

/// Those of the form and length that were chosen.
[[nodiscard]] models::DdcmSettings code_settings(const State& state);

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::ddcm
