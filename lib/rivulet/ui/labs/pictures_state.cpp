#include "rivulet/ui/labs/pictures_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/state_rows.h"

namespace rivulet::ui {
namespace {

using rows::bad;
using rows::Row;
using rows::within;

constexpr std::array<std::string_view, 2> set_names = {"avatars", "fashion"};
constexpr std::array<std::string_view, 3> view_names = {"grid", "steps", "morph"};
constexpr std::array<std::string_view, 2> morph_names = {"noise", "choice"};
constexpr size_t most_attributes = 64;
constexpr char open_label = 'x';

template <class Get>
Row<PicturesState> labels(const std::string& key, Get get) {
  return {
      key, [get](const PicturesState& s) { return labels_text(get(s)); },
      [get, key](PicturesState& s, const std::string& text) { get(s) = read_labels(key, text); }};
}

std::vector<Row<PicturesState>> pictures_rows() {
  using S = PicturesState;
  return {
      rows::named<S>(
          "set", set_names, [](auto& s) -> auto& { return s.set; }),
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::method<S>(
          "method", [](auto& s) -> auto& { return s.method; }),
      rows::flag<S>(
          "compare", [](auto& s) -> auto& { return s.compare; }),
      labels(
          "labels", [](auto& s) -> auto& { return s.labels; }),
      rows::number<S>(
          "guidance", [](auto& s) -> auto& { return s.guidance; }),
      rows::whole<S>(
          "steps", [](auto& s) -> auto& { return s.steps; }),
      rows::whole<S>(
          "seed", [](auto& s) -> auto& { return s.seed; }),
      rows::whole<S>(
          "picture", [](auto& s) -> auto& { return s.chosen; }),
      rows::number<S>(
          "time", [](auto& s) -> auto& { return s.time; }),
      rows::named<S>(
          "between", morph_names, [](auto& s) -> auto& { return s.morph; }),
      rows::whole<S>(
          "other", [](auto& s) -> auto& { return s.other; }),
      labels(
          "to", [](auto& s) -> auto& { return s.to; }),
      rows::number<S>(
          "blend", [](auto& s) -> auto& { return s.blend; }),
  };
}

void check(const PicturesState& state) {
  if (state.method != models::Method::shortcut && state.method != models::Method::flow_matching) {
    bad("pictures are made by shortcut or flow-matching");
  }
  if (std::find(picture_steps.begin(), picture_steps.end(), state.steps) == picture_steps.end()) {
    bad(fmt::format("steps must be 1, 2, 4, ... 128: {}", state.steps));
  }
  within<uint64_t>("seed", state.seed, 0, 1'000'000);
  within("guidance", state.guidance, 1.0F, 3.0F);
  within("time", state.time, 0.0F, 1.0F);
  within("blend", state.blend, 0.0F, 1.0F);
  within("picture", state.chosen, 0, picture_count - 1);
  within("other", state.other, 0, picture_count - 1);
}

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

std::string_view name_of(PictureSet set) { return set_names[static_cast<size_t>(set)]; }

Fields to_fields(const PicturesState& state) {
  return rows::write("pictures", pictures_rows(), state);
}

PicturesState pictures_state(const Fields& fields) {
  PicturesState state = rows::read(pictures_rows(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::ui
