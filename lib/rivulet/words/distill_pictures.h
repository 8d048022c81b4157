// The words of the lab "Distillation, Pictures".
#pragma once

#include <array>

namespace rivulet::words {

struct DistillPictures {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  const char* first;
  std::array<const char*, 2> firsts;  ///< the teacher, the shortcut model
  const char* loss;
  std::array<const char*, 3> losses;  ///< L1, L3, the family
  const char* weight;                 ///< lambda
  const char* weight_hint;
  const char* steps;
  const char* fake_rate;
  const char* fake_rate_hint;
  const char* fake_steps;
  const char* fake_steps_hint;
  const char* guidance_hint;
  const char* noise;
  std::array<const char*, 5> makers;  ///< by maker of live/distill_pictures/engine.h
  const char* yours;
  const char* evaluations;     ///< "{} evaluations"
  const char* one_evaluation;  ///< "1 evaluation"
  const char* milliseconds;    ///< "{} ms a picture"
  const char* now;             ///< "step {}"
  const char* waiting;
  const char* stages;  ///< "Picture {} as it learned"
  const char* curve;
  std::array<const char*, 2> first_text;
  std::array<const char*, 4> loss_text;  ///< L1, L3, the family, too large a lambda
  const char* generator_label;
  const char* loss_label;
  const char* fake_label;
};

}  // namespace rivulet::words
