#include "rivulet/live/labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/live/rows.h"

namespace rivulet::live {
namespace {

using rows::bad;

constexpr size_t most_attributes = 64;
constexpr char open_label = 'x';

}  // namespace

std::string labels_text(PictureLabels labels) {
  while (!labels.empty() && labels.back() == any_label) labels.pop_back();
  std::string out;
  for (const int label : labels) {
    if (!out.empty()) out += '.';
    out += label == any_label ? std::string(1, open_label) : fmt::format("{}", label);
  }
  return out;
}

PictureLabels read_labels(const std::string& key, std::string_view text) {
  PictureLabels labels;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('.'));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const int label = word == std::string_view(&open_label, 1) ? any_label : rows::small(key, word);
    if (label < any_label || label > 254) bad(fmt::format("{} has a value {}", key, label));
    labels.push_back(label);
    if (labels.size() > most_attributes) bad(key + " has too many values");
  }
  while (!labels.empty() && labels.back() == any_label) labels.pop_back();
  return labels;
}

}  // namespace rivulet::live
