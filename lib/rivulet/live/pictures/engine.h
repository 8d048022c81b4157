// The work behind the lab "Pictures": one task samples what the visitor looks at, and what it finds
// reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/job.h"
#include "rivulet/live/mailbox.h"
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

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card {
  FileBytes file;  ///< which one this is about
  std::string error;
  models::PictureModel model;
  int64_t parameters = 0;
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

/// Reads what the task publishes. The frame loop alone calls it.
class Engine {
 public:
  Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  void order(const Order& order);
  /// Once a frame: takes what is new and, without threads, works for `milliseconds`.
  void update(double milliseconds);

  [[nodiscard]] const Card& card(int side) const;
  [[nodiscard]] const Sheet& grid(int side) const;
  [[nodiscard]] const Sheet& steps(int side) const;  ///< one per step_choices
  [[nodiscard]] const Sheet& morph(int side) const;
  [[nodiscard]] const Trace& trace() const;
  [[nodiscard]] const Nearest& nearest() const;
  /// What went wrong, in words; empty while all is well.
  [[nodiscard]] std::string error() const;
  void retry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::live::pictures
