#include "rivulet/live/tarflow2d/state.h"

#include <array>

#include "rivulet/core/range.h"
#include "rivulet/live/targets.h"

namespace rivulet::live::tarflow2d {
namespace {

constexpr Names<Left, 2> left_names{"view", {"density", "samples"}};
constexpr const char* where = "state";

using rows::at;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using rows::validated;
using words::Common;
using Words = words::Tarflow2d;
using S = State;
using Config = models::Tarflow2dConfig;

rows::Table<S> make_settings() {
  constexpr double edge = data::plane_radius;
  return {
      named("target", at(&S::target), data::shape2d_names),
      rows::strokes("strokes", at(&S::strokes)),
      named("coupling", at(&S::config, &Config::coupling), nn::coupling_names.first<2>(),
            {.kind = Kind::chips,
             .words = &Words::coupling,
             .choices = &Words::couplings,
             .hints = &Words::coupling_hints}),
      flag("permute", at(&S::config, &Config::alternate),
           {.kind = Kind::toggle, .words = &Words::permute}),
      number("blocks", at(&S::config, &Config::blocks), validated,
             {.kind = Kind::dial,
              .over = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16},
              .words = &Words::blocks,
              .hint = &Words::blocks_hint,
              .symbol = "T"}),
      named("direction", at(&S::config, &Config::direction), nn::direction_names,
            {.kind = Kind::chips,
             .words = &Words::direction,
             .choices = &Words::directions,
             .hints = &Words::direction_hints,
             .part = Part::more}),
      number("average", at(&S::ema_decay), {0, 0.99999},
             {.kind = Kind::dial,
              .over = {0, 0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999},
              .words = &Common::average,
              .hint = &Common::average_hint,
              .part = Part::more}),
      number("width", at(&S::config, &Config::width), validated,
             {.kind = Kind::dial,
              .over = {8, 16, 24, 32, 48, 64},
              .words = &Common::width,
              .hint = &Words::width_hint,
              .lights = "network",
              .part = Part::more}),
      number("depth", at(&S::config, &Config::depth), validated,
             {.kind = Kind::dial,
              .over = counting(1, 3),
              .words = &Common::depth,
              .hint = &Words::depth_hint,
              .lights = "network",
              .part = Part::more}),
      number("batch", at(&S::batch), {16, 4096},
             {.kind = Kind::dial,
              .over = {64, 128, 256, 512, 1024},
              .words = &Common::batch,
              .hint = &Common::batch_hint,
              .part = Part::more}),
      number("rate", at(&S::learning_rate), {0, 1},
             {.kind = Kind::dial,
              .over = {1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 4e-3, 6e-3, 8e-3, 1e-2, 2e-2, 5e-2},
              .words = &Common::rate,
              .hint = &Common::rate_hint,
              .symbol = "η"}),
      rows::unsigned_seed("seed", at(&S::seed),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Common::seed_hint,
                           .part = Part::more}),
      flag("play", at(&S::playing)),
      named("view", at(&S::left), left_names),
      flag("flow", at(&S::flowing)),
      number("after", at(&S::after), validated),
      flag("rule", at(&S::conditional)),
      number("x", at(&S::held, &data::Point::x), {-edge, edge}),
      number("y", at(&S::held, &data::Point::y), {-edge, edge}),
      number("held", at(&S::held_after), validated),
  };
}

void check(const State& state) {
  models::validate(state.config);
  need(where, "after", state.after, 0, static_cast<float>(state.config.blocks));
  need(where, "held", state.held_after, 0, state.config.blocks);
  check_target(state);
}

}  // namespace

const rows::Table<State>& settings() {
  static const rows::Table<State> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("tarflow2d", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  return !(a.config == b.config) || a.batch != b.batch || a.seed != b.seed || !same_target(a, b);
}

}  // namespace rivulet::live::tarflow2d
