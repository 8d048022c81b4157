// The lab "Experts, Geometry".
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/experts_geometry/engine.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/plane_picture.h"
#include "rivulet/ui/plane_training.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace experts_geometry {
using namespace live::experts_geometry;
}  // namespace experts_geometry

class ExpertsGeometryLab {
 public:
  LabFrame frame;
  static constexpr float head_height = training_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const { return to_fields(training_.settled(state_)); }
  void restore(const Fields& fields);
  bool take_file(const io::Bytes& file) { return training_.take_points(frame, state_, file); }
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest() { training_.rest(engine_); }

  // controls.cpp: the column of settings, and the number kept
  void draw_head(Ui& ui, Box box);
  float draw_settings(Ui& ui, Box column);

  // view.cpp: arrows, plots, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::ExpertsGeometry& words() const {
    return frame.words->experts_geometry;
  }

  [[nodiscard]] const words::Common& common() const { return frame.words->common; }

  // lab.cpp
  [[nodiscard]] experts_geometry::Order order() const;
  [[nodiscard]] bool learns() const { return state_.view == experts_geometry::View::layer; }
  void another_set();
  void keep(int k);
  void choose_target(data::Shape2d shape);
  void open_sketch(bool by_keys = false);
  void hold(data::Point point);
  void ease_all(const Ui& ui);
  /// The set that is shown: the visitor's, or the layer's where the point is held.
  [[nodiscard]] const experts_geometry::Vectors& vectors() const {
    return learns() ? engine_->probe().vectors : engine_->vectors();
  }
  /// It is there, and of these settings.
  [[nodiscard]] bool arranged() const {
    return vectors().of.n == state_.n && (!learns() || !is_new(engine_->probe()));
  }
  /// How much of each vector the chosen rule keeps at k.
  [[nodiscard]] std::vector<float> weights() const;
  /// What the rules miss: of the set, or of the layer over many points.
  [[nodiscard]] const auto& errors() const {
    return learns() ? engine_->ranking().errors : engine_->vectors().errors;
  }
  /// Nothing of this run is known yet.
  template <class Result>
  [[nodiscard]] bool is_new(const Result& result) const {
    return result.run != training_.run() || result.step < 0;
  }

  // controls.cpp
  void draw_kept(Ui& ui, Box row);

  // arrows.cpp
  void draw_vectors(Ui& ui, Box box);
  void draw_bundle(Ui& ui, const Plane& plane) const;
  void draw_caption(Ui& ui, Box row, const char* said) const;
  void draw_space(Ui& ui, const Plane& plane) const;
  void draw_sums(Ui& ui, const Plane& plane) const;
  [[nodiscard]] int head_near(const Plane& plane, ImVec2 at, float reach) const;
  void move_head(int i, data::Point to);
  void drag_heads(Ui& ui, const Plane& plane);
  void turn(Ui& ui, const Touch& touched);
  /// Where a point of the space, [3], lies on the screen.
  [[nodiscard]] ImVec2 screen(const Plane& plane, std::span<const float> point) const;

  // layer.cpp
  void draw_layer(Ui& ui, Box box);
  void paint_regions(const Ui& ui);
  void follow_pointer(Ui& ui, const Plane& plane);
  void draw_foresight(Ui& ui, Box box);
  void draw_correlation(Ui& ui, Box box);

  // view.cpp
  void draw_view_bar(Ui& ui, Box row);
  void draw_picture(Ui& ui, Box box);
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_errors(Ui& ui, Box box);
  void draw_gap(Ui& ui, Box box);
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;

  experts_geometry::State state_;
  LabEngine<experts_geometry::Engine, experts_geometry::Order> engine_;
  PlaneTraining<experts_geometry::State> training_;
  int dragged_ = -1;     ///< the arrow whose head follows the pointer
  int chosen_ = 0;       ///< ... that the keyboard moves
  bool ringed_ = false;  ///< the keyboard is there

  // What the eye sees: all glides to where it should be.
  std::vector<float> seen_;     // [n,3]
  std::vector<float> weights_;  // [n]
  PlanePicture regions_{experts_geometry::map_side};
};

}  // namespace rivulet::ui
