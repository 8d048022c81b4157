// The lab "Experts, Geometry".
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/experts_geometry/engine.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace experts_geometry {
using namespace live::experts_geometry;
}  // namespace experts_geometry

class ExpertsGeometryLab {
 public:
  LabFrame frame;
  static constexpr float head_height = button_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const { return experts_geometry::to_fields(state_); }
  void restore(const Fields& fields) { state_ = experts_geometry::read_state(fields); }
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest() {}

  // controls.cpp: the column of settings, and the number kept
  void draw_head(Ui& ui, Box box);
  float draw_settings(Ui& ui, Box column);

  // view.cpp: arrows, plots, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::ExpertsGeometry& words() const {
    return frame.words->experts_geometry;
  }

  // lab.cpp
  void another_set();
  void keep(int k);
  void ease_all(const Ui& ui);
  /// Of the set that is shown: how much of each vector the chosen rule keeps at k.
  [[nodiscard]] std::vector<float> weights() const;
  /// What it misses of the sum's square.
  [[nodiscard]] float missed() const;
  /// There is a set, and it has as many vectors as the settings say.
  [[nodiscard]] bool arranged() const { return engine_->vectors().of.n == state_.n; }

  // controls.cpp
  void draw_kept(Ui& ui, Box row);

  // arrows.cpp
  void draw_arrows(Ui& ui, Box box);
  void draw_space(Ui& ui, const Plane& plane) const;
  void draw_sums(Ui& ui, const Plane& plane) const;
  void drag_heads(Ui& ui, const Plane& plane);
  void turn(Ui& ui, const Touch& touched);
  /// Where a point of the space, [3], lies on the screen.
  [[nodiscard]] ImVec2 screen(const Plane& plane, std::span<const float> point) const;

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_errors(Ui& ui, Box box);
  void draw_gap(Ui& ui, Box box);
  [[nodiscard]] std::array<FormulaLine, 3> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;

  experts_geometry::State state_;
  LabEngine<experts_geometry::Engine, experts_geometry::Order> engine_;
  int dragged_ = -1;  ///< the arrow whose head follows the pointer

  // What the eye sees: all glides to where it should be.
  std::vector<float> seen_;     // [n,3]
  std::vector<float> weights_;  // [n]
};

}  // namespace rivulet::ui
