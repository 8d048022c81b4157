#include "rivulet/live/pictures/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rivulet::live::pictures {
namespace {

using rows::at;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using words::Common;
using Words = words::Pictures;
using S = State;

constexpr Names<View, 3> view_names{"view", {"grid", "steps", "morph"}};
constexpr Names<MorphKind, 2> morph_names{"morph", {"noise", "choice"}};

int model_of(std::string_view name) {
  const auto* const found = std::ranges::find(model_names, name);
  if (found == model_names.end()) {
    rows::bad(fmt::format("pictures are made by {}", fmt::join(model_names, " or ")));
  }
  return static_cast<int>(found - model_names.begin());
}

/// Choices of one set mean nothing to another, which may lack the model as well.
void change_set(S& s, const S& /*before*/) {
  s.wish.labels.clear();
  s.to.clear();
  if (!kind_of(s.model).made_for(*s.set)) s.model = 0;
}

/// Steps and guidance are of no use where a student is all that is looked at.
bool can_choose_steps(const S& s) {
  return s.compare || s.view == View::steps || !kind_of(s.model).one_step;
}

rows::Table<S> make_settings() {
  return {
      rows::picture_set("set", at(&S::set),
                        {.kind = Kind::segments, .choices = &Words::sets, .then = change_set}),
      named("view", at(&S::view), view_names),
      named("method", at(&S::model), model_names, model_of,
            {.kind = Kind::chips,
             .choices = &Words::methods,
             .hints = &Words::method_hints,
             .possible =
                 [](const S& s, double model) {
                   return kind_of(static_cast<int>(model)).made_for(*s.set);
                 }}),
      flag("compare", at(&S::compare),
           {.kind = Kind::toggle,
            .words = &Words::compare,
            .shown = [](const S& s) { return s.view != View::steps; }}),  // which always compares
      rows::labels("labels", at(&S::wish, &Wish::labels)),
      number("guidance", at(&S::wish, &Wish::guidance), {1, 3},
             {.kind = Kind::dial,
              .over = {1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3},
              .words = &Words::guidance,
              .hint = &Words::guidance_hint,
              .symbol = "w",
              .part = Part::apart,
              .shown = can_choose_steps}),
      rows::one_of("steps", at(&S::wish, &Wish::steps), step_choices,
                   {.kind = Kind::segments,
                    .words = &Common::steps,
                    .symbol = "n",
                    .shown = can_choose_steps}),
      number("seed", at(&S::wish, &Wish::seed), {0, rows::most_whole}),
      number("picture", at(&S::chosen), {0, picture_count - 1}),
      number("time", at(&S::time), {0, 1}),
      named("between", at(&S::morph), morph_names),
      number("other", at(&S::other), {0, picture_count - 1}),
      rows::labels("to", at(&S::to)),
      number("blend", at(&S::blend), {0, 1}),
  };
}

void check(const S& s) {
  if (!kind_of(s.model).made_for(*s.set)) {
    rows::bad(fmt::format("of {} there is no model {}", s.set->name, kind_of(s.model).name));
  }
}

}  // namespace

bool shows(const State& state, int model) {
  if (model == state.model) return true;
  return (state.compare || state.view == View::steps) && kind_of(model).made_for(*state.set);
}

int steps_of(const State& state, int model) {
  return kind_of(model).one_step ? 1 : state.wish.steps;
}

int columns_of(int model) {
  return kind_of(model).one_step ? 1 : static_cast<int>(step_choices.size());
}

const rows::Table<S>& settings() {
  static const rows::Table<S> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("pictures", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::pictures
