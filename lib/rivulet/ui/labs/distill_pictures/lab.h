// The lab "Distillation, Pictures".
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/distill_pictures/engine.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"

namespace rivulet::ui {

namespace distill_pictures {
using namespace live::distill_pictures;

// Slots of the atlas.
inline constexpr int maker_slot = 0;
inline constexpr int student_slot = maker_slot + maker_count * picture_count;
inline constexpr int stage_slot = student_slot + picture_count;
inline constexpr int slot_count = stage_slot + most_stages;

}  // namespace distill_pictures

class DistillPicturesLab {
 public:
  LabFrame frame;
  static constexpr bool holds_networks = true;
  static constexpr float head_height = training_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const { return to_fields(state_); }
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest();

  // view.cpp: settings, pictures, words
  void draw_head(Ui& ui, Box box);
  float draw_settings(Ui& ui, Box column);
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  using Model = distill_pictures::Model;
  using Maker = distill_pictures::Maker;

  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::DistillPictures& words() const {
    return frame.words->distill_pictures;
  }

  // lab.cpp
  [[nodiscard]] std::string weights_name(Model model) const;
  [[nodiscard]] ModelFile weights(Model model) const;
  [[nodiscard]] Model first_model() const;
  void begin_run(const Ui& ui);
  [[nodiscard]] distill_pictures::Order order() const;
  void one_step();
  void roll();
  void ease_all(const Ui& ui);
  void ease_row(int first, std::span<const float> values, float part);
  /// Of the run that is wanted; an empty one until it has begun.
  [[nodiscard]] const distill_pictures::Progress& progress() const;
  [[nodiscard]] const distill_pictures::Live& student() const;
  [[nodiscard]] bool runs() const { return lesson_.setup == state_.setup && run_ > 0; }
  [[nodiscard]] int pixel_side() const { return state_.setup.set->side; }

  // view.cpp
  float draw_rows_of(Ui& ui, Box area, float room, bool narrow);
  void draw_row(Ui& ui, Box box, float cell, int row, bool narrow);
  void draw_stages(Ui& ui, Box box, float cell, bool narrow);
  void draw_row_name(Ui& ui, Box box, int row, bool narrow) const;
  void draw_curve(Ui& ui, Box box);
  bool draw_trouble(Ui& ui, Box box, const std::string& why, const char* name);
  [[nodiscard]] std::string cost_text(int row, bool narrow) const;
  [[nodiscard]] std::vector<FormulaLine> formulas() const;

  distill_pictures::State state_;
  LabEngine<distill_pictures::Engine, distill_pictures::Order> engine_;
  distill_pictures::Lesson lesson_;  ///< of the run under way
  uint64_t run_ = 0;
  int64_t allowance_ = 0;
  bool restart_wanted_ = true;

  EasedPictures atlas_;
  distill_pictures::Progress no_progress_;
  distill_pictures::Live no_student_;
};

}  // namespace rivulet::ui
