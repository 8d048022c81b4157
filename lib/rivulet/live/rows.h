// A lab's settings as one table, a row each: how the text of a link names it, which values it may
// have, in which words and by which control a visitor changes it. What belongs to a dial is a field
// of the state, its row, and its words.
//
//   number("rate", at(&S::config, &C::learning_rate), {0, 1},
//          {.kind = Kind::dial, .over = {1e-4, 1e-3, 1e-2}, .words = &Common::rate, .symbol = "η"})
//
// Old links stay valid for ever: limits may grow, never shrink.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/data/picture_sets.h"
#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/words/words.h"

namespace rivulet::live::rows {

// --- Values from strangers: each throws Error with a sentence that names the key ---

[[noreturn]] void bad(const std::string& what);
/// Foreign text inside a message: short, and no control characters.
[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] int64_t integer(const std::string& key, std::string_view text);
[[nodiscard]] int small(const std::string& key, std::string_view text);  ///< at most a million
[[nodiscard]] float real(const std::string& key, std::string_view text);
[[nodiscard]] bool truth(const std::string& key, std::string_view text);
/// None of the values that `key` may have, `names`, is named so.
[[noreturn]] void unknown(const std::string& key, std::string_view text,
                          std::span<const std::string_view> names);
/// Letters, digits, '-' and '_', `most` of them at most: what pictures and codes are written with.
[[nodiscard]] std::string plain(const std::string& key, const std::string& text, size_t most);

// --- What a row is made of ---

/// Both ends are allowed.
struct Limits {
  double low = 0;
  double high = 0;
};
inline constexpr double most_whole = 1'000'000;  ///< that any link holds
/// Of settings whose limits depend on others, or are a model's own: its validate() knows them.
inline constexpr Limits validated{-most_whole * most_whole, most_whole* most_whole};

[[noreturn]] void beyond(const std::string& key, double value, Limits limits);
/// As a link has it.
[[nodiscard]] std::string number_text(float value);
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] std::string number_text(std::integral auto value) { return std::to_string(value); }

/// Numbers to choose from, in the order in which they are shown.
struct Values : std::vector<double> {
  Values() = default;
  Values(std::initializer_list<double> list) : vector(list) {}
  template <std::ranges::input_range R>
  explicit(false) Values(const R& list) {
    for (const auto value : list) push_back(static_cast<double>(value));
  }
};
[[nodiscard]] Values counting(int first, int last);
[[nodiscard]] int nearest(const Values& values, double value);
/// One of the list. Throws Error.
[[nodiscard]] int listed(const std::string& key, const Values& list, const std::string& text);

/// One sentence of a lab's words, or of those that all share, in the language of the moment.
struct Said {
  Said() = default;
  template <class Lab>
  explicit(false) Said(const char* Lab::*member)
      : of([member](const words::Words& all) { return words::of<Lab>(all).*member; }) {}
  std::function<const char*(const words::Words&)> of = {};
};
/// ... and a list of them, one for each choice.
struct SaidOfEach {
  SaidOfEach() = default;
  template <class Lab, size_t N>
  explicit(false) SaidOfEach(std::array<const char*, N> Lab::*member)
      : of([member](const words::Words& all) { return std::span(words::of<Lab>(all).*member); }) {}
  std::function<std::span<const char* const>(const words::Words&)> of = {};
};

/// How a visitor changes it. `none`: by no control of the column, only in links.
enum class Kind : uint8_t { none, dial, toggle, segments, chips };
/// Where in the column: among the first, behind "more", or where the lab draws it by its key.
enum class Part : uint8_t { main, more, apart };

