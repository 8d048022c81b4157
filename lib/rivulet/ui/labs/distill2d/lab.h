// The lab "Distillation, 2-D".
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/distill2d/engine.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/plane_training.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace distill2d {
using namespace live::distill2d;
}  // namespace distill2d

/// Those of the points [N,2] that can be seen: what ran away has no place on the screen.
[[nodiscard]] std::vector<float> in_sight(std::span<const float> xy);
/// ... hardly any.
[[nodiscard]] bool out_of_sight(std::span<const float> xy);

class Distill2dLab {
 public:
  LabFrame frame;
  static constexpr float head_height = training_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  bool take_file(const io::Bytes& file);
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest() { training_.rest(engine_); }

  // controls.cpp: the column of settings, and the bar below the planes
  void draw_head(Ui& ui, Box box) { training_.draw_head(ui, box, state_, engine_); }
  float draw_settings(Ui& ui, Box column);

  // view.cpp: where all lies on the page, and the words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  using View = distill2d::View;
  using Way = distill2d::Way;

  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::Distill2d& words() const { return frame.words->distill2d; }

  // lab.cpp
  [[nodiscard]] distill2d::Order order() const;
  void open_sketch(bool by_keys = false);
  [[nodiscard]] const distill2d::Panel& panel(int side) const;
  /// There is something of this run.
  [[nodiscard]] bool begun(int side) const { return panel(side).step >= 0; }
  [[nodiscard]] Way way(int side) const { return state_.setup.ways[static_cast<size_t>(side)]; }
  [[nodiscard]] bool drifts(int side) const { return state_.setup.drifts(side); }
  [[nodiscard]] float data_spread() const;
  [[nodiscard]] float ratio(int side) const;  ///< what theory calls V
  enum class Fate : uint8_t { fine, collapsed, away };
  [[nodiscard]] Fate fate(int side) const;
  [[nodiscard]] std::string name_of(int side) const;
  [[nodiscard]] ImU32 side_color(const Ui& ui, int side) const {
    return side == 0 ? ui.theme->rival : ui.theme->accent;
  }

  // controls.cpp
  void draw_loss(Ui& ui, Box& column, int side);
  void draw_view_bar(Ui& ui, Box row, bool narrow);
  /// Samples alone have no noise, and no level, unless one of them trains at it.
  [[nodiscard]] bool has_level() const {
    return state_.view != View::samples || state_.setup.fixed != distill2d::Fixed::none;
  }

  // planes.cpp: samples and fields
  void draw_plane(Ui& ui, Box box, int side);
  void draw_fields(Ui& ui, const Plane& plane, int side) const;
  void draw_caption(Ui& ui, Box caption, int side, bool draws) const;

  // why.cpp: the loss term by term, and the case that theory solves
  void draw_phase(Ui& ui, Box box);
  void draw_terms(Ui& ui, Box box, int side);

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_distances(Ui& ui, Box box);
  void draw_l1(Ui& ui, Box box);
  void draw_spreads(Ui& ui, Box box);
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] size_t text_of(int side) const;
  [[nodiscard]] std::string said() const;
  [[nodiscard]] std::string what_is_seen() const;

  distill2d::State state_;
  LabEngine<distill2d::Engine, distill2d::Order> engine_;
  PlaneTraining<distill2d::State> training_;
  std::array<Series, distill2d::sides> thresholds_;  // flat, of this frame
};

}  // namespace rivulet::ui
