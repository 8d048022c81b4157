// The lab "Pictures".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rivulet/live/pictures/engine.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"

namespace rivulet::ui {

namespace pictures {
using namespace live::pictures;

// Slots of the atlas.
inline constexpr int step_counts = static_cast<int>(step_choices.size());
inline constexpr int grid_slot = 0;
inline constexpr int steps_slot = grid_slot + model_count * picture_count;
inline constexpr int morph_slot = steps_slot + model_count * step_counts;
inline constexpr int blend_slot = morph_slot + model_count * morph_frames;
inline constexpr int place_slot = blend_slot + model_count;
inline constexpr int belief_slot = place_slot + 1;
inline constexpr int nearest_slot = belief_slot + 1;
inline constexpr int slot_count = nearest_slot + 1;

}  // namespace pictures

class PicturesLab {
 public:
  LabFrame frame;
  static constexpr bool holds_networks = true;
  static constexpr float head_height = button_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest();

  // controls.cpp: the column of settings
  void draw_head(Ui& ui, Box box);
  float draw_settings(Ui& ui, Box column);

  // view.cpp: grid, steps, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::Pictures& words() const { return frame.words->pictures; }

  // lab.cpp
  void choose_view(pictures::View view);
  void choose_picture(int side, int picture);
  void roll();
  void advance_time(const Ui& ui);
  [[nodiscard]] bool way_known() const;
  [[nodiscard]] pictures::Order order() const;
  [[nodiscard]] std::vector<int> shown_sides() const;
  /// What the set's pictures have to choose; nullptr until a model has come.
  [[nodiscard]] const models::PictureModel* model() const;
  [[nodiscard]] bool edits_far_end() const {
    return far_end_ && state_.view == pictures::View::morph &&
           state_.morph == pictures::MorphKind::choice;
  }
  [[nodiscard]] PictureLabels& edited() { return edits_far_end() ? state_.to : state_.wish.labels; }

  // files.cpp: weights and training pictures in, pictures out
  void fetch_files(const Ui& ui);
  [[nodiscard]] std::string weights_name(int side) const;
  [[nodiscard]] std::string training_name() const;
  [[nodiscard]] ModelFile weights(int side) const;
  void try_again(int side);
  void save(Ui& ui, const std::string& name, std::span<const float> values, int columns);
  void save_picture(Ui& ui);
  void save_grid(Ui& ui);

  // shown.cpp: what the eye sees of the newest pictures
  void ease_pictures(const Ui& ui);
  void ease_sheet(int first, const pictures::Sheet& sheet, int count, float part);
  void ease_morph(int side, float part);
  void ease_trace(float part);
  [[nodiscard]] std::span<const float> noise(int picture);
  [[nodiscard]] int pixel_side() const;
  [[nodiscard]] int channels() const;

  // controls.cpp
  void draw_guidance(Ui& ui, Box& column);
  void draw_seed(Ui& ui, Box& column);
  void draw_choices(Ui& ui, Box& column);

  // view.cpp
  void draw_view_bar(Ui& ui, Box row);
  float draw_grids(Ui& ui, Box area, bool narrow);
  float draw_grid(Ui& ui, Box box, int side, bool narrow);
  float draw_steps(Ui& ui, Box area, bool narrow);
  float draw_step_row(Ui& ui, Box box, int side, bool narrow);
  void draw_caption(Ui& ui, Box row, int side, const std::string& name);
  void draw_trouble(Ui& ui, Box box, int side);
  bool draw_cell(Ui& ui, const std::string& name, int slot, Box box, bool chosen, int side);
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;
  [[nodiscard]] ImU32 side_color(const Ui& ui, int side) const;

  // morph.cpp: between two noises or two choices
  float draw_morphs(Ui& ui, Box area, bool narrow);
  float draw_morph(Ui& ui, Box box, int side, float large);
  void draw_morph_bar(Ui& ui, Box row);
  float draw_ends(Ui& ui, Box box);
  float draw_choice_ends(Ui& ui, Box box);
  float draw_end(Ui& ui, Box box, int end, int columns);

  // detail.cpp: one picture, looked at closely
  float draw_detail(Ui& ui, Box box, bool wide);
  float draw_way(Ui& ui, Box box);
  float draw_nearest(Ui& ui, Box box);

  pictures::State state_;
  LabEngine<pictures::Engine, pictures::Order> engine_;

  EasedPictures atlas_;
  std::vector<float> noise_;  // [pictures::picture_count,D], until there are pictures
  uint64_t noise_seed_ = 0;

  Playback playback_;     // the way of a picture, or the morph
  bool far_end_ = false;  // whose choices the column edits
};

}  // namespace rivulet::ui
