// The words of the lab "Experts, Balance".
#pragma once

#include <array>

namespace rivulet::words {

struct ExpertsBalance {
  const char* lab;
  std::array<std::array<const char*, 2>, 7> keys;
  const char* help_mouse;
  const char* left;
  const char* right;
  std::array<const char*, 6> remedies;
  std::array<const char*, 6> remedy_hints;
  const char* experts;
  const char* experts_hint;
  const char* chosen;
  const char* chosen_hint;
  const char* router;
  std::array<const char*, 3> routers;
  const char* gate;
  std::array<const char*, 3> gates;
  const char* shared;
  const char* rate;
  const char* rate_hint;
  const char* loss_weight;
  const char* loss_weight_hint;
  const char* hidden;
  const char* hidden_hint;
  std::array<const char*, 3> views;
  const char* play_flow;
  const char* violation_caption;  ///< "MaxVio {:.2f}"
  const char* waiting;
  const char* load_title;
  const char* threshold_title;
  const char* no_thresholds;
  const char* violation_title;
  const char* error_title;
  const char* used;    ///< "{:.2f} experts a token"
  const char* idle;    ///< "{} of {} idle"
  const char* moved;   ///< "router moved {:.1f} %"
  const char* stands;  ///< the router stands still
  // You are the router.
  const char* hand_title;
  const char* basket_title;
  const char* baskets_hint;
  const char* again;
  const char* take_even;
  std::array<const char*, 4> scores;  ///< you, router, best even, best
  const char* score_loss;
  const char* score_violation;
  const char* truth;
  const char* said;
  std::array<const char*, 6> remedy_text;
  std::array<const char*, 3> view_seen;
  const char* renormalised_text;
  const char* layer_label;
  const char* choice_label;
  const char* remedy_label;
  const char* violation_label;
};

}  // namespace rivulet::words
