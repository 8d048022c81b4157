// Parts of the lab "Flow and shortcut, 2-D": its state and what each file draws of it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "rivulet/live/flow2d/engine.h"
#include "rivulet/ui/labs/flow2d/make.h"
#include "rivulet/ui/page.h"
#include "rivulet/ui/plot.h"
#include "rivulet/ui/target_picker.h"

namespace rivulet::ui {

namespace flow2d {
using namespace live::flow2d;
}  // namespace flow2d

class Flow2dLab {
 public:
  void draw(Ui& ui, Box box);
  void rest();
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;

 private:
  [[nodiscard]] const words::Common& common() const { return all_->common; }
  [[nodiscard]] const words::Flow2d& words() const { return all_->flow2d; }

  // flow2d.cpp: what happens
  void follow_keys(Ui& ui);
  void send_order(Ui& ui);
  void restart();
  void one_step();
  [[nodiscard]] int sides_trained() const;
  void choose_target(data::Shape2d shape);
  void open_sketch(bool by_keys = false);
  void close_sketch();
  [[nodiscard]] models::Method method_of(int side) const;
  [[nodiscard]] int sides() const { return state_.compare ? 2 : 1; }
  [[nodiscard]] int chosen_panel() const;
  [[nodiscard]] bool nothing_drawn() const;
  void ease_points(const Ui& ui);
  void ease_picture(const Ui& ui, int side);
  void advance_time(const Ui& ui);

  // flow2d_controls.cpp: the column of settings
  void draw_transport(Ui& ui, Box row);
  float draw_settings(Ui& ui, Box column);

  // flow2d_view.cpp: pictures, panels, plots, words
  void draw_wide(Ui& ui, Box box);
  void draw_phone(Ui& ui, Box box);
  float draw_main(Ui& ui, Box area);
  float draw_main_phone(Ui& ui, Box area);
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

  const words::Words* all_ = &words::words(words::Language::english);
  flow2d::State state_;
  flow2d::State ordered_;
  flow2d::Engine engine_;
  std::shared_ptr<const data::Target2d> target_;
  uint64_t run_ = 0;
  int64_t allowance_ = 0;  // steps that "one step" has granted
  bool restart_wanted_ = true;
  std::optional<flow2d::Order> sent_;

  // What the eye sees: points glide to where the newest samples are.
  std::array<std::array<std::vector<float>, flow2d::panel_count>, 2> shown_;
  std::array<std::vector<float>, 2> picture_;
  std::vector<float> data_points_;

  TargetPicker picker_;
  bool flowing_ = false;  // time runs by itself
  float flow_clock_ = 0;
  bool more_ = false;
  Sheet sheet_;
};

}  // namespace rivulet::ui
