#include "rivulet/live/distill2d/state.h"

#include <cmath>

#include "rivulet/live/targets.h"

namespace rivulet::live::distill2d {
namespace {

constexpr Names<Way, way_count> way_names{
    "loss", {"l1", "l3", "-0.5", "0", "0.25", "0.5", "0.75", "1", "1.1", "1.2", "1.3", "1.5", "2"}};
constexpr std::array<float, way_count> lambdas = {NAN, NAN,  -0.5F, 0,    0.25F, 0.5F, 0.75F,
                                                  1,   1.1F, 1.2F,  1.3F, 1.5F,  2};
constexpr Names<Fixed, 3> fixed_names{"levels", {"many", "right", "both"}};
constexpr Names<View, view_count> view_names{"view", {"samples", "teacher", "fake", "push", "why"}};

using rows::at;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using rows::validated;
using words::Common;
using Words = words::Distill2d;
using S = State;

bool drifts(const S& s) { return s.setup.drifting; }
bool distills(const S& s) { return !s.setup.drifting; }

rows::Field<S, Way> way(size_t side) {
  return {[side](const S& s) { return s.setup.ways[side]; },
          [side](S& s, Way value) { s.setup.ways[side] = value; }};
}

rows::Table<S> losses() {
  return {
      named("left", way(0), way_names,
            {.kind = Kind::dial,
             .words = &Words::left,
             .hint = &Words::loss_hint,
             .symbol = "λ",
             .lights = "lambda",
             .part = Part::apart,
             .value =
                 [](const S& s, const words::Words& all) {
                   return shown_name(s.setup.ways[0], all.distill2d);
                 }}),
      named("right", way(1), way_names,
            {.kind = Kind::dial,
             .words = &Words::right,
             .hint = &Words::loss_hint,
             .symbol = "λ",
             .lights = "lambda",
             .part = Part::apart,
             .shown = distills,
             .value =
                 [](const S& s, const words::Words& all) {
                   return shown_name(s.setup.ways[1], all.distill2d);
                 }}),
      flag("drifting", at(&S::setup, &Setup::drifting),
           {.kind = Kind::toggle, .words = &Words::drifting}),
      number("tau", at(&S::setup, &Setup::tau), {0.001, 10},
             {.kind = Kind::dial,
              .over = {0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3},
              .words = &Words::tau,
              .hint = &Words::tau_hint,
              .symbol = "τ",
              .shown = drifts}),
      flag("repulsion", at(&S::setup, &Setup::repulsion),
           {.kind = Kind::toggle, .words = &Words::repulsion, .shown = drifts}),
  };
}

rows::Table<S> starting() {
  return {
      number("start", at(&S::setup, &Setup::start), validated,
             {.kind = Kind::dial,
              .over = {0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5},
              .words = &Words::start,
              .hint = &Words::start_hint,
              .symbol = "s"}),
      flag("gaussian", at(&S::setup, &Setup::gaussian),
           {.kind = Kind::toggle, .words = &Words::gaussian}),
      named("levels", at(&S::setup, &Setup::fixed), fixed_names,
            {.kind = Kind::segments, .words = &Words::levels, .choices = &Words::levels_of}),
      number("fake-steps", at(&S::setup, &Setup::fake_steps), validated,
             {.kind = Kind::dial,
              .over = {1, 2, 3, 5, 10},
              .words = &Words::fake_steps,
              .hint = &Words::fake_steps_hint}),
  };
}

rows::Table<S> more() {
  return {
      named("form", at(&S::setup, &Setup::form), models::drift_form_names,
            {.kind = Kind::segments,
             .words = &Words::form,
             .choices = &Words::forms,
             .part = Part::more,
             .shown = drifts}),
      number("deviation", at(&S::setup, &Setup::deviation), validated,
             {.kind = Kind::dial,
              .over = {0.05, 0.1, 0.15, 0.2, 0.3, 0.5},
              .words = &Words::deviation,
              .hint = &Words::deviation_hint,
              .part = Part::more}),
      number("width", at(&S::setup, &Setup::width), validated,
             {.kind = Kind::dial,
              .over = {16, 32, 64, 96, 128, 192},
              .words = &Common::width,
              .hint = &Words::width_hint,
              .part = Part::more}),
      number("rate", at(&S::setup, &Setup::learning_rate), validated,
             {.kind = Kind::dial,
              .over = {1e-4, 2e-4, 3e-4, 5e-4, 7e-4, 1e-3, 2e-3},
              .words = &Words::rate,
              .hint = &Common::rate_hint,
              .symbol = "η",
              .part = Part::more}),
      number("fake-rate", at(&S::setup, &Setup::fake_learning_rate), validated,
             {.kind = Kind::dial,
              .over = {2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3},
              .words = &Words::fake_rate,
              .hint = &Common::rate_hint,
              .part = Part::more}),
      number("batch", at(&S::setup, &Setup::batch), validated,
             {.kind = Kind::dial,
              .over = {64, 128, 256, 512, 1024},
              .words = &Common::batch,
              .hint = &Common::batch_hint,
              .part = Part::more}),
      rows::unsigned_seed("seed", at(&S::setup, &Setup::seed),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Common::seed_hint,
                           .symbol = "z",
                           .part = Part::more}),
  };
}

rows::Table<S> make_settings() {
  return rows::joined<S>({{named("target", at(&S::target), data::shape2d_names),
                           rows::strokes("strokes", at(&S::strokes))},
                          losses(),
                          starting(),
                          more(),
                          {named("view", at(&S::view), view_names),
                           number("level", at(&S::level), {lowest_level, highest_level}),
                           flag("play", at(&S::playing))}});
}

void check(const State& state) {
  for (int side = 0; side < sides; ++side) {
    train::validate(distill_of(state.setup, side, state.level));
  }
  train::validate(drifting_of(state.setup));
  check_target(state);
}

models::Distill2dConfig nets_of(const Setup& setup) {
  return {.width = setup.width,
          .start = setup.start,
          .deviation = setup.deviation,
          .gaussian = setup.gaussian};
}

}  // namespace

