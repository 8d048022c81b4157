#include "rivulet/ui/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "rivulet/core/error.h"
#include "rivulet/ui/state_rows.h"

namespace rivulet::ui {
namespace {

constexpr std::string_view where = "state";

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '+';
}

constexpr std::array<std::string_view, 3> view_names = {"samples", "paths", "field"};

std::vector<rows::Row<Flow2dState>> flow2d_rows() {
  using S = Flow2dState;
  return {
      {"target", [](const S& s) { return std::string(data::name_of(s.target)); },
       [](S& s, const std::string& text) { s.target = data::shape2d(text); }},
      {"strokes",
       [](const S& s) { return s.strokes.empty() ? "" : data::encode_strokes(s.strokes); },
       [](S& s, const std::string& text) { s.strokes = data::decode_strokes(text); }},
      rows::method<S>(
          "method", [](auto& s) -> auto& { return s.config.method; }),
      rows::flag<S>(
          "compare", [](auto& s) -> auto& { return s.compare; }),
      rows::method<S>(
          "rival", [](auto& s) -> auto& { return s.rival; }),
      rows::whole<S>(
          "steps", [](auto& s) -> auto& { return s.steps; }),
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::number<S>(
          "time", [](auto& s) -> auto& { return s.time; }),
      rows::flag<S>(
          "play", [](auto& s) -> auto& { return s.playing; }),
      rows::number<S>(
          "rate", [](auto& s) -> auto& { return s.config.learning_rate; }),
      rows::whole<S>(
          "width", [](auto& s) -> auto& { return s.config.width; }),
      rows::whole<S>(
          "depth", [](auto& s) -> auto& { return s.config.depth; }),
      rows::whole<S>(
          "batch", [](auto& s) -> auto& { return s.config.batch; }),
      rows::number<S>(
          "bootstrap", [](auto& s) -> auto& { return s.config.bootstrap; }),
      rows::number<S>(
          "average", [](auto& s) -> auto& { return s.config.ema_decay; }),
      {"seed", [](const S& s) { return fmt::format("{}", s.config.seed); },
       [](S& s, const std::string& text) {
         s.config.seed = static_cast<uint64_t>(std::abs(rows::small("seed", text)));
       }},
  };
}

void check(const Flow2dState& state) {
  train::validate(state.config);
  const auto& known = train::shown_steps;
  if (std::find(std::begin(known), std::end(known), state.steps) == std::end(known)) {
    rows::bad(fmt::format("steps must be 1, 2, 4, 8, 32 or 128: {}", state.steps));
  }
  if (!(state.time >= 0 && state.time <= 1)) {
    rows::bad(fmt::format("time must be in 0..1: {}", state.time));
  }
  if (state.target == data::Shape2d::drawn && state.strokes.empty()) {
    rows::bad("a drawn target needs strokes");
  }
}

}  // namespace

namespace rows {

void bad(const std::string& what) { fail(std::string(where), what); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 32)) out += c >= 32 && c < 127 && c != '"' ? c : '?';
  return out + (text.size() > 32 ? "…\"" : "\"");
}

int64_t integer(const std::string& key, std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc{} || result.ptr != end) {
    bad(fmt::format("{} is not a whole number: {}", key, quoted(text)));
  }
  return value;
}

int small(const std::string& key, std::string_view text) {
  const int64_t value = integer(key, text);
  if (value < -1'000'000 || value > 1'000'000) {
    bad(fmt::format("{} is out of range: {}", key, value));
  }
  return static_cast<int>(value);
}

/// Decimal notation only; strtof because libc++ 19 lacks from_chars for floats.
float real(const std::string& key, std::string_view text) {
  const bool decimal = !text.empty() && text.size() <= 24 &&
                       text.find_first_not_of("0123456789.+-e") == std::string_view::npos;
  const std::string copy(text.substr(0, 24));
  char* end = nullptr;
  const float value = decimal ? std::strtof(copy.c_str(), &end) : 0.0F;
  if (!decimal || end != copy.c_str() + copy.size() || !std::isfinite(value)) {
    bad(fmt::format("{} is not a number: {}", key, quoted(text)));
  }
  return value;
}

bool truth(const std::string& key, std::string_view text) {
  if (text != "0" && text != "1") {
    bad(fmt::format("{} must be 0 or 1: {}", key, quoted(text)));
  }
  return text == "1";
}

int choice(std::string_view what, std::span<const std::string_view> names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) bad(fmt::format("there is no {} {}", what, quoted(text)));
  return static_cast<int>(found - names.begin());
}

}  // namespace rows

std::string_view fragment_of(std::string_view text) {
  const auto hash = text.find('#');
  if (hash != std::string_view::npos) text.remove_prefix(hash + 1);
  const std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Fields Fields::parse(std::string_view text) {
  if (text.size() > max_state_text) {
    rows::bad(fmt::format("{} characters are too many", text.size()));
  }
  Fields fields;
  const auto question = text.find('?');
  fields.lab = std::string(text.substr(0, question));
  if (fields.lab.empty() || !std::all_of(fields.lab.begin(), fields.lab.end(), plain)) {
    rows::bad(fmt::format("{} does not name a lab", rows::quoted(text)));
  }
  if (question == std::string_view::npos) return fields;
  text.remove_prefix(question + 1);
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    const auto equals = field.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      rows::bad(fmt::format("{} is not key=value", rows::quoted(field)));
    }
    const std::string key(field.substr(0, equals));
    const std::string_view value = field.substr(equals + 1);
    if (!std::all_of(key.begin(), key.end(), plain) ||
        !std::all_of(value.begin(), value.end(), plain)) {
      rows::bad(fmt::format("{} has characters that no state has", rows::quoted(field)));
    }
    for (const auto& [seen, unused] : fields.values) {
      if (seen == key) rows::bad(fmt::format("{} is given twice", rows::quoted(key)));
    }
    fields.add(key, std::string(value));
  }
  return fields;
}

std::string Fields::text() const {
  std::string out = lab;
  char separator = '?';
  for (const auto& [key, value] : values) {
    out += separator + key + '=' + value;
    separator = '&';
  }
  return out;
}

void Fields::add(std::string key, std::string value) {
  values.emplace_back(std::move(key), std::move(value));
}

Fields to_fields(const Flow2dState& state) { return rows::write("flow2d", flow2d_rows(), state); }

Flow2dState flow2d_state(const Fields& fields) {
  Flow2dState state = rows::read(flow2d_rows(), fields);
  check(state);
  return state;
}

bool same_strokes(const std::vector<data::Stroke>& a, const std::vector<data::Stroke>& b) {
  return a.size() == b.size() && (a.empty() || data::encode_strokes(a) == data::encode_strokes(b));
}

bool needs_restart(const Flow2dState& a, const Flow2dState& b) {
  train::Flow2dConfig live = a.config;
  live.learning_rate = b.config.learning_rate;
  live.ema_decay = b.config.ema_decay;
  const bool redrawn = b.target == data::Shape2d::drawn && !same_strokes(a.strokes, b.strokes);
  return !(live == b.config) || a.target != b.target || redrawn || a.compare != b.compare ||
         (b.compare && a.rival != b.rival);
}

}  // namespace rivulet::ui
