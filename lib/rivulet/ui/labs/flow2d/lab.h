// The lab "Flow and shortcut, 2-D".
#pragma once

#include <array>
#include <span>
#include <vector>

#include "rivulet/live/flow2d/engine.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/plane_training.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace flow2d {
using namespace live::flow2d;
}  // namespace flow2d

class Flow2dLab {
 public:
  LabFrame frame;
  static constexpr float head_height = training_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  bool take_file(const io::Bytes& file) { return training_.take_points(frame, state_, file); }
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest() { training_.rest(engine_); }

  // controls.cpp: the column of settings
  void draw_head(Ui& ui, Box box) { training_.draw_head(ui, box, state_, engine_); }
  float draw_settings(Ui& ui, Box column);

  // view.cpp: pictures, panels, plots, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::Flow2d& words() const { return frame.words->flow2d; }

  // lab.cpp
  [[nodiscard]] flow2d::Order order() const;
  void choose_target(data::Shape2d shape);
  void open_sketch(bool by_keys = false);
  [[nodiscard]] models::Method method_of(int side) const;
  [[nodiscard]] int sides() const { return state_.compare ? 2 : 1; }
  [[nodiscard]] int chosen_panel() const;
  void ease_points(const Ui& ui);
  void ease_picture(const Ui& ui, int side);

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_picture(Ui& ui, Box box, int side);
  void draw_cloud(Ui& ui, const Plane& plane, int side);
  void draw_view_bar(Ui& ui, Box row);
  void draw_panels(Ui& ui, Box box, int columns);
  void draw_panel(Ui& ui, Box box, int side, int index);
  void draw_loss(Ui& ui, Box box);
  void draw_distances(Ui& ui, Box box);
  [[nodiscard]] std::array<FormulaLine, 4> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;
  [[nodiscard]] float explanation_height(const Ui& ui, float width) const;
  float draw_explanation(Ui& ui, Box box);
  [[nodiscard]] ImU32 side_color(const Ui& ui, int side) const;

  flow2d::State state_;
  LabEngine<flow2d::Engine, flow2d::Order> engine_;
  PlaneTraining<flow2d::State> training_;
  Playback flowing_;  // time runs by itself

  // What the eye sees: points glide to where the newest samples are.
  std::array<std::array<std::vector<float>, flow2d::panel_count>, 2> shown_;
  std::array<std::vector<float>, 2> picture_;
};

}  // namespace rivulet::ui
