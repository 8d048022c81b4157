#include "rivulet/live/experts_pictures/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace rivulet::live::experts_pictures {
namespace {

using rows::at;
using rows::flag;
using rows::Kind;
using rows::number;
using rows::Part;
using words::Common;
using Words = words::ExpertsPictures;
using S = State;

constexpr uint64_t bit(int expert) { return uint64_t{1} << static_cast<unsigned>(expert); }

/// A hexadecimal number a layer: "0.a.3".
std::string silenced_text(const Silenced& silenced) {
  std::string out;
  for (const uint64_t experts : silenced) {
    out += fmt::format("{}{:x}", out.empty() ? "" : ".", experts);
  }
  return out;
}

Silenced read_silenced(const std::string& text) {
  Silenced out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    uint64_t experts = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), experts, 16);
    if (error != std::errc() || end != word.data() + word.size()) {
      rows::bad("silenced has no experts " + rows::quoted(word));
    }
    if (out.size() == most_layers) rows::bad("silenced has too many layers");
    out.push_back(experts);
  }
  while (!out.empty() && out.back() == 0) out.pop_back();
  return out;
}

/// Choices and experts of one set mean nothing to another.
void change_set(S& s, const S& /*before*/) {
  s.wish.labels.clear();
  s.silenced.clear();
}

rows::Table<S> make_settings() {
  return {
      rows::picture_set(
          "set", at(&S::set),
          {.kind = Kind::segments, .choices = &words::Pictures::sets, .then = change_set}),
      rows::labels("labels", at(&S::wish, &Wish::labels)),
      rows::one_of("steps", at(&S::wish, &Wish::steps), step_choices,
                   {.kind = Kind::segments, .words = &Common::steps, .symbol = "n"}),
      number("guidance", at(&S::wish, &Wish::guidance), {1, 3},
             {.kind = Kind::dial,
              .over = {1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3},
              .words = &words::Pictures::guidance,
              .hint = &words::Pictures::guidance_hint,
              .symbol = "w"}),
      flag("painted", at(&S::painted), {.kind = Kind::toggle, .words = &Words::painted}),
      rows::unsigned_seed("seed", at(&S::wish, &Wish::seed),
                          {.kind = Kind::dial,
                           .over = rows::counting(1, 50),
                           .words = &Common::seed,
                           .hint = &words::Pictures::new_noise_hint,
                           .part = Part::more}),
      number("picture", at(&S::picture), {0, picture_count - 1}),
      number("layer", at(&S::layer), {0, most_layers - 1}),
      number("time", at(&S::time), {0, 1}),
      rows::text("silenced", at(&S::silenced), silenced_text, read_silenced),
      flag("everywhere", at(&S::everywhere),
           {.kind = Kind::segments, .choices = &Words::reach, .part = Part::apart}),
  };
}

}  // namespace

bool is_silenced(const Silenced& silenced, int layer, int expert) {
  const auto at = static_cast<size_t>(layer);
  return at < silenced.size() && (silenced[at] & bit(expert)) != 0;
}

void set_silenced(Silenced& silenced, int layer, int expert, bool on) {
  const auto at = static_cast<size_t>(layer);
  if (at >= silenced.size()) silenced.resize(at + 1);
  silenced[at] = on ? silenced[at] | bit(expert) : silenced[at] & ~bit(expert);
  while (!silenced.empty() && silenced.back() == 0) silenced.pop_back();
}

int State::place() const {
  return static_cast<int>(std::lround(time * static_cast<float>(wish.steps)));
}

int State::evaluation() const { return std::min(place(), wish.steps - 1); }

const rows::Table<S>& settings() {
  static const rows::Table<S> table = make_settings();
  return table;
}

Fields to_fields(const State& state) { return rows::write("experts-pictures", settings(), state); }

State read_state(const Fields& fields) { return rows::read(settings(), fields); }

}  // namespace rivulet::live::experts_pictures
