// The words of the lab "Flow and shortcut, 2-D".
#pragma once

#include <array>

namespace rivulet::words {

struct Flow2d {
  // Help with the first lab: pairs of key and meaning
  std::array<std::array<const char*, 2>, 9> keys;
  const char* help_mouse;

  // The lab
  const char* lab;
  const char* method;
  std::array<const char*, 6> methods;
  std::array<const char*, 6> method_hints;
  const char* compare;
  const char* compare_hint;
  const char* against;
  const char* steps_hint;
  const char* width_hint;
  const char* depth_hint;
  const char* bootstrap;
  const char* bootstrap_hint;

  std::array<const char*, 3> views;
  const char* play_flow;
  const char* loss_title;
  const char* loss_flow;
  const char* loss_self_short;
  const char* distance_caption;  ///< "distance {:.3f}"
  const char* distance_title;
  const char* floor;
  const char* panels_title;
  const char* panels_note;
  const char* waiting;

  // What one sees: one plain paragraph per method, and per view
  std::array<const char*, 6> method_text;
  std::array<const char*, 3> view_text;
  const char* train_label;
  const char* update_label;
  const char* path_label;
};

}  // namespace rivulet::words
