// The work behind the lab "Pictures": one task samples what the visitor looks at, and what it finds
// reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/live/transfer.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::pictures {

inline constexpr int morph_frames = 16;

/// What the visitor wants; goes to the task whole.
struct Order {
  std::array<FileBytes, model_count> weights;  ///< null: not here yet
  FileBytes training;                          ///< a PNG sheet of training pictures
  View view = View::grid;
  std::array<bool, model_count> sides = {true};  ///< in the grid and in a morph
  Wish wish;
  int chosen = 0;       ///< the picture whose way is wanted
  int chosen_side = 0;  ///< ... by which model
  MorphKind morph = MorphKind::noise;
  int other = 1;
  PictureLabels to;
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card : ModelCard {
  models::PictureModel model;
  float highest_guidance = 0;  ///< a stronger wish is cut to this
};

/// Pictures on their way from noise: the grid, the step counts or the frames of a morph.
struct Sheet {
  uint64_t run = 0;  ///< another number: other pictures; 0: none yet
  int side = 0;
  int channels = 0;
  std::vector<float> values;    // [count,side,side,channels], about -1..1
  std::vector<float> progress;  ///< of each picture, 0..1
  float ms = 0;                 ///< that the last batch took, all of its steps
  int batch = 0;                ///< pictures in it
  float gflops = 0;             ///< a second, meanwhile

  [[nodiscard]] int count() const { return static_cast<int>(progress.size()); }
  [[nodiscard]] std::span<const float> picture(int i) const;
  [[nodiscard]] bool finished() const;
};

/// The way of one picture: where it is and what the model believes it to be, before each step and
/// at the end.
struct Trace {
  uint64_t run = 0;
  int steps = 0;
  int known = 0;  ///< so many of the steps + 1 places
  int side = 0;
  int channels = 0;
  std::vector<float> places;   // [steps+1,side,side,channels]
  std::vector<float> beliefs;  // the same
};

/// The training picture that is most like the traced one.
struct Nearest {
  uint64_t trace = 0;         ///< the trace that it was sought for
  int count = 0;              ///< training pictures looked at; 0: none could be
  float distance = 0;         ///< root mean square over pixels, black to white being 1
  std::vector<float> values;  // [side,side,channels]
};

/// What a sheet is of.
enum class SheetKind : uint8_t { grid, steps, morph };
inline constexpr int sheet_kinds = 3;

/// By model.
using Outbox = live::Outbox<Several<Card, model_count>, Several<Sheet, sheet_kinds, model_count>,
                            Trace, Nearest>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Card& card(int side) const { return get<Card>(side); }
  [[nodiscard]] const Sheet& grid(int side) const { return get<Sheet>(SheetKind::grid, side); }
  /// One picture per step_choices, of a student for the first alone.
  [[nodiscard]] const Sheet& steps(int side) const { return get<Sheet>(SheetKind::steps, side); }
  [[nodiscard]] const Sheet& morph(int side) const { return get<Sheet>(SheetKind::morph, side); }
  [[nodiscard]] const Trace& trace() const { return get<Trace>(); }
  [[nodiscard]] const Nearest& nearest() const { return get<Nearest>(); }
};

}  // namespace rivulet::live::pictures
