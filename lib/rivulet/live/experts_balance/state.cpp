#include "rivulet/live/experts_balance/state.h"

#include <array>

#include "rivulet/live/targets.h"

namespace rivulet::live::experts_balance {
namespace {

constexpr Names<Remedy, remedy_count> remedy_names{
    "remedy", {"none", "loss", "sign", "rms", "quantile", "dynamic"}};
constexpr Names<View, 3> view_names{"view", {"experts", "count", "hand"}};

using rows::at;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using rows::validated;
using words::Common;
using Words = words::ExpertsBalance;
using S = State;

rows::Field<S, Remedy> remedy(size_t side) {
  return {[side](const S& s) { return s.setup.remedies[side]; },
          [side](S& s, Remedy value) { s.setup.remedies[side] = value; }};
}

bool has(const S& s, Remedy a, Remedy b) {
  return std::ranges::any_of(s.setup.remedies, [&](Remedy r) { return r == a || r == b; });
}

rows::Table<S> remedies() {
  return {
      named("left", remedy(0), remedy_names,
            {.kind = Kind::chips,
             .words = &Words::left,
             .choices = &Words::remedies,
             .hints = &Words::remedy_hints,
             .lights = "remedy"}),
      named("right", remedy(1), remedy_names,
            {.kind = Kind::chips,
             .words = &Words::right,
             .choices = &Words::remedies,
             .hints = &Words::remedy_hints,
             .lights = "remedy"}),
  };
}

rows::Table<S> layer() {
  return {
      number("n", at(&S::setup, &Setup::n), {2, most_experts},
             {.kind = Kind::dial,
              .over = {2, 4, 6, 8, 10, 12},
              .words = &Words::experts,
              .hint = &Words::experts_hint,
              .symbol = "n"}),
      number("k", at(&S::setup, &Setup::k), {1, most_experts - 1},
             {.kind = Kind::dial,
              .over = counting(1, 4),
              .words = &Words::chosen,
              .hint = &Words::chosen_hint,
              .symbol = "k"}),
      named("router", at(&S::setup, &Setup::router), nn::router_names,
            {.kind = Kind::segments, .words = &Words::router, .choices = &Words::routers}),
      named("gate", at(&S::setup, &Setup::gate), nn::gate_norm_names,
            {.kind = Kind::segments, .words = &Words::gate, .choices = &Words::gates}),
      flag("shared", at(&S::setup, &Setup::shared),
           {.kind = Kind::toggle, .words = &Words::shared}),
      number("rate", at(&S::setup, &Setup::rate), {0, 1},
             {.kind = Kind::dial,
              .over = {1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2},
              .words = &Words::rate,
              .hint = &Words::rate_hint,
              .symbol = "a",
              .shown = [](const S& s) { return has(s, Remedy::sign, Remedy::rms); }}),
      number("weight", at(&S::setup, &Setup::loss_weight), {0, 100},
             {.kind = Kind::dial,
              .over = {1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1},
              .words = &Words::loss_weight,
              .hint = &Words::loss_weight_hint,
              .symbol = "w",
              .shown = [](const S& s) { return has(s, Remedy::loss, Remedy::loss); }}),
  };
}

rows::Table<S> training() {
  return {
      number("hidden", at(&S::setup, &Setup::hidden), validated,
             {.kind = Kind::dial,
              .over = {4, 8, 16, 24, 32, 48, 64, 96, 128},
              .words = &Words::hidden,
              .hint = &Words::hidden_hint,
              .part = Part::more}),
      number("learning", at(&S::setup, &Setup::learning_rate), validated,
             {.kind = Kind::dial,
              .over = {5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 4e-3, 6e-3, 8e-3, 1e-2, 2e-2},
              .words = &Common::rate,
              .hint = &Common::rate_hint,
              .part = Part::more}),
      number("batch", at(&S::setup, &Setup::batch), validated,
             {.kind = Kind::dial,
              .over = {64, 128, 256, 512, 1024, 2048},
              .words = &Common::batch,
              .hint = &Common::batch_hint,
              .part = Part::more}),
      rows::unsigned_seed("seed", at(&S::setup, &Setup::seed),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Common::seed_hint,
                           .part = Part::more}),
  };
}

rows::Table<S> make_settings() {
  return rows::joined<S>(
      {{named("target", at(&S::target), data::shape2d_names),
        rows::strokes("strokes", at(&S::strokes))},
       remedies(),
       layer(),
       training(),
       {named("view", at(&S::view), view_names), number("time", at(&S::time), {0, 1}),
        number("hand", at(&S::hand_side), {0, 1}), flag("play", at(&S::playing))}});
}

void check(const State& state) {
  train::validate(training_of(state.setup, 0));
  train::validate(training_of(state.setup, 1));
  check_target(state);
}

}  // namespace

train::Experts2dTraining training_of(const Setup& setup, int side) {
  const Remedy remedy = setup.remedies[static_cast<size_t>(side)];
  constexpr std::array<nn::Balance, remedy_count> balances = {
      nn::Balance::none, nn::Balance::loss,     nn::Balance::sign,
      nn::Balance::rms,  nn::Balance::quantile, nn::Balance::quantile};
  const int shared = setup.shared ? 1 : 0;
  nn::MoeConfig experts{
      .experts = setup.n + shared,
      .chosen = setup.picked() + shared,
      .shared = shared,
      .hidden = setup.hidden,
      .router = setup.router,
      .gate = setup.gate,
      .choice = remedy == Remedy::dynamic ? nn::Choice::threshold : nn::Choice::top_k,
      .balance = balances[static_cast<size_t>(remedy)],
      .loss_weight = setup.loss_weight,
      .rate = setup.rate};
  if (setup.shared) {
    experts.scale = nn::shared_scale(setup.router, experts.experts, experts.chosen, shared,
                                     setup.gate == nn::GateNorm::after);
  }
  return {.net = {.experts = experts},
          .batch = setup.batch,
          .learning_rate = setup.learning_rate,
          .seed = setup.seed};
}

const rows::Table<State>& settings() {
  static const rows::Table<State> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("experts-balance", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  Setup live = a.setup;
  live.learning_rate = b.setup.learning_rate;
  return !(live == b.setup) || !same_target(a, b);
}

}  // namespace rivulet::live::experts_balance
