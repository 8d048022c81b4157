// Training before the visitor's eyes on a distribution in the plane: play, one step, restart, and a
// target that is chosen or drawn.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "rivulet/data/points_file.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/target_picker.h"

namespace rivulet::ui {

/// Of a lab whose `State` has `playing`, `target` and `strokes`, and a `needs_restart(a, b)` beside
/// it. A run is one network from its first step on; its number goes with every order and result.
template <class State>
class PlaneTraining {
 public:
  TargetPicker picker;

  [[nodiscard]] uint64_t run() const { return run_; }
  [[nodiscard]] const State& ordered() const { return ordered_; }  ///< what this run learns
  [[nodiscard]] int64_t allowance() const { return allowance_; }   ///< steps that were granted
  [[nodiscard]] const std::shared_ptr<const data::Target2d>& target() const { return target_; }
  [[nodiscard]] const std::vector<float>& points() const { return points_; }  ///< of it, [n,2]

  void restart() { restart_wanted_ = true; }
  void one_step(State& state, int64_t step) {
    state.playing = false;
    allowance_ = std::max(allowance_, step) + 1;
  }

  // The visitor's own target

  /// The visitor draws, and has drawn nothing yet: until then the run goes on.
  [[nodiscard]] static bool nothing_drawn(const State& state) {
    return state.target == data::Shape2d::drawn && state.strokes.empty();
  }
  /// As it can be written down: what is not drawn yet is no target.
  [[nodiscard]] State settled(State state) const {
    if (nothing_drawn(state)) keep_target(state);
    return state;
  }
  void open_sketch(State& state, bool by_keys = false) {
    picker.open(by_keys);
    if (data::is_cloud(state.strokes)) state.strokes.clear();  // a pen begins on a clean plane
    state.target = data::Shape2d::drawn;
  }
  void close_sketch(State& state) {
    picker.close(state.strokes);
    if (nothing_drawn(state)) keep_target(state);
  }
  void follow_pen_keys(const Ui& ui, State& state) {
    if (picker.is_open() && picker.follow_keys(ui, state.strokes)) close_sketch(state);
  }

  /// Points of a file become the target; false where it is another file. Throws Error where it is
  /// of points, but bad.
  bool take_points(LabFrame& frame, State& state, const io::Bytes& file) {
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    if (!data::looks_like_points(text)) return false;
    data::PointsFile points = data::read_points(text);
    // No finer than what can be seen.
    const double finest = std::pow(10, std::floor(std::log10(1e-3 / points.scale)));
    const auto shown = [&](double centre) { return std::round(centre / finest) * finest + 0.0; };
    frame.tell(fmt::format(fmt::runtime(frame.words->common.points_taken), points.points.size(),
                           points.rows, shown(points.centre_x), shown(points.centre_y),
                           points.scale));
    picker.close(state.strokes);
    state.target = data::Shape2d::drawn;
    state.strokes = data::cloud_of(std::move(points.points));
    return true;
  }

  // A frame

  /// Space, S and R.
  void follow_keys(State& state, int64_t step) {
    if (space_pressed()) state.playing = !state.playing;
    if (pressed(ImGuiKey_S)) one_step(state, step);
    if (pressed(ImGuiKey_R)) restart();
  }
  /// Begins a new run where the settings need one; true when it did. A dial that is being dragged
  /// restarts training once, when it is let go.
  bool begin(const Ui& ui, const State& state) {
    const bool undrawn = nothing_drawn(state);
    const bool changed = !undrawn && needs_restart(ordered_, state);
    if (!restart_wanted_ && !(changed && released(ui) && !picker.is_down())) return false;
    restart_wanted_ = false;
    if (!undrawn) ordered_ = state;
    target_ = std::make_shared<const data::Target2d>(target_of(ordered_.target, ordered_.strokes));
    points_ = points_of(*target_, shown_points);
    allowance_ = 0;
    ++run_;
    return true;
  }
  /// Tells the engine; what stopped begins again with the next run only.
  template <class Engine, class Order>
  void ask(const Ui& ui, LabEngine<Engine, Order>& engine, Order order) {
    const bool new_run = !engine.sent() || engine.sent()->run != order.run;
    engine.ask(ui, std::move(order), new_run);
  }
  /// Training pauses while nobody looks.
  template <class Engine, class Order>
  void rest(LabEngine<Engine, Order>& engine) {
    engine.rest([](Order order) {
      order.playing = false;
      return order;
    });
  }
  template <class Engine, class Order>
  void draw_head(Ui& ui, Box box, State& state, const LabEngine<Engine, Order>& engine) {
    const bool failed = !engine->error().empty();
    const bool playing = state.playing && !failed;
    const Transport pressed = draw_transport(ui, ui.phone ? box : box.cut_top(40), playing);
    if (pressed.play) {
      state.playing = !playing;
      if (failed) restart();
    }
    const auto& progress = engine->progress();
    if (pressed.step) one_step(state, progress.step);
    if (pressed.restart) restart();
    if (ui.phone) return;
    draw_training_pace(ui, box, progress.run == run_ ? progress.step : 0,
                       progress.steps_per_second);
  }

 private:
  static constexpr int shown_points = 1200;

  void keep_target(State& state) const {
    state.target = ordered_.target;
    state.strokes = ordered_.strokes;
  }

  State ordered_;
  std::shared_ptr<const data::Target2d> target_;
  std::vector<float> points_;
  uint64_t run_ = 0;
  int64_t allowance_ = 0;
  bool restart_wanted_ = true;
};

}  // namespace rivulet::ui