template <class State>
struct Control {
  Kind kind = Kind::none;
  Values over = {};         ///< what is offered, of what the limits allow; else all that a list has
  Said words = {};          ///< on a dial and a toggle; above chips and segments
  Said hint = {};           ///< of a dial
  SaidOfEach choices = {};  ///< a word for each that is offered
  SaidOfEach hints = {};    ///< ... and more about it
  std::string symbol = {};  ///< of the formula
  std::string lights = {};  ///< the \at{} of formulas that is lit; where absent: the name
  std::string name = {};    ///< of the control, for tests; where absent: the key
  bool numbered = false;    ///< chips are NAME.0, NAME.1, ..., not named by what they choose
  Part part = Part::main;
  /// Whether it is there at all; where absent: always.
  std::function<bool(const State&)> shown = {};
  /// Which of those offered there are at this moment; where absent: all. Of chips.
  std::function<bool(const State&, double value)> possible = {};
  /// What a dial says; where absent: the word of the choice, or the number.
  std::function<std::string(const State&, const words::Words&)> value = {};
  /// What else changes when a visitor chooses; links say all themselves.
  std::function<void(State& state, const State& before)> then = {};
};

template <class State>
struct Row {
  std::string key;
  std::function<std::string(const State&)> write;
  std::function<void(State&, const std::string& text)> read;  ///< throws beyond the limits
  // As a number, where it is one: an enumeration's position, 1 for what is on.
  std::function<double(const State&)> get = {};
  std::function<void(State&, double)> set = {};
  Limits limits = validated;
  Values values = {};                        ///< all there are; empty: any within the limits
  std::vector<std::string_view> names = {};  ///< of an enumeration's values
  Control<State> control = {};

  [[nodiscard]] const Values& offered() const {
    return control.over.empty() ? values : control.over;
  }
  [[nodiscard]] const std::string& name() const {
    return control.name.empty() ? key : control.name;
  }
  [[nodiscard]] const std::string& lights() const {
    return control.lights.empty() ? name() : control.lights;
  }
  [[nodiscard]] bool shown(const State& state) const {
    return control.kind != Kind::none && (!control.shown || control.shown(state));
  }
  /// The place among those offered, or the nearest.
  [[nodiscard]] int chosen(const State& state) const;
  void choose(State& state, int index) const;
  /// What a dial says.
  [[nodiscard]] std::string said(const State& state, const words::Words& all) const;
  /// The word for each that is offered, and the name that tests know it by.
  [[nodiscard]] std::vector<std::string> choices(const words::Words& all) const;
  [[nodiscard]] std::vector<std::string> chip_names() const;
  /// Which of those offered there are at this moment; empty: all.
  [[nodiscard]] std::vector<bool> possible(const State& state) const;
};

template <class State>
using Table = std::vector<Row<State>>;

// --- Fields ---

template <class State, class T>
struct Field {
  std::function<T(const State&)> get;
  std::function<void(State&, T)> set;
};

/// A field of the state, or of a part of it.
template <class S, class T>
Field<S, T> at(T S::*field) {
  return {[field](const S& s) { return s.*field; },
          [field](S& s, T value) { s.*field = std::move(value); }};
}
template <class S, class Inner, class Owner, class T>
Field<S, T> at(Inner S::*part, T Owner::*field) {
  return {[part, field](const S& s) { return s.*part.*field; },
          [part, field](S& s, T value) { s.*part.*field = std::move(value); }};
}

// --- Rows: key, field, limits or list, control ---

/// A number that may be anything within the limits.
template <class S, class T>
requires std::is_arithmetic_v<T> Row<S> number(const std::string& key, const Field<S, T>& field,
                                               Limits limits, Control<S> control = {}) {
  const auto parse = [key, limits](const std::string& text) {
    if constexpr (std::is_floating_point_v<T>) {
      const T value = real(key, text);
      if (!(value >= static_cast<T>(limits.low) && value <= static_cast<T>(limits.high))) {
        beyond(key, value, limits);
      }
      return value;
    } else {
      const int value = small(key, text);
      if (value < limits.low || value > limits.high) beyond(key, value, limits);
      return static_cast<T>(value);
    }
  };
  return {.key = key,
          .write = [field](const S& s) { return number_text(field.get(s)); },
          .read = [field, parse](S& s, const std::string& text) { field.set(s, parse(text)); },
          .get = [field](const S& s) { return static_cast<double>(field.get(s)); },
          .set = [field](S& s, double value) { field.set(s, static_cast<T>(value)); },
          .limits = limits,
          .control = std::move(control)};
}