models::DistillLoss loss_of(Way way) {
  using models::DistillLoss;
  if (way == Way::l1) return DistillLoss::l1;
  return way == Way::l3 ? DistillLoss::l3 : DistillLoss::family;
}

float lambda_of(Way way) { return lambdas[static_cast<size_t>(way)]; }

std::string_view name_of(Way way) { return way_names.of(way); }

std::string shown_name(Way way, const words::Distill2d& words) {
  constexpr std::array<std::string_view, way_count> called = {"",    "", "",    "L2", "", "FGM", "",
                                                              "SiD", "", "SiD", "",   "", ""};
  if (way == Way::l1) return words.naive;
  if (way == Way::l3) return "L3";
  const std::string_view also = called[static_cast<size_t>(way)];
  std::string name(name_of(way));
  if (!also.empty()) name += " (" + std::string(also) + ")";
  return name;
}

train::Distill2dTraining distill_of(const Setup& setup, int side, float level) {
  const Way way = setup.ways[static_cast<size_t>(side)];
  train::Distill2dTraining training{.nets = nets_of(setup),
                                    .learning_rate = setup.learning_rate,
                                    .fake_learning_rate = setup.fake_learning_rate,
                                    .seed = setup.seed};
  training.how.loss = loss_of(way);
  if (training.how.loss == models::DistillLoss::family) training.how.lambda = lambda_of(way);
  training.how.fake_steps = setup.fake_steps;
  training.how.rows.batch = setup.batch;
  if (setup.fixes(side)) training.how.lowest_level = training.how.highest_level = level;
  return training;
}

train::Drifting2dTraining drifting_of(const Setup& setup) {
  return {.nets = nets_of(setup),
          .form = setup.form,
          .how = {.tau = setup.tau, .repulsion = setup.repulsion ? 1.0F : 0.0F},
          .batch = setup.batch,
          .learning_rate = setup.learning_rate,
          .seed = setup.seed};
}

const rows::Table<State>& settings() {
  static const rows::Table<State> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("distill2d", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  Setup live = a.setup;
  live.learning_rate = b.setup.learning_rate;
  live.fake_learning_rate = b.setup.fake_learning_rate;
  live.tau = b.setup.tau;
  live.repulsion = b.setup.repulsion;
  return !(live == b.setup) || !same_target(a, b);
}

}  // namespace rivulet::live::distill2d
