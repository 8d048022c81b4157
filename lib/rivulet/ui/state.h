// Everything a visitor can set, as one short text: the URL fragment, --state, the clipboard.
//
//   flow2d?target=spirals&method=mean-flow&steps=4
//
// names the lab and what differs from its defaults. Texts come from strangers: parsing throws Error
// with a sentence a visitor can read. No ImGui here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::ui {

/// A state's text is never longer; longer texts are refused unread.
inline constexpr size_t max_state_text = 16384;

/// "lab?key=value&key=value", taken apart. Throws Error when malformed.
struct Fields {
  std::string lab;
  std::vector<std::pair<std::string, std::string>> values;

  [[nodiscard]] static Fields parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  void add(std::string key, std::string value);
};

/// What follows '#', where the text is a whole address; else the text without surrounding blanks.
[[nodiscard]] std::string_view fragment_of(std::string_view text);

/// Whether two drawings are the same target.
[[nodiscard]] bool same_strokes(const std::vector<data::Stroke>& a,
                                const std::vector<data::Stroke>& b);

enum class View : uint8_t { samples, paths, field };

/// The settings of the lab "Flow and shortcut, 2-D".
struct Flow2dState {
  data::Shape2d target = data::Shape2d::eight_gaussians;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  train::Flow2dConfig config;         ///< `method` is the picture's, on the left in a comparison
  bool compare = false;
  models::Method rival = models::Method::flow_matching;  ///< the other side of a comparison
  int steps = 1;  ///< of the large picture: one of shown_steps
  View view = View::samples;
  float time = 1;  ///< flow time shown, 0..1
  bool playing = true;
};

/// The field list of a state; `restarts` says which changes need a new network.
[[nodiscard]] Fields to_fields(const Flow2dState& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] Flow2dState flow2d_state(const Fields& fields);

/// True when going from `a` to `b` needs training to start again.
[[nodiscard]] bool needs_restart(const Flow2dState& a, const Flow2dState& b);

}  // namespace rivulet::ui
