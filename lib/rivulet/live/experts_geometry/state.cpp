#include "rivulet/live/experts_geometry/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "rivulet/live/targets.h"

namespace rivulet::live::experts_geometry {
namespace {

using models::ExpertRule;
using models::most_experts;
using rows::at;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::one_of;
using rows::Part;
using words::Common;
using Words = words::ExpertsGeometry;
using S = State;

constexpr Names<ExpertRule, models::expert_rule_count> rule_names{
    "rule", {"longest", "best", "router", "random"}};
constexpr Names<View, 2> view_names{"view", {"vectors", "layer"}};
constexpr Names<Map, 2> map_names{"map", {"norms", "predicted"}};
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

bool of_vectors(const S& state) { return state.view == View::vectors; }
bool of_layer(const S& state) { return state.view == View::layer; }

rows::Table<S> make_settings() {
  constexpr double edge = data::plane_radius;
  return {
      named("view", at(&S::view), view_names),
      named("target", at(&S::target), data::shape2d_names),
      rows::strokes("strokes", at(&S::strokes)),
      named("rule", at(&S::rule), rule_names,
            {.kind = Kind::chips,
             .words = &Words::rule,
             .choices = &Words::rules,
             .hints = &Words::rule_hints}),
      named("room", at(&S::room), room_names,
            {.kind = Kind::segments,
             .words = &Words::room,
             .choices = &Words::rooms,
             .shown = of_vectors,
             .then = forget_heads}),
      named("map", at(&S::map), map_names,
            {.kind = Kind::segments,
             .words = &Words::map,
             .choices = &Words::maps,
             .shown = of_layer}),
      one_of("n", at(&S::n), {2, 3, 4, 6, 8, 12},
             {.kind = Kind::dial,
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
              .shown = of_vectors,
              .then = show_many}),
      number("noise", at(&S::noise), {0, 4},
             {.kind = Kind::dial,
              .over = {0, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2},
              .words = &Words::noise,
              .hint = &Words::noise_hint,
              .symbol = "σ",
              .shown = of_vectors,
              .then = show_router}),
      number("blur", at(&S::blur), {0, 2},
             {.kind = Kind::dial,
              .over = {0.3, 0.5, 0.7, 1, 1.5},
              .words = &Words::blur,
              .hint = &Words::blur_hint,
              .symbol = "b",
              .shown = of_layer}),
      named("router", at(&S::router), models::router_map_names,
            {.kind = Kind::segments,
             .words = &Words::router_map,
             .choices = &Words::router_maps,
             .symbol = "h",
             .part = Part::more,
             .shown = of_layer}),
      one_of("hidden", at(&S::hidden), {48, 96, 192, 384},
             {.kind = Kind::dial,
              .words = &Words::hidden,
              .hint = &Words::hidden_hint,
              .part = Part::more,
              .shown = of_layer}),
      number("rate", at(&S::learning_rate), {0, 1},
             {.kind = Kind::dial,
              .over = {5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2},
              .words = &Common::rate,
              .hint = &Common::rate_hint,
              .part = Part::more,
              .shown = of_layer}),
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
      flag("play", at(&S::playing)),
      number("x", at(&S::held, &data::Point::x), {-edge, edge}),
      number("y", at(&S::held, &data::Point::y), {-edge, edge}),
  };
}

void check(const State& state) {
  check_target(state);
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

bool needs_restart(const State& a, const State& b) {
  return !(a.layer() == b.layer()) || a.blur != b.blur || a.seed != b.seed || !same_target(a, b);
}

}  // namespace rivulet::live::experts_geometry
