// The words of the lab "Experts, Geometry".
#pragma once

#include <array>

namespace rivulet::words {

struct ExpertsGeometry {
  const char* lab;
  std::array<std::array<const char*, 2>, 6> keys;
  const char* help_mouse;
  const char* another;
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
  const char* sum_label;
  const char* choice_label;
  const char* error_label;
};

}  // namespace rivulet::words
