#include "rivulet/live/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/live/rows.h"

namespace rivulet::live {
namespace {

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '+';
}

}  // namespace

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

}  // namespace rivulet::live
