// The column of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float guidances[] = {1.0F, 1.25F, 1.5F, 1.75F, 2.0F, 2.25F, 2.5F, 2.75F, 3.0F};
constexpr int most_seed = 999'999;

}  // namespace

void PicturesLab::draw_head(Ui& ui, Box row) {
  const Box save = row.cut_right(44);
  row.cut_right(8);
  if (button(ui, "roll", row, Icon::dice, words().new_noise, Look::accent,
             words().new_noise_hint)) {
    roll();
  }
  if (button(ui, "save.grid", save, Icon::save, {}, Look::plain, words().save_all)) save_grid(ui);
}

void PicturesLab::draw_models(Ui& ui, Box& column) {
  const float height = ui.phone ? 42.0F : 36.0F;
  const std::vector<std::string> sets(words().sets.begin(), words().sets.end());
  int set = static_cast<int>(state_.set);
  if (segments(ui, "set", column.cut_top(height), sets, &set)) {
    choose_set(static_cast<PictureSet>(set));
  }
  column.cut_top(12);
  const Box methods = column.cut_top(height);
  for (int side = 0; side < pictures::model_count; ++side) {
    const std::string name = fmt::format("method.{}", models::name_of(pictures::method_of(side)));
    const auto i = static_cast<size_t>(side);
    if (chip(ui, name.c_str(), methods.column(side, pictures::model_count, 8), words().methods[i],
             side == chosen_side(), words().method_hints[i])) {
      state_.method = pictures::method_of(side);
    }
  }
  column.cut_top(6);
  if (state_.view != pictures::View::steps) {  // which always compares
    toggle(ui, "compare", column.cut_top(36), words().compare, &state_.compare);
  }
  column.cut_top(8);
}

void PicturesLab::draw_dials(Ui& ui, Box& column) {
  label_with_symbol(ui, column.cut_top(22), common().steps, "n",
                    ui.highlight == "steps" ? ui.theme->accent : ui.theme->faint);
  column.cut_top(4);
  std::vector<std::string> counts;
  counts.reserve(pictures::step_choices.size());
  for (const int n : pictures::step_choices) counts.push_back(fmt::format("{}", n));
  int index = nearest(std::span<const int>(pictures::step_choices), state_.steps);
  const Box strip = column.cut_top(ui.phone ? 40.0F : 34.0F);
  if (segments(ui, "steps", strip, counts, &index)) {
    state_.steps = pictures::step_choices[static_cast<size_t>(index)];
  }
  if (strip.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "steps";
  column.cut_top(14);
  const float learned = engine_->card(chosen_side()).highest_guidance;
  const std::string value =
      learned > 0 && state_.guidance > learned
          ? fmt::format(fmt::runtime(words().guidance_cut), state_.guidance, learned)
          : fmt::format("{:.4g}", state_.guidance);
  list_dial(ui, "guidance", column, {words().guidance, "w", value, words().guidance_hint},
            guidances, &state_.guidance);
}

void PicturesLab::draw_seed(Ui& ui, Box& column) {
  Box row = column.cut_top(34);
  const Box said = row.cut_left(80);
  label(ui, ui.fonts.text, said, ui.theme->muted, words().another_noise);
  const auto set = [&](int64_t seed) {
    state_.seed = static_cast<uint64_t>(std::clamp<int64_t>(seed, 0, most_seed));
  };
  const auto now = static_cast<int64_t>(state_.seed);
  if (button(ui, "seed.next", row.cut_right(36), Icon::plus, {}, Look::plain, words().one_on)) {
    set(now + 1);
  }
  row.cut_right(6);
  const Box field = row.cut_right(92);
  row.cut_right(6);
  if (button(ui, "seed.back", row.cut_right(36), Icon::minus, {}, Look::plain, words().one_back)) {
    set(now - 1);
  }
  ui.boxes.emplace_back("seed", field);
  ImGui::SetCursorScreenPos({field.x, field.y});
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {12, (field.h - ImGui::GetFontSize()) / 2});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, 8);
  ImGui::PushStyleColor(ImGuiCol_FrameBg, ui.theme->inset);
  ImGui::SetNextItemWidth(field.w);
  auto typed = static_cast<int>(state_.seed);
  if (ImGui::InputInt("##seed", &typed, 0, 0)) set(typed);
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) ui.next_highlight = "seed";
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
  column.cut_top(10);
}

void PicturesLab::draw_choices(Ui& ui, Box& column) {
  if (!model() || model()->pictures.attributes.empty()) return;
  if (state_.view == pictures::View::morph && state_.morph == pictures::MorphKind::choice) {
    const std::vector<std::string> ends(words().ends.begin(), words().ends.end());
    int end = far_end_ ? 1 : 0;
    if (segments(ui, "end", column.cut_top(ui.phone ? 42.0F : 36.0F), ends, &end)) {
      far_end_ = end == 1;
    }
    column.cut_top(4);
  }
  draw_attributes(ui, column, model()->pictures.attributes, edited());
}

/// Returns the height used.
float PicturesLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  draw_models(ui, column);
  draw_dials(ui, column);
  draw_seed(ui, column);
  draw_choices(ui, column);
  return column.y - top;
}

}  // namespace rivulet::ui
