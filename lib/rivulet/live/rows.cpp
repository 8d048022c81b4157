#include "rivulet/live/rows.h"

#include <fmt/ranges.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "rivulet/core/error.h"

namespace rivulet::live::rows {
namespace {

constexpr std::string_view where = "state";

}  // namespace

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

void unknown(const std::string& key, std::string_view text,
             std::span<const std::string_view> names) {
  bad(fmt::format("there is no {} {}, only {}", key, quoted(text), fmt::join(names, ", ")));
}

std::string plain(const std::string& key, const std::string& text, size_t most) {
  if (text.size() > most) bad(fmt::format("{} is too long ({} characters)", key, text.size()));
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (!std::ranges::all_of(text, allowed)) bad(key + " has signs that it cannot have");
  return text;
}

void beyond(const std::string& key, double value, Limits limits) {
  bad(fmt::format("{} must be in {}..{}: {}", key, limits.low, limits.high, value));
}

std::string number_text(float value) { return number_text(double{value}); }

std::string number_text(double value) {
  std::string text = fmt::format("{:.6g}", value);
  if (!text.ends_with("e-05") && !text.ends_with("e-06")) return text;
  text = fmt::format("{:.11f}", std::strtod(text.c_str(), nullptr));  // 0.00005, as people read it
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

Values counting(int first, int last) {
  Values values;
  for (int i = first; i <= last; ++i) values.push_back(i);
  return values;
}

int nearest(const Values& values, double value) {
  const auto distance = [value](double v) { return std::abs(v - value); };
  return static_cast<int>(std::ranges::min_element(values, {}, distance) - values.begin());
}

int listed(const std::string& key, const Values& list, const std::string& text) {
  const int value = small(key, text);
  if (std::ranges::find(list, value) == list.end()) {
    bad(fmt::format("{} must be one of {}: {}", key, fmt::join(list, ", "), value));
  }
  return value;
}

}  // namespace rivulet::live::rows