/// A whole number that must be one of the list.
template <class S>
Row<S> one_of(const std::string& key, const Field<S, int>& field, Values list,
              Control<S> control = {}) {
  Row<S> row = number(key, field, validated, std::move(control));
  row.read = [field, key, list](S& s, const std::string& text) {
    field.set(s, listed(key, list, text));
  };
  row.values = std::move(list);
  row.limits = {std::ranges::min(row.values), std::ranges::max(row.values)};
  return row;
}

/// On or off.
template <class S>
Row<S> flag(const std::string& key, const Field<S, bool>& field, Control<S> control = {}) {
  return {.key = key,
          .write = [field](const S& s) { return std::string(field.get(s) ? "1" : "0"); },
          .read = [field, key](S& s, const std::string& text) { field.set(s, truth(key, text)); },
          .get = [field](const S& s) { return field.get(s) ? 1.0 : 0.0; },
          .set = [field](S& s, double value) { field.set(s, value != 0); },
          .limits = {0, 1},
          .values = {0, 1},
          .control = std::move(control)};
}

/// One of what has names, by its place among them; `parse` throws where it knows none.
template <class S, class T>
Row<S> named(const std::string& key, const Field<S, T>& field,
             std::span<const std::string_view> names,
             const std::type_identity_t<std::function<T(std::string_view)>>& parse,
             Control<S> control = {}) {
  const std::vector<std::string_view> all(names.begin(), names.end());
  const int last = static_cast<int>(all.size()) - 1;
  return {.key = key,
          .write = [field, all](
                       const S& s) { return std::string(all[static_cast<size_t>(field.get(s))]); },
          .read = [field, parse](S& s, const std::string& text) { field.set(s, parse(text)); },
          .get = [field](const S& s) { return static_cast<double>(field.get(s)); },
          .set = [field](S& s, double value) { field.set(s, static_cast<T>(value)); },
          .limits = {0, static_cast<double>(last)},
          .values = counting(0, last),
          .names = all,
          .control = std::move(control)};
}
/// An enumeration.
template <class S, class E, size_t N>
Row<S> named(const std::string& key, const Field<S, E>& field, const Names<E, N>& names,
             Control<S> control = {}) {
  const auto parse = [key, names](std::string_view text) {
    const std::optional<E> found = names.find(text);
    if (!found) unknown(key, text, names.names);
    return *found;
  };
  return named(key, field, names.names, parse, std::move(control));
}
template <class S>
Row<S> picture_set(const std::string& key, const Field<S, const data::PictureSet*>& field,
                   Control<S> control = {}) {
  const Field<S, int> place = {
      [field](const S& s) { return static_cast<int>(field.get(s) - data::picture_sets.data()); },
      [field](S& s, int i) { field.set(s, &data::picture_sets[static_cast<size_t>(i)]); }};
  const auto parse = [key](std::string_view text) {
    const data::PictureSet* const found = data::find_picture_set(text);
    if (found == nullptr) unknown(key, text, data::picture_set_names);
    return static_cast<int>(found - data::picture_sets.data());
  };
  return named(key, place, data::picture_set_names, parse, std::move(control));
}

