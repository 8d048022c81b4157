// All words that a visitor reads.
#pragma once

#include <array>

namespace rivulet::ui {

/// Of the lab "Pictures".
struct PicturesStrings {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  std::array<const char*, 2> sets;
  std::array<const char*, 2> methods;  ///< by side: shortcut, flow matching
  std::array<const char*, 2> method_hints;
  const char* compare;
  const char* new_noise;
  const char* new_noise_hint;
  const char* another_noise;
  const char* picture_back;
  const char* picture_on;
  const char* one_back;
  const char* one_on;
  const char* guidance;
  const char* guidance_hint;
  const char* guidance_cut;  ///< "{:.4g}, learned to {:.4g}"
  const char* any;
  const char* clear_choices;
  std::array<const char*, 2> ends;  ///< of a morph

  std::array<const char*, 3> views;
  const char* grid_caption;   ///< "{method}, {steps}"
  const char* batch_caption;  ///< "{} pictures in {:.0f} ms, {:.0f} GFLOP/s"
  const char* batch_short;    ///< "{} in {} ms"
  const char* picture;        ///< "Picture {}"
  const char* steps_title;
  const char* place;
  const char* belief;
  const char* play;
  const char* nearest;   ///< "Nearest of {} training pictures"
  const char* distance;  ///< "distance {:.3f}"
  const char* nearest_waiting;
  const char* save;
  const char* save_all;
  const char* saved_nowhere;
  const char* morph_noise;
  const char* morph_choice;
  const char* morph_play;
  const char* no_change;

  const char* loading;  ///< "Loading the model, {:.0f} %"
  const char* starting;
  const char* load_failed;
  const char* retry;
  const char* unavailable;

  std::array<const char*, 2> method_text;
  std::array<const char*, 4> view_text;  ///< grid, steps, morph between noises, between choices
  std::array<const char*, 2> sample_formulas;
  const char* belief_formula;
  std::array<const char*, 2> morph_formulas;
  const char* noise_formula;
  const char* noise_label;
  const char* belief_label;
  const char* morph_label;
};

/// One language. Everything shown comes from here (names of methods and formulas as well), so
/// another language is another table.
struct Strings {
  // The page
  const char* name;
  const char* copy_link;
  const char* copied;
  const char* paste_link;
  const char* pasted;
  const char* bad_state;  ///< followed by what is wrong
  const char* bad_paste;
  const char* bad_text;
  const char* bad_file;
  const char* unwanted_file;
  const char* to_dark;
  const char* to_light;
  const char* help;
  const char* close;
  const char* failed;  ///< heading over an error
  const char* again;
  const char* settings;

  const char* help_title;

  // Help with the first lab: pairs of key and meaning
  std::array<std::array<const char*, 2>, 9> keys;
  const char* help_mouse;

  // The lab
  const char* lab;
  const char* target;
  std::array<const char*, 8> targets;
  const char* method;
  std::array<const char*, 6> methods;
  std::array<const char*, 6> method_hints;
  const char* compare;
  const char* compare_hint;
  const char* against;
  const char* more;
  const char* less;
  const char* play;
  const char* pause;
  const char* one_step;
  const char* restart;
  const char* training_step;
  const char* per_second;

  const char* steps;
  const char* steps_hint;
  const char* rate;
  const char* rate_hint;
  const char* width;
  const char* width_hint;
  const char* depth;
  const char* depth_hint;
  const char* batch;
  const char* batch_hint;
  const char* bootstrap;
  const char* bootstrap_hint;
  const char* average;
  const char* average_hint;
  const char* seed;
  const char* seed_hint;

  std::array<const char*, 3> views;
  const char* play_flow;
  const char* one_step_caption;  ///< "1 step"
  const char* steps_caption;     ///< "{} steps"
  const char* loss_title;
  const char* loss_flow;
  const char* loss_self_short;
  const char* distance_caption;  ///< "distance {:.3f}"
  const char* distance_title;
  const char* floor;
  const char* training_steps_axis;
  const char* panels_title;
  const char* panels_note;
  const char* waiting;

  // Drawing a target
  const char* draw_title;
  const char* draw_hint;
  const char* draw_keys;
  const char* undo;
  const char* clear;
  const char* done;
  const char* draw_again;

  // What one sees: one plain paragraph per method, and per view
  std::array<const char*, 6> method_text;
  std::array<const char*, 3> view_text;
  std::array<const char*, 6> objectives;  ///< formulas
  const char* update_formula;
  std::array<const char*, 2> sample_formulas;  ///< without and with step size
  const char* path_formula;
  const char* train_label;
  const char* update_label;
  const char* sample_label;
  const char* path_label;

  PicturesStrings pictures;
};

[[nodiscard]] const Strings& english();

}  // namespace rivulet::ui
