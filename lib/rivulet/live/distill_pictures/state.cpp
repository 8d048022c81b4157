#include "rivulet/live/distill_pictures/state.h"

namespace rivulet::live::distill_pictures {
namespace {

constexpr Names<First, 2> first_names{"first", {"teacher", "shortcut"}};

using rows::at;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using words::Common;
using Words = words::DistillPictures;
using S = State;

constexpr auto offered_losses = {0.0, 2.0, 4.0};  // l1, l3 and the family, which holds the others

/// Choices of one set mean nothing to another.
void change_set(S& s, const S& /*before*/) { s.wish.labels.clear(); }

void change_first(S& s, const S& before) {
  if (s.setup.first != before.setup.first) begin_as(s, s.setup.first);
}

rows::Table<S> what_is_learned() {
  return {
      rows::picture_set(
          "set", at(&S::setup, &Setup::set),
          {.kind = Kind::segments, .choices = &words::Pictures::sets, .then = change_set}),
      named("first", at(&S::setup, &Setup::first), first_names,
            {.kind = Kind::segments,
             .words = &Words::first,
             .choices = &Words::firsts,
             .then = change_first}),
      named("loss", at(&S::dials, &Dials::loss), models::distill_loss_names,
            {.kind = Kind::segments,
             .over = offered_losses,
             .words = &Words::loss,
             .choices = &Words::losses,
             .lights = "loss"}),
      number("lambda", at(&S::dials, &Dials::lambda), {-1, 3},
             {.kind = Kind::dial,
              .over = {0, 0.25, 0.5, 0.75, 1, 1.1, 1.2, 1.35, 1.5, 2},
              .words = &Words::weight,
              .hint = &Words::weight_hint,
              .symbol = "λ",
              .shown = [](const S& s) { return s.dials.loss == models::DistillLoss::family; }}),
      rows::one_of("steps", at(&S::wish, &Wish::steps), step_choices,
                   {.kind = Kind::segments, .words = &Words::steps, .symbol = "n"}),
      rows::labels("labels", at(&S::wish, &Wish::labels)),
      number("picture", at(&S::picture), {0, picture_count - 1}),
      flag("play", at(&S::playing)),
  };
}

rows::Table<S> details() {
  return {
      number("rate", at(&S::dials, &Dials::learning_rate), {0, 0.1},
             {.kind = Kind::dial,
              .over = {1e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3},
              .words = &Common::rate,
              .hint = &Common::rate_hint,
              .symbol = "η",
              .part = Part::more}),
      number("fake-rate", at(&S::dials, &Dials::fake_rate), {0, 0.1},
             {.kind = Kind::dial,
              .over = {1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3},
              .words = &Words::fake_rate,
              .hint = &Words::fake_rate_hint,
              .lights = "fake",
              .part = Part::more}),
      number("fake-steps", at(&S::setup, &Setup::fake_steps), {1, 20},
             {.kind = Kind::dial,
              .over = {1, 2, 3, 5, 10},
              .words = &Words::fake_steps,
              .hint = &Words::fake_steps_hint,
              .lights = "fake",
              .part = Part::more}),
      number("batch", at(&S::setup, &Setup::batch), {2, 256},
             {.kind = Kind::dial,
              .over = {4, 8, 16, 32, 64},
              .words = &Common::batch,
              .hint = &Common::batch_hint,
              .part = Part::more}),
      number("guidance", at(&S::wish, &Wish::guidance), {1, 3},
             {.kind = Kind::dial,
              .over = {1, 1.25, 1.5, 1.75, 2, 2.5, 3},
              .words = &words::Pictures::guidance,
              .hint = &Words::guidance_hint,
              .symbol = "w",
              .part = Part::more}),
      rows::unsigned_seed("noise", at(&S::wish, &Wish::noise),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Words::noise,
                           .hint = &words::Pictures::new_noise_hint,
                           .part = Part::more}),
      rows::unsigned_seed("seed", at(&S::setup, &Setup::seed),
                          {.kind = Kind::dial,
                           .over = counting(1, 50),
                           .words = &Common::seed,
                           .hint = &Common::seed_hint,
                           .part = Part::more}),
  };
}

}  // namespace

void begin_as(State& state, First first) {
  const Dials usual;
  state.setup.first = first;
  state.dials.learning_rate = first == First::teacher ? usual.learning_rate : 5e-5F;
  state.dials.fake_rate = first == First::teacher ? usual.fake_rate : 2e-4F;
}

train::Distillation distillation_of(const Setup& setup, const Dials& dials) {
  return {.loss = dials.loss,
          .lambda = dials.lambda,
          .fake_steps = setup.fake_steps,
          .rows = {.batch = setup.batch}};
}

const rows::Table<State>& settings() {
  static const rows::Table<State> table = rows::joined<S>({what_is_learned(), details()});
  return table;
}

Fields to_fields(const State& state) { return rows::write("distill-pictures", settings(), state); }

State read_state(const Fields& fields) { return rows::read(settings(), fields); }

}  // namespace rivulet::live::distill_pictures
