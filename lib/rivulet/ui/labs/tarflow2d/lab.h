// The lab "TarFlow, 2-D".
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/tarflow2d/engine.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/plane_picture.h"
#include "rivulet/ui/plane_training.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace tarflow2d {
using namespace live::tarflow2d;
}  // namespace tarflow2d

class Tarflow2dLab {
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

  // view.cpp: pictures, plot, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::Tarflow2d& words() const { return frame.words->tarflow2d; }

  // lab.cpp
  [[nodiscard]] tarflow2d::Order order() const;
  void choose_target(data::Shape2d shape);
  void open_sketch(bool by_keys = false);
  void move_through_blocks(const Ui& ui);
  void ease_all(const Ui& ui);
  void paint_density(const Ui& ui);
  void hold(data::Point point, int after);
  /// Points after a whole or broken number of blocks; states [T+1,n,2].
  [[nodiscard]] std::vector<float> at_place(std::span<const float> states, float after) const;
  [[nodiscard]] int blocks() const { return training_.ordered().config.blocks; }
  /// Nothing of this run is known yet.
  [[nodiscard]] bool is_new(uint64_t run, int64_t step) const {
    return run != training_.run() || step < 0;
  }

  // controls.cpp
  void draw_left_bar(Ui& ui, Box row);
  void draw_right_bar(Ui& ui, Box row);

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_left(Ui& ui, Box box);
  void draw_right(Ui& ui, Box box);
  void draw_density(Ui& ui, const Plane& plane);
  void draw_side_curves(Ui& ui, const Plane& plane);
  void draw_rule(Ui& ui, const Plane& plane);
  void draw_held(Ui& ui, const Plane& plane, float after, bool trail);
  void follow_pointer(Ui& ui, const char* name, const Plane& plane, int after);
  void draw_nll(Ui& ui, Box box);
  [[nodiscard]] std::array<FormulaLine, 4> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;
  [[nodiscard]] std::string place_title() const;

  tarflow2d::State state_;
  LabEngine<tarflow2d::Engine, tarflow2d::Order> engine_;
  PlaneTraining<tarflow2d::State> training_;
  data::Point cursor_;
  bool cursor_on_ = false;

  // What the eye sees: all glides to where the newest weights put it.
  std::vector<float> data_;     // [T+1,cloud_points,2]
  std::vector<float> samples_;  // the same
  std::vector<float> grid_;     // [T+1,grid_points,2]
  std::vector<float> mu_;       // [T,curve_points]
  std::vector<float> scale_;
  std::vector<float> path_;  // [T+1,2]
  PlanePicture density_picture_{tarflow2d::density_side};
  float density_top_ = 0;  ///< a logarithm, nearly of its highest
  float flow_clock_ = 0;
};

}  // namespace rivulet::ui
