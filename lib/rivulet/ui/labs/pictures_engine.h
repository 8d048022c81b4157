// The work behind the lab "Pictures": one task samples what the visitor looks at, and what it finds
// reaches the frame loop through mailboxes. No ImGui here.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/models/pictures.h"
#include "rivulet/ui/job.h"
#include "rivulet/ui/labs/pictures_state.h"
#include "rivulet/ui/mailbox.h"
#include "rivulet/ui/transfer.h"

namespace rivulet::ui {

/// The two models of a set, wherever there is one of each: shortcut, flow matching.
inline constexpr int picture_models = 2;
[[nodiscard]] constexpr models::Method picture_method(int side) {
  return side == 0 ? models::Method::shortcut : models::Method::flow_matching;
}
[[nodiscard]] constexpr int side_of(models::Method method) {
  return method == models::Method::shortcut ? 0 : 1;
}

inline constexpr int morph_frames = 16;

/// How pictures are to be made.
struct PictureWish {
  PictureLabels labels;
  float guidance = 1;
  int steps = 1;
  uint64_t seed = 1;

  friend bool operator==(const PictureWish&, const PictureWish&) = default;
};

/// What the visitor wants; goes to the task whole.
struct PicturesOrder {
  std::array<FileBytes, picture_models> weights;  ///< null: not here yet
  FileBytes training;                             ///< a PNG sheet of training pictures
  PictureView view = PictureView::grid;
  std::array<bool, picture_models> sides = {true, false};  ///< in the grid and in a morph
  PictureWish wish;
  int chosen = 0;       ///< the picture whose way is wanted
  int chosen_side = 0;  ///< ... by which model
  MorphKind morph = MorphKind::noise;
  int other = 1;
  PictureLabels to;

  friend bool operator==(const PicturesOrder&, const PicturesOrder&) = default;
};

/// A model that was read, or why it was not.
struct PictureModelCard {
  FileBytes file;  ///< which one this is about
  std::string error;
  models::PictureModel model;
  int64_t parameters = 0;
  float highest_guidance = 0;  ///< a stronger wish is cut to this
};

/// Pictures on their way from noise: the grid, the step counts or the frames of a morph.
struct PictureSheet {
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
struct PictureTrace {
  uint64_t run = 0;
  int steps = 0;
  int known = 0;  ///< so many of the steps + 1 places
  int side = 0;
  int channels = 0;
  std::vector<float> places;   // [steps+1,side,side,channels]
  std::vector<float> beliefs;  // the same
};

/// The training picture that is most like the traced one.
struct NearestPicture {
  uint64_t trace = 0;         ///< the trace that it was sought for
  int count = 0;              ///< training pictures looked at; 0: none could be
  float distance = 0;         ///< root mean square over pixels, black to white being 1
  std::vector<float> values;  // [side,side,channels]
};

/// Reads what the task publishes. The frame loop alone calls it.
class PicturesEngine {
 public:
  PicturesEngine();
  PicturesEngine(PicturesEngine&&) noexcept;
  PicturesEngine& operator=(PicturesEngine&&) noexcept;
  ~PicturesEngine();

  void order(const PicturesOrder& order);
  /// Once a frame: takes what is new and, without threads, works for `milliseconds`.
  void update(double milliseconds);

  [[nodiscard]] const PictureModelCard& card(int side) const;
  [[nodiscard]] const PictureSheet& grid(int side) const;
  [[nodiscard]] const PictureSheet& steps(int side) const;  ///< one per picture_steps
  [[nodiscard]] const PictureSheet& morph(int side) const;
  [[nodiscard]] const PictureTrace& trace() const;
  [[nodiscard]] const NearestPicture& nearest() const;
  /// What went wrong, in words; empty while all is well.
  [[nodiscard]] std::string error() const;
  void retry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A point of the arc from a to b (Shoemake's slerp): noise between two noises, of the same length
/// as these, which a straight line would not keep. s in 0..1; all of one size.
void slerp(std::span<const float> a, std::span<const float> b, float s, std::span<float> out);

}  // namespace rivulet::ui
