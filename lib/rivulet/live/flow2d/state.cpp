#include "rivulet/live/flow2d/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rivulet/live/rows.h"
#include "rivulet/live/targets.h"

namespace rivulet::live::flow2d {
namespace {

constexpr std::array<std::string_view, 3> view_names = {"samples", "paths", "field"};

std::vector<rows::Row<State>> all_rows() {
  using S = State;
  return {
      {"target", [](const S& s) { return std::string(data::name_of(s.target)); },
       [](S& s, const std::string& text) { s.target = data::shape2d(text); }},
      {"strokes",
       [](const S& s) { return s.strokes.empty() ? "" : data::encode_strokes(s.strokes); },
       [](S& s, const std::string& text) { s.strokes = data::decode_strokes(text); }},
      rows::method<S>(
          "method", [](auto& s) -> auto& { return s.config.method; }),
      rows::flag<S>(
          "compare", [](auto& s) -> auto& { return s.compare; }),
      rows::method<S>(
          "rival", [](auto& s) -> auto& { return s.rival; }),
      rows::whole<S>(
          "steps", [](auto& s) -> auto& { return s.steps; }),
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::number<S>(
          "time", [](auto& s) -> auto& { return s.time; }),
      rows::flag<S>(
          "play", [](auto& s) -> auto& { return s.playing; }),
      rows::number<S>(
          "rate", [](auto& s) -> auto& { return s.config.learning_rate; }),
      rows::whole<S>(
          "width", [](auto& s) -> auto& { return s.config.width; }),
      rows::whole<S>(
          "depth", [](auto& s) -> auto& { return s.config.depth; }),
      rows::whole<S>(
          "batch", [](auto& s) -> auto& { return s.config.batch; }),
      rows::number<S>(
          "bootstrap", [](auto& s) -> auto& { return s.config.bootstrap; }),
      rows::number<S>(
          "average", [](auto& s) -> auto& { return s.config.ema_decay; }),
      {"seed", [](const S& s) { return fmt::format("{}", s.config.seed); },
       [](S& s, const std::string& text) {
         s.config.seed = static_cast<uint64_t>(std::abs(rows::small("seed", text)));
       }},
  };
}

void check(const State& state) {
  train::validate(state.config);
  const auto& known = train::shown_steps;
  if (std::find(std::begin(known), std::end(known), state.steps) == std::end(known)) {
    rows::bad(fmt::format("steps must be 1, 2, 4, 8, 32 or 128: {}", state.steps));
  }
  if (!(state.time >= 0 && state.time <= 1)) {
    rows::bad(fmt::format("time must be in 0..1: {}", state.time));
  }
  if (state.target == data::Shape2d::drawn && state.strokes.empty()) {
    rows::bad("a drawn target needs strokes");
  }
}

}  // namespace

Fields to_fields(const State& state) { return rows::write("flow2d", all_rows(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(all_rows(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  train::Flow2dConfig live = a.config;
  live.learning_rate = b.config.learning_rate;
  live.ema_decay = b.config.ema_decay;
  const bool redrawn = b.target == data::Shape2d::drawn && !same_strokes(a.strokes, b.strokes);
  return !(live == b.config) || a.target != b.target || redrawn || a.compare != b.compare ||
         (b.compare && a.rival != b.rival);
}

}  // namespace rivulet::live::flow2d