/// What has a text of its own; no control of the column changes it.
template <class S, class T>
Row<S> text(const std::string& key, const Field<S, T>& field,
            const std::type_identity_t<std::function<std::string(const T&)>>& write,
            const std::type_identity_t<std::function<T(const std::string&)>>& parse) {
  return {.key = key,
          .write = [field, write](const S& s) { return write(field.get(s)); },
          .read = [field, parse](S& s, const std::string& text) { field.set(s, parse(text)); }};
}
/// ... and is written with letters, digits, '-' and '_', `most` of them at most.
template <class S>
Row<S> text(const std::string& key, const Field<S, std::string>& field, size_t most) {
  return text(
      key, field, [](const std::string& text) { return text; },
      [key, most](const std::string& text) { return plain(key, text, most); });
}
template <class S>
Row<S> labels(const std::string& key, const Field<S, PictureLabels>& field) {
  return text(key, field, labels_text,
              [key](const std::string& text) { return read_labels(key, text); });
}
template <class S>
Row<S> strokes(const std::string& key, const Field<S, std::vector<data::Stroke>>& field) {
  return text(
      key, field,
      [](const std::vector<data::Stroke>& strokes) {
        return strokes.empty() ? std::string() : data::encode_strokes(strokes);
      },
      [](const std::string& text) { return data::decode_strokes(text); });
}
/// Of random numbers; old links have it with a sign, which is dropped.
template <class S>
Row<S> unsigned_seed(const std::string& key, const Field<S, uint64_t>& field,
                     Control<S> control = {}) {
  Row<S> row = number(key, field, {0, most_whole}, std::move(control));
  row.read = [field, key](S& s, const std::string& text) {
    field.set(s, static_cast<uint64_t>(std::abs(small(key, text))));
  };
  return row;
}

// --- Tables ---

template <class State>
int Row<State>::chosen(const State& state) const {
  return nearest(offered(), get(state));
}

template <class State>
void Row<State>::choose(State& state, int index) const {
  const State before = state;
  set(state, offered()[static_cast<size_t>(index)]);
  if (control.then) control.then(state, before);
}

template <class State>
std::string Row<State>::said(const State& state, const words::Words& all) const {
  if (control.value) return control.value(state, all);
  if (control.choices.of) return control.choices.of(all)[static_cast<size_t>(chosen(state))];
  return write(state);
}

template <class State>
std::vector<std::string> Row<State>::choices(const words::Words& all) const {
  std::vector<std::string> out;
  out.reserve(offered().size());
  for (size_t i = 0; i < offered().size(); ++i) {
    out.push_back(control.choices.of ? control.choices.of(all)[i] : number_text(offered()[i]));
  }
  return out;
}

template <class State>
std::vector<std::string> Row<State>::chip_names() const {
  std::vector<std::string> out;
  for (const double value : offered()) {
    const auto i = static_cast<size_t>(value);
    out.push_back(control.numbered || names.empty() ? number_text(value) : std::string(names[i]));
  }
  return out;
}

template <class State>
std::vector<bool> Row<State>::possible(const State& state) const {
  std::vector<bool> out;
  if (!control.possible) return out;
  for (const double value : offered()) out.push_back(control.possible(state, value));
  return out;
}

/// The row of that key. Throws Error where there is none.
template <class State>
const Row<State>& row_of(const Table<State>& table, std::string_view key) {
  const auto row = std::ranges::find(table, key, &Row<State>::key);
  if (row == table.end()) bad("there is no setting " + quoted(key));
  return *row;
}

template <class State>
Table<State> joined(std::initializer_list<Table<State>> parts) {
  Table<State> all;
  for (const Table<State>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// What differs from the defaults.
template <class State>
Fields write(const std::string& lab, const Table<State>& table, const State& state) {
  const State defaults;
  Fields fields{.lab = lab, .values = {}};
  for (const Row<State>& row : table) {
    std::string text = row.write(state);
    if (text != row.write(defaults)) fields.add(row.key, std::move(text));
  }
  return fields;
}

template <class State>
State read(const Table<State>& table, const Fields& fields) {
  State state;
  for (const auto& [key, value] : fields.values) {
    row_of(table, key).read(state, value);
  }
  return state;
}

}  // namespace rivulet::live::rows
