// Parts of the lab "TarFlow, 2-D": its state and what each file draws of it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/tarflow2d/engine.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/labs/tarflow2d/make.h"
#include "rivulet/ui/page.h"
#include "rivulet/ui/plot.h"
#include "rivulet/ui/target_picker.h"

namespace rivulet::ui {

namespace tarflow2d {
using namespace live::tarflow2d;
}  // namespace tarflow2d

class Tarflow2dLab {
 public:
  void draw(Ui& ui, Box box);
  void rest();
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;

 private:
  [[nodiscard]] const words::Common& common() const { return all_->common; }
  [[nodiscard]] const words::Tarflow2d& words() const { return all_->tarflow2d; }

  // tarflow2d.cpp: what happens
  void follow_keys();
  void send_order(const Ui& ui);
  void restart() { restart_wanted_ = true; }
  void one_step();
  void choose_target(data::Shape2d shape);
  void open_sketch(bool by_keys = false);
  void close_sketch();
  [[nodiscard]] bool nothing_drawn() const;
  void move_through_blocks(const Ui& ui);
  void ease_all(const Ui& ui);
  void paint_density(const Ui& ui);
  void hold(data::Point point, int after);
  /// Points after a whole or broken number of blocks; states [T+1,n,2].
  [[nodiscard]] std::vector<float> at_place(std::span<const float> states, float after) const;
  [[nodiscard]] int blocks() const { return ordered_.config.blocks; }
  [[nodiscard]] bool is_new(uint64_t run, int64_t step) const { return run != run_ || step < 0; }

  // tarflow2d_controls.cpp: the column of settings
  void draw_transport(Ui& ui, Box row);
  float draw_settings(Ui& ui, Box column);
  void draw_left_bar(Ui& ui, Box row);
  void draw_right_bar(Ui& ui, Box row);

  // tarflow2d_view.cpp: pictures, plot, words
  void draw_wide(Ui& ui, Box box);
  void draw_phone(Ui& ui, Box box);
  float draw_main(Ui& ui, Box area);
  float draw_main_phone(Ui& ui, Box area);
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

  const words::Words* all_ = &words::words(words::Language::english);
  tarflow2d::State state_;
  tarflow2d::State ordered_;
  tarflow2d::Engine engine_;
  std::shared_ptr<const data::Target2d> target_;
  uint64_t run_ = 0;
  int64_t allowance_ = 0;  // steps that "one step" has granted
  bool restart_wanted_ = true;
  std::optional<tarflow2d::Order> sent_;
  data::Point cursor_;
  bool cursor_on_ = false;

  // What the eye sees: all glides to where the newest weights put it.
  std::vector<float> data_;     // [T+1,cloud_points,2]
  std::vector<float> samples_;  // the same
  std::vector<float> grid_;     // [T+1,grid_points,2]
  std::vector<float> mu_;       // [T,curve_points]
  std::vector<float> scale_;
  std::vector<float> path_;  // [T+1,2]
  std::vector<float> data_points_;
  PictureAtlas density_picture_{PictureAtlas::Filter::smooth};
  int64_t painted_step_ = -2;
  uint64_t painted_run_ = 0;
  const Theme* painted_theme_ = nullptr;

  TargetPicker picker_;
  float flow_clock_ = 0;
  bool more_ = false;
  Sheet sheet_;
};

}  // namespace rivulet::ui
