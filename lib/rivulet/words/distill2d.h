// The words of the lab "Distillation, 2-D".
#pragma once

#include <array>

namespace rivulet::words {

struct Distill2d {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  const char* left;
  const char* right;
  const char* loss_hint;
  const char* naive;  ///< "... L1"
  const char* drifting;
  const char* drifting_caption;
  const char* tau;
  const char* tau_hint;
  const char* repulsion;
  const char* start;
  const char* start_hint;
  const char* gaussian;
  const char* levels;
  std::array<const char*, 3> levels_of;
  const char* fake_steps;
  const char* fake_steps_hint;
  const char* form;
  std::array<const char*, 2> forms;
  const char* deviation;
  const char* deviation_hint;
  const char* width_hint;
  const char* rate;
  const char* fake_rate;
  std::array<const char*, 5> views;
  const char* level;
  const char* spread_caption;  ///< "s = {:.2f}"
  const char* waiting;
  const char* away;
  const char* collapsed;
  const char* out_of_sight;
  const char* l1_title;
  const char* distance_title;
  const char* spread_title;
  const char* of_data;
  const char* threshold;  ///< "{} turns here"
  // Why
  const char* phase_title;
  const char* phase_axis;
  const char* right_way;
  const char* wrong_way;
  const char* terms_title;  ///< "{}, term by term"
  const char* sum;
  const char* lag;         ///< "... {:.3g}"
  const char* drift_size;  ///< "... {:.4f}"
  // What is said
  /// L1, L3; lambda below 0, below 1/2, 1/2, below 1, 1, up to 1.2, more; drifting, without
  /// repulsion.
  std::array<const char*, 11> way_text;
  const char* both_text;   ///< "Left: {} Right: {}"
  const char* alike_text;  ///< "Both: {}"
  std::array<const char*, 5> view_seen;
  const char* drift_seen;
  const char* noised_label;
  const char* loss_label;
  const char* fake_label;
  const char* theory_label;
  const char* drift_label;
};

}  // namespace rivulet::words
