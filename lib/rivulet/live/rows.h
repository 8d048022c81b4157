// How the settings of a lab are written as text and read back, one row per setting.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/live/fields.h"
#include "rivulet/models/flow.h"

namespace rivulet::live::rows {

// Values from strangers: each throws Error with a sentence that names the key.
[[noreturn]] void bad(const std::string& what);
/// Foreign text inside a message: short, and no control characters.
[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] int64_t integer(const std::string& key, std::string_view text);
[[nodiscard]] int small(const std::string& key, std::string_view text);
[[nodiscard]] float real(const std::string& key, std::string_view text);
[[nodiscard]] bool truth(const std::string& key, std::string_view text);
/// The position of `text` among `names`; `what` is what they are names of.
[[nodiscard]] int choice(std::string_view what, std::span<const std::string_view> names,
                         std::string_view text);

/// Throw Error unless the value is within limits, or one of those there are.
template <class T>
void within(const char* key, T value, T low, T high) {
  if (!(value >= low && value <= high)) {
    bad(fmt::format("{} must be in {}..{}: {}", key, low, high, value));
  }
}
template <class T, size_t N>
void one_of(const char* key, T value, const std::array<T, N>& values) {
  if (std::find(values.begin(), values.end(), value) != values.end()) return;
  bad(fmt::format("{} must be one of {}: {}", key, fmt::join(values, ", "), value));
}

/// How a field is written (it is left out where that equals the default's text), and how it is
/// read.
template <class State>
struct Row {
  std::string key;
  std::function<std::string(const State&)> write;
  std::function<void(State&, const std::string& text)> read;
};

// Rows over `get`, which returns a reference to the field of a state.

template <class State, class Get>
Row<State> whole(const std::string& key, Get get) {
  return {key, [get](const State& s) { return fmt::format("{}", get(s)); },
          [get, key](State& s, const std::string& text) {
            get(s) = static_cast<std::remove_reference_t<decltype(get(s))>>(small(key, text));
          }};
}

template <class State, class Get>
Row<State> number(const std::string& key, Get get) {
  return {key, [get](const State& s) { return fmt::format("{:.6g}", get(s)); },
          [get, key](State& s, const std::string& text) { get(s) = real(key, text); }};
}

template <class State, class Get>
Row<State> flag(const std::string& key, Get get) {
  return {key, [get](const State& s) { return std::string(get(s) ? "1" : "0"); },
          [get, key](State& s, const std::string& text) { get(s) = truth(key, text); }};
}

template <class State, class Get>
Row<State> method(const std::string& key, Get get) {
  return {key, [get](const State& s) { return std::string(models::name_of(get(s))); },
          [get](State& s, const std::string& text) { get(s) = models::method_names.read(text); }};
}

/// An enumeration by its names, which must outlive the row.
template <class State, class Get>
Row<State> named(const std::string& key, std::span<const std::string_view> names, Get get) {
  return {key,
          [get, names](const State& s) { return std::string(names[static_cast<size_t>(get(s))]); },
          [get, names, key](State& s, const std::string& text) {
            using Value = std::remove_reference_t<decltype(get(s))>;
            get(s) = static_cast<Value>(choice(key, names, text));
          }};
}

template <class State>
Fields write(const std::string& lab, const std::vector<Row<State>>& rows, const State& state) {
  const State defaults;
  Fields fields{.lab = lab, .values = {}};
  for (const Row<State>& row : rows) {
    std::string text = row.write(state);
    if (text != row.write(defaults)) fields.add(row.key, std::move(text));
  }
  return fields;
}

template <class State>
State read(const std::vector<Row<State>>& rows, const Fields& fields) {
  State state;
  for (const auto& [key, value] : fields.values) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Row<State>& r) { return r.key == key; });
    if (row == rows.end()) bad("there is no setting " + quoted(key));
    row->read(state, value);
  }
  return state;
}

}  // namespace rivulet::live::rows
