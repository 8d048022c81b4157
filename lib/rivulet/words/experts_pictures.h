// The words of the lab "Experts, Pictures".
#pragma once

#include <array>

namespace rivulet::words {

struct ExpertsPictures {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  const char* painted;
  std::array<const char*, 2> reach;  ///< of a press: this layer, all layers
  const char* routed_title;          ///< "Layer {}: who takes which patch"
  const char* whole;
  const char* without;
  const char* difference;  ///< so many times as large
  const char* invitation;
  const char* all_speak;
  const char* expert;  ///< "Expert {}"
  const char* silent;
  const char* silence_hint;
  const char* patch;  ///< "{} {:.0f} %": an expert and its part
  const char* layers_title;
  const char* layer;  ///< "Layer {}"
  const char* load_title;
  const char* load_axis;
  const char* fair;
  const char* preferred_title;  ///< "What each expert of layer {} takes most"
  const char* preferred_note;   ///< "real pictures at t = {:.2f}"
  const char* preferred_waiting;
  const char* step_caption;  ///< "{:.0f} ms a step"
  const char* play;
  std::array<const char*, 2> seen;  ///< all speak, some are silent
  const char* said;  ///< of {} layers of {} experts, {} used, millions of numbers in all and active
  const char* said_shared;  ///< "{} of them are shared", after a blank
  const char* layer_label;
  const char* router_label;
  const char* load_label;
};

}  // namespace rivulet::words
