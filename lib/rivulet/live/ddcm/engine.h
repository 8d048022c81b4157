// The work behind the lab "DDCM": one task codes, restores, or walks in the plane, whatever is in
// sight, and what it finds reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/ddcm/state.h"
#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/transfer.h"
#include "rivulet/models/ddcm_file.h"
#include "rivulet/models/restore.h"

namespace rivulet::live::ddcm {

/// What is to be coded, read or restored.
struct CodeWish {
  std::vector<float> picture;                      ///< [D]; empty: `code` is read
  models::DdcmCode code;                           ///< that is read
  std::optional<models::Measurement> damage = {};  ///< what of the picture is seen: restoration
  models::DdcmSettings settings;
  models::Choice choice = models::Choice::argmax;
  int effort = 0;  ///< see models::beam_of
  PictureLabels labels = {};

  friend bool operator==(const CodeWish&, const CodeWish&) = default;
};

struct PlaneWish {
  data::Shape2d target = data::Shape2d::eight_gaussians;
  PlaneChoice choice = PlaneChoice::importance;
  int size = 16;
  int steps = 40;
  uint32_t seed = 1;

  friend bool operator==(const PlaneWish&, const PlaneWish&) = default;
};

/// What the visitor wants; goes to the task whole.
struct Order {
  FileBytes weights;  ///< null: not here yet
  std::optional<CodeWish> code = {};
  std::optional<PlaneWish> plane = {};
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card : ModelCard {
  models::DiffusionModel model;
  models::DdcmModel coder;
};

/// How the inner products of one step lay, in standard deviations from their mean.
struct StepDots {
  static constexpr int bins = 49;
  static constexpr float reach = 4.9F;  ///< bins cover -reach..reach

  std::array<float, bins> share{};  ///< of the vectors; the largest is 1. All 0: not known
  std::vector<float> chosen;        ///< where the chosen ones lay
  uint32_t index = 0;               ///< the first of them

  [[nodiscard]] bool known() const { return !chosen.empty(); }
};

/// A picture on its way: where it is and what the model believes it to be, before each step and at
/// the end.
struct CodeTrace {
  uint64_t run = 0;    ///< another number: another picture or code; 0: none yet
  std::string error;   ///< why there is nothing
  float searched = 1;  ///< of the encoder's search, before the first step is known
  int steps = 0;       ///< network evaluations
  int known = 0;       ///< so many of the steps + 1 places
  int side = 0;
  int channels = 0;
  std::vector<float> places;   // [steps+1,D]
  std::vector<float> beliefs;  // [steps+1,D]; the last one is the picture, colours snapped
  std::vector<StepDots> dots;  ///< of the coded steps that are known
  models::DdcmSettings settings;
  PictureLabels labels;
  models::DdcmCode code;  ///< once it is finished
  float ms = 0;           ///< spent on encoding
  float network_ms = 0;   ///< ... of these in the network
  float codebook_ms = 0;  ///< ... and in making vectors
  float search_ms = 0;    ///< ... and in inner products with them

  [[nodiscard]] int64_t pixels() const { return int64_t{side} * side * channels; }
  [[nodiscard]] bool finished() const { return run > 0 && known > steps; }
  [[nodiscard]] std::span<const float> place(int i) const;
  [[nodiscard]] std::span<const float> belief(int i) const;
};

/// Points on their way from noise: by DDPM, and by choices from a codebook.
struct PlaneRun {
  uint64_t run = 0;
  int points = 0;
  int steps = 0;
  int known = 0;              ///< so many of the steps + 1 places of either
  std::vector<float> data;    // [points,2]
  std::vector<float> ddpm;    // [steps+1,points,2]
  std::vector<float> chosen;  // [steps+1,points,2]
  /// Of either to where the forward process has the data at that time, abar x_0 + bbar eps.
  std::vector<float> ddpm_distance;    // [steps+1]
  std::vector<float> chosen_distance;  // [steps+1]

  [[nodiscard]] bool finished() const { return run > 0 && known > steps; }
};

/// Those distances, their mean over all times, by codebook size and for all ways to choose; < 0:
/// not known yet.
struct PlaneCurves {
  uint64_t run = 0;
  float ddpm = -1;
  std::array<std::array<float, plane_sizes.size()>, plane_choices> distance{};
};

using Outbox = live::Outbox<Card, CodeTrace, PlaneRun, PlaneCurves>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Card& card() const { return get<Card>(); }
  [[nodiscard]] const CodeTrace& trace() const { return get<CodeTrace>(); }
  [[nodiscard]] const PlaneRun& plane() const { return get<PlaneRun>(); }
  [[nodiscard]] const PlaneCurves& curves() const { return get<PlaneCurves>(); }
};

}  // namespace rivulet::live::ddcm
