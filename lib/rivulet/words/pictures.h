// The words of the lab "Pictures".
#pragma once

#include <array>

#include "rivulet/data/picture_sets.h"

namespace rivulet::words {

struct Pictures {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  std::array<const char*, data::picture_sets.size()> sets;  ///< in the order of data/
  std::array<const char*, 4> methods;                       ///< by model of live/pictures/models.h
  std::array<const char*, 4> method_hints;
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
  const char* guidance_cut;         ///< "{:.4g}, learned to {:.4g}"
  const char* guidance_settled;     ///< "{:.4g}, of no effect on a student"
  std::array<const char*, 2> ends;  ///< of a morph

  std::array<const char*, 3> views;
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
  const char* morph_noise;
  const char* morph_choice;
  const char* morph_play;
  const char* no_change;

  std::array<const char*, 4> method_text;
  std::array<const char*, 4> view_text;  ///< grid, steps, morph between noises, between choices
  const char* noise_label;
  const char* belief_label;
  const char* morph_label;
};

}  // namespace rivulet::words
