// What every lab that trains live has: its transport, its pace, its failure, its share of a frame.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// What was pressed of play (or pause), one step and restart.
struct Transport {
  bool play = false;
  bool step = false;
  bool restart = false;
};
[[nodiscard]] Transport draw_transport(Ui& ui, Box row, bool playing);
/// "step 1200", "172 steps/s".
void draw_training_pace(const Ui& ui, Box row, int64_t step, double steps_per_second);
/// Over a picture: what went wrong; true when the visitor wants to start again.
[[nodiscard]] bool draw_failure(Ui& ui, Box box, std::string_view error);

/// The space bar, which then presses no focused control.
[[nodiscard]] bool space_pressed();
[[nodiscard]] bool with_modifier();  ///< keys that belong to the browser or the system

/// Moves `shown` towards `wanted`, the faster the larger `speed` is; at once where sizes differ.
void ease(std::vector<float>& shown, std::span<const float> wanted, float dt, float speed);

/// Milliseconds a frame that an engine may work, where there are no threads.
[[nodiscard]] double pump_budget(const Ui& ui);
void note_pumped(Ui& ui, double milliseconds);

template <class Engine>
void pump(Ui& ui, Engine& engine) {
  const auto start = std::chrono::steady_clock::now();
  engine.update(pump_budget(ui));
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  note_pumped(ui, spent.count());
}

}  // namespace rivulet::ui
