// The column of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/pictures/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {
namespace {

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

/// Says where a model has not learned as much as is asked for.
void PicturesLab::draw_guidance(Ui& ui, Box& column) {
  const float learned = engine_->card(state_.model).highest_guidance;
  const float wanted = state_.wish.guidance;
  const bool student = pictures::kind_of(state_.model).one_step;
  const std::string cut = student ? fmt::format(fmt::runtime(words().guidance_settled), wanted)
                          : learned > 0 && wanted > learned
                              ? fmt::format(fmt::runtime(words().guidance_cut), wanted, learned)
                              : std::string();
  draw_setting(ui, column, pictures::settings(), "guidance", state_, cut);
}

void PicturesLab::draw_seed(Ui& ui, Box& column) {
  Box row = column.cut_top(34);
  const Box said = row.cut_left(80);
  label(ui, ui.fonts.text, said, ui.theme->muted, words().another_noise);
  const auto set = [&](int64_t seed) {
    state_.wish.seed = static_cast<uint64_t>(std::clamp<int64_t>(seed, 0, most_seed));
  };
  const auto now = static_cast<int64_t>(state_.wish.seed);
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
  auto typed = static_cast<int>(state_.wish.seed);
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
  draw_rows(ui, column, pictures::settings(), rows::Part::main, state_);
  draw_guidance(ui, column);
  draw_seed(ui, column);
  draw_choices(ui, column);
  return column.y - top;
}

}  // namespace rivulet::ui
