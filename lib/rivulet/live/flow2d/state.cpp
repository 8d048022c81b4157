#include "rivulet/live/flow2d/state.h"

#include <fmt/format.h>

#include <array>

#include "rivulet/live/targets.h"

namespace rivulet::live::flow2d {
namespace {

constexpr Names<View, 3> view_names{"view", {"samples", "paths", "field"}};

using rows::at;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using rows::validated;
using words::Common;
using Words = words::Flow2d;
using S = State;
using Config = train::Flow2dConfig;

bool self_consistent(const State& s) {
  return models::has_self_consistency(s.config.method) ||
         (s.compare && models::has_self_consistency(s.rival));
}

/// The released code trains self-consistency on an eighth of the batch, the article on a quarter.
void usual_bootstrap(State& s, const State& before) {
  const models::Method method = s.config.method;
  const models::Method old = before.config.method;
  const bool usual =
      s.config.bootstrap == models::usual_bootstrap(old) || !models::has_self_consistency(old);
  if (usual && models::has_self_consistency(method)) {
    s.config.bootstrap = models::usual_bootstrap(method);
  }
}

rows::Table<S> make_settings() {
  return {
      named("target", at(&S::target), data::shape2d_names),
      rows::strokes("strokes", at(&S::strokes)),
      named("method", at(&S::config, &Config::method), models::method_names,
            {.kind = Kind::chips,
             .words = &Words::method,
             .choices = &Words::methods,
             .hints = &Words::method_hints,
             .then = usual_bootstrap}),
      flag("compare", at(&S::compare), {.kind = Kind::toggle, .words = &Words::compare}),
      named("rival", at(&S::rival), models::method_names,
            {.kind = Kind::chips,
             .words = &Words::against,
             .choices = &Words::methods,
             .hints = &Words::method_hints,
             .shown = [](const S& s) { return s.compare; }}),
      rows::one_of("steps", at(&S::steps), train::shown_steps,
                   {.kind = Kind::segments, .words = &Common::steps, .symbol = "n"}),
      named("view", at(&S::view), view_names),
      number("time", at(&S::time), {0, 1}),
      flag("play", at(&S::playing)),
      number("rate", at(&S::config, &Config::learning_rate), validated,
             {.kind = Kind::dial,
              .over = {1e-4, 2e-4, 3e-4, 5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7e-3, 1e-2,
                       2e-2, 3e-2, 5e-2},
              .words = &Common::rate,
              .hint = &Common::rate_hint,
              .symbol = "η"}),
      number("bootstrap", at(&S::config, &Config::bootstrap), validated,
             {.kind = Kind::dial,
              .over = {0, 0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.625, 0.75},
              .words = &Words::bootstrap,
              .hint = &Words::bootstrap_hint,
              .symbol = "β",
              .part = Part::more,
              .shown = self_consistent,
              .value = [](const S& s,
                          auto&) { return fmt::format("{:.3g}%", s.config.bootstrap * 100); }}),
      number("average", at(&S::config, &Config::ema_decay), validated,
             {.kind = Kind::dial,
              .over = {0, 0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995},
              .words = &Common::average,
              .hint = &Common::average_hint,
              .symbol = "μ",
              .part = Part::more}),
      number("width", at(&S::config, &Config::width), validated,
             {.kind = Kind::dial,
              .over = {8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512},
              .words = &Common::width,
              .hint = &Words::width_hint,
              .lights = "network",
              .part = Part::more}),
      number("depth", at(&S::config, &Config::depth), validated,
             {.kind = Kind::dial,
              .over = counting(1, 8),
              .words = &Common::depth,
              .hint = &Words::depth_hint,
              .lights = "network",
              .part = Part::more}),
      number("batch", at(&S::config, &Config::batch), validated,
             {.kind = Kind::dial,
              .over = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096},
              .words = &Common::batch,
              .hint = &Common::batch_hint,
              .part = Part::more}),
      rows::unsigned_seed("seed", at(&S::config, &Config::seed),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Common::seed_hint,
                           .part = Part::more}),
  };
}

void check(const State& state) {
  train::validate(state.config);
  check_target(state);
}

}  // namespace

const rows::Table<State>& settings() {
  static const rows::Table<State> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("flow2d", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  train::Flow2dConfig live = a.config;
  live.learning_rate = b.config.learning_rate;
  live.ema_decay = b.config.ema_decay;
  return !(live == b.config) || !same_target(a, b) || a.compare != b.compare ||
         (b.compare && a.rival != b.rival);
}

}  // namespace rivulet::live::flow2d
