#include "rivulet/live/experts_geometry/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace rivulet::live::experts_geometry {
namespace {

using models::ExpertRule;
using models::most_experts;
using rows::at;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using words::Common;
using Words = words::ExpertsGeometry;
using S = State;

constexpr Names<ExpertRule, models::expert_rule_count> rule_names{
    "rule", {"longest", "best", "router", "random"}};
constexpr Names<Room, 3> room_names{"room", {"plane", "space", "many"}};

// Heads in links: hundredths of the plane's unit, from its lower left corner.
constexpr float head_steps = 100;

std::string heads_text(const std::vector<data::Point>& heads) {
  std::string out;
  for (const data::Point head : heads) {
    for (const float value : {head.x, head.y}) {
      if (!out.empty()) out += '.';
      out += std::to_string(std::lround((value + data::plane_radius) * head_steps));
    }
  }
  return out;
}

std::vector<data::Point> read_heads(const std::string& text) {
  std::vector<data::Point> heads;
  std::string_view rest = text;
  const auto next = [&rest] {
    const std::string_view word = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const int steps = rows::small("heads", word);
    const auto most = static_cast<int>(2 * data::plane_radius * head_steps);
    if (steps < 0 || steps > most) rows::beyond("heads", steps, {0, static_cast<double>(most)});
    return static_cast<float>(steps) / head_steps - data::plane_radius;
  };
  while (!rest.empty()) {
    const float x = next();
    heads.push_back({x, next()});
    if (heads.size() > most_experts) rows::bad("there are too many heads");
  }
  return heads;
}

/// The visitor's arrows belong to the set that they were made of.
void forget_heads(S& state, const S& /*before*/) { state.heads.clear(); }
void show_many(S& state, const S& before) {
  forget_heads(state, before);
  state.room = Room::many;
}
void show_router(S& state, const S& /*before*/) { state.rule = ExpertRule::router; }

rows::Table<S> make_settings() {
  return {
      named("rule", at(&S::rule), rule_names,
            {.kind = Kind::chips,
             .words = &Words::rule,
             .choices = &Words::rules,
             .hints = &Words::rule_hints}),
      named("room", at(&S::room), room_names,
            {.kind = Kind::segments,
             .words = &Words::room,
             .choices = &Words::rooms,
             .then = forget_heads}),
      number("n", at(&S::n), {2, most_experts},
             {.kind = Kind::dial,
              .over = {2, 3, 4, 6, 8, 12},
              .words = &Words::experts,
              .hint = &Words::experts_hint,
              .symbol = "n",
              .then = forget_heads}),
      number("overlap", at(&S::overlap), {0, 1},
             {.kind = Kind::dial,
              .over = {0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1},
              .words = &Words::overlap,
              .hint = &Words::overlap_hint,
              .symbol = "c",
              .then = show_many}),
      number("noise", at(&S::noise), {0, 4},
             {.kind = Kind::dial,
              .over = {0, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2},
              .words = &Words::noise,
              .hint = &Words::noise_hint,
              .symbol = "σ",
              .then = show_router}),
      flag("weighed", at(&S::weighed),
           {.kind = Kind::toggle,
            .words = &Words::weighed,
            .part = Part::more,
            .then = show_router}),
      rows::unsigned_seed("seed", at(&S::seed),
                          {.kind = Kind::dial,
                           .over = rows::counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Words::seed_hint,
                           .part = Part::more,
                           .then = forget_heads}),
      number("k", at(&S::k), {1, most_experts}),
      rows::text("heads", at(&S::heads), heads_text, read_heads),
      number("yaw", at(&S::yaw), {-4, 4}),
      number("pitch", at(&S::pitch), {-1.6, 1.6}),
  };
}

void check(const State& state) {
  if (state.heads.empty()) return;
  if (state.room != Room::plane || state.heads.size() != static_cast<size_t>(state.n)) {
    rows::bad(fmt::format("{} heads are not those of {} arrows in the plane", state.heads.size(),
                          state.n));
  }
}

}  // namespace

const rows::Table<State>& settings() {
  static const rows::Table<State> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("experts-geometry", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::experts_geometry
