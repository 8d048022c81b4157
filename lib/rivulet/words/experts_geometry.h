// The words of the lab "Experts, Geometry".
#pragma once

#include <array>

namespace rivulet::words {

struct ExpertsGeometry {
  const char* lab;
  std::array<std::array<const char*, 2>, 12> keys;
  const char* help_mouse;
  std::array<const char*, 2> views;
  const char* another;
  const char* both_miss;  ///< "longest {:.1f} %, best {:.1f} %"
  const char* rule;
  std::array<const char*, 4> rules;
  std::array<const char*, 4> rule_hints;
  const char* room;
  std::array<const char*, 3> rooms;
  const char* experts;
  const char* experts_hint;
  const char* kept;
  const char* kept_hint;
  const char* kept_value;  ///< "{} of {}"
  const char* overlap;
  const char* overlap_hint;
  const char* noise;
  const char* noise_hint;
  const char* weighed;
  const char* seed_hint;
  const char* vectors_title;
  const char* misses;  ///< "the kept sum misses {:.1f} %"
  const char* sum;
  const char* kept_sum;
  const char* error_title;
  const char* error_axis;
  std::array<const char*, 4> curves;
  const char* gap_title;
  const char* gap_axis;
  std::array<const char*, 2> gap_curves;
  std::array<const char*, 4> rule_text;
  std::array<const char*, 3> room_seen;
  // The layer
  const char* map;
  std::array<const char*, 2> maps;
  const char* blur;
  const char* blur_hint;
  const char* router_map;
  std::array<const char*, 3> router_maps;
  const char* hidden;
  const char* hidden_hint;
  std::array<const char*, 2> map_titles;
  const char* layer_error_title;
  const char* scatter_title;
  const char* true_axis;
  const char* predicted_axis;
  const char* correlation_title;
  const char* layer_text;
  std::array<const char*, 2> map_seen;
  const char* router_label;
  const char* loss_label;
  const char* sum_label;
  const char* choice_label;
  const char* error_label;
};

}  // namespace rivulet::words
