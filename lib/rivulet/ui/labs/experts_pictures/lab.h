// The lab "Experts, Pictures".
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/experts_pictures/engine.h"
#include "rivulet/live/experts_pictures/state.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"

namespace rivulet::ui {

namespace experts_pictures {
using namespace live::experts_pictures;

// Slots of the atlas.
inline constexpr int whole_slot = 0;
inline constexpr int without_slot = whole_slot + picture_count;
inline constexpr int difference_slot = without_slot + 1;
inline constexpr int real_slot = difference_slot + 1;
inline constexpr int slot_count = real_slot + most_real;

inline constexpr int difference_gain = 4;  ///< differences are shown so many times as large

}  // namespace experts_pictures

class ExpertsPicturesLab {
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

  // view.cpp: how all lies on the page, and words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  using Course = experts_pictures::Course;

  [[nodiscard]] const words::ExpertsPictures& words() const {
    return frame.words->experts_pictures;
  }

  // lab.cpp
  [[nodiscard]] experts_pictures::Order order() const;
  [[nodiscard]] std::string weights_name() const;
  [[nodiscard]] std::string pictures_name() const;
  [[nodiscard]] ModelFile weights() const;
  /// Of the model that is wanted; an empty one until that has come.
  [[nodiscard]] const Course& course(experts_pictures::Cast cast) const {
    return weights().ready() ? engine_->course(cast) : none_;
  }
  [[nodiscard]] const Course& whole() const { return course(experts_pictures::Cast::whole); }
  [[nodiscard]] const Course& without() const { return course(experts_pictures::Cast::without); }
  /// How many layers and experts there are; a guess until the model has come.
  [[nodiscard]] experts_pictures::Extent extent() const;
  [[nodiscard]] int layer() const;
  /// The step of a course at whose beginning it is shown, as far as it has come.
  [[nodiscard]] int place(const Course& course) const;
  /// The evaluation whose gates are shown; -1: there is none yet.
  [[nodiscard]] int evaluation(const Course& course) const;
  [[nodiscard]] bool silenced(int expert) const {
    return experts_pictures::is_silenced(state_.silenced, layer(), expert);
  }
  void roll();
  void turn_layer();
  void press_expert(int expert);
  void step_time(int by);
  void ease_all(const Ui& ui);
  [[nodiscard]] float difference() const;

  // patches.cpp: a picture and who takes its patches
  void draw_patches(const Ui& ui, Box picture, int layer, bool large) const;
  void draw_painted(Ui& ui, Box box);
  void draw_time(Ui& ui, Box row);
  void draw_noises(Ui& ui, Box row);
  float draw_layers(Ui& ui, Box box, int columns);
  [[nodiscard]] std::string patch_text(int token) const;

  // experts.cpp: the experts of a layer
  [[nodiscard]] float legend_height(int columns) const;
  void draw_legend(Ui& ui, Box box, int columns);
  void draw_expert(Ui& ui, Box row, int expert);
  void draw_mark(const Ui& ui, Box box, int expert) const;
  void draw_load(Ui& ui, Box box);
  float draw_preferred(Ui& ui, Box box, int columns, float cell);
  void draw_preferred_of(Ui& ui, Box row, int expert, float cell);

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_comparison(Ui& ui, Box box);
  void draw_trouble(Ui& ui, Box box);
  [[nodiscard]] int pixel_side() const { return extent().side; }
  [[nodiscard]] std::string said() const;
  [[nodiscard]] std::array<FormulaLine, 4> formulas() const;
  float draw_words(Ui& ui, Box box) const;

  experts_pictures::State state_;
  LabEngine<experts_pictures::Engine, experts_pictures::Order> engine_;
  Playback playback_;
  float noised_ = 0;  ///< the time at which real pictures were looked at last

  Course none_;

  // What the eye sees
  EasedPictures atlas_;
  std::vector<float> load_;  // [experts]
  int pointed_ = -1;         ///< the expert that the pointer is on
  int next_pointed_ = -1;
};

}  // namespace rivulet::ui
