#include "rivulet/live/pictures/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/live/rows.h"

namespace rivulet::live::pictures {
namespace {

using rows::bad;
using rows::Row;
using rows::within;

constexpr std::array<std::string_view, 3> view_names = {"grid", "steps", "morph"};
constexpr std::array<std::string_view, 2> morph_names = {"noise", "choice"};

template <class Get>
Row<State> labels(const std::string& key, Get get) {
  return {key, [get](const State& s) { return labels_text(get(s)); },
          [get, key](State& s, const std::string& text) { get(s) = read_labels(key, text); }};
}

std::vector<Row<State>> all_rows() {
  using S = State;
  return {
      rows::named<S>(
          "set", set_names, [](auto& s) -> auto& { return s.set; }),
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::method<S>(
          "method", [](auto& s) -> auto& { return s.method; }),
      rows::flag<S>(
          "compare", [](auto& s) -> auto& { return s.compare; }),
      labels(
          "labels", [](auto& s) -> auto& { return s.labels; }),
      rows::number<S>(
          "guidance", [](auto& s) -> auto& { return s.guidance; }),
      rows::whole<S>(
          "steps", [](auto& s) -> auto& { return s.steps; }),
      rows::whole<S>(
          "seed", [](auto& s) -> auto& { return s.seed; }),
      rows::whole<S>(
          "picture", [](auto& s) -> auto& { return s.chosen; }),
      rows::number<S>(
          "time", [](auto& s) -> auto& { return s.time; }),
      rows::named<S>(
          "between", morph_names, [](auto& s) -> auto& { return s.morph; }),
      rows::whole<S>(
          "other", [](auto& s) -> auto& { return s.other; }),
      labels(
          "to", [](auto& s) -> auto& { return s.to; }),
      rows::number<S>(
          "blend", [](auto& s) -> auto& { return s.blend; }),
  };
}

void check(const State& state) {
  if (state.method != models::Method::shortcut && state.method != models::Method::flow_matching) {
    bad("pictures are made by shortcut or flow-matching");
  }
  if (std::find(step_choices.begin(), step_choices.end(), state.steps) == step_choices.end()) {
    bad(fmt::format("steps must be 1, 2, 4, ... 128: {}", state.steps));
  }
  within<uint64_t>("seed", state.seed, 0, 1'000'000);
  within("guidance", state.guidance, 1.0F, 3.0F);
  within("time", state.time, 0.0F, 1.0F);
  within("blend", state.blend, 0.0F, 1.0F);
  within("picture", state.chosen, 0, picture_count - 1);
  within("other", state.other, 0, picture_count - 1);
}

}  // namespace

Fields to_fields(const State& state) { return rows::write("pictures", all_rows(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(all_rows(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::pictures
