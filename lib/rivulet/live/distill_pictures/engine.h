// The work behind the lab "Distillation, Pictures": one task distills a student, another draws what
// it and the models that ship make of the same noise.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/distill_pictures/state.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/pictures/engine.h"
#include "rivulet/live/series.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::distill_pictures {

using pictures::Card;
using pictures::Sheet;

/// The files that are read.
enum class Model : uint8_t { teacher, shortcut, student };
inline constexpr int model_count = 3;
/// As data::weights_file has it.
inline constexpr std::array<std::string_view, model_count> model_files = {"flow", "shortcut",
                                                                          "distill"};

/// Who makes pictures of the noise, and in how many steps.
enum class Maker : uint8_t { many, few, one, shortcut, student };
inline constexpr int maker_count = 5;
[[nodiscard]] Model model_of(Maker maker);
[[nodiscard]] int steps_of(Maker maker, const Wish& wish);
/// Evaluations of a network that a picture takes.
[[nodiscard]] int evaluations_of(Maker maker, const Wish& wish);

/// What a run learns from.
struct Lesson {
  Setup setup;
  FileBytes teacher;
  FileBytes first;

  friend bool operator==(const Lesson&, const Lesson&) = default;
};

/// What the visitor wants; goes to both tasks whole.
struct Order {
  uint64_t run = 0;  ///< a new number begins a new student; 0: none yet
  Lesson lesson;
  Dials dials;
  bool playing = true;
  int64_t allowance = 0;  ///< steps that may be taken while not playing, in total
  std::array<FileBytes, model_count> weights;  ///< null: not here yet
  Wish wish;
  bool resting = false;  ///< nobody looks: nothing is drawn
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// How learning goes. A step is one of the student, with those of the fake net before it.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  Series l1;  ///< mean ||phi - psi||^2; the loss itself says nothing of progress
  float last_l1 = 0;
};

/// What the student makes of the noise.
struct Live {
  /// ... and made at an earlier step.
  struct Stage {
    int64_t step = 0;
    std::vector<float> values;  // [picture_count,D]
  };
  uint64_t run = 0;
  int64_t step = -1;
  int side = 0;
  int channels = 0;
  Wish wish;                  ///< under which the pictures were made
  std::vector<float> values;  // [picture_count,D]
  std::vector<Stage> stages;  ///< the first one, and so on, ever farther apart
  float ms = 0;               ///< that all of them took

  [[nodiscard]] size_t pixels() const { return static_cast<size_t>(side * side * channels); }
};
inline constexpr int most_stages = 8;

using Outbox =
    live::Outbox<Several<Card, model_count>, Several<Sheet, maker_count>, Progress, Live>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Card& card(Model model) const { return get<Card>(model); }
  [[nodiscard]] const Sheet& sheet(Maker maker) const { return get<Sheet>(maker); }
  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Live& student() const { return get<Live>(); }
};

}  // namespace rivulet::live::distill_pictures
