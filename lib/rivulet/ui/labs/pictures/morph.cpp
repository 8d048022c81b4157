// Between two noises, or between two choices.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr int ends_shown = pictures::picture_count / 2;
constexpr float frame_space = 4;

}  // namespace

/// What the ends differ in, and where between them the large picture is.
void PicturesLab::draw_morph_bar(Ui& ui, Box row) {
  const std::vector<std::string> kinds = {words().morph_noise, words().morph_choice};
  int kind = static_cast<int>(state_.morph);
  if (segments(ui, "between", row.cut_left(std::min(260.0F, row.w * 0.56F)), kinds, &kind)) {
    state_.morph = static_cast<pictures::MorphKind>(kind);
    far_end_ = state_.morph == pictures::MorphKind::choice;
  }
  row.cut_left(10);
  if (button(ui, "play", row.cut_left(38), playback_.repeats() ? Icon::pause : Icon::play, {},
             Look::quiet, words().morph_play)) {
    playback_.toggle(state_.time);
  }
  const Box value = row.cut_right(54);
  label_with_symbol(ui, {value.x + 6, value.y, 20, value.h}, {}, "s",
                    ui.highlight == "blend" ? ui.theme->accent : ui.theme->faint);
  label(ui, ui.fonts.small, value, ui.theme->muted, fmt::format("{:.2f}", state_.blend),
        Align::right);
  if (slider(ui, "blend", row.inset(2, 0), ui.words->common.blend, &state_.blend)) playback_.hold();
}

/// The large picture and its frames; returns the height used.
float PicturesLab::draw_morph(Ui& ui, Box box, int side, float large) {
  const float top = box.y;
  draw_caption(
      ui, box.cut_top(caption_height), side,
      fmt::format(fmt::runtime(common().caption), words().methods[static_cast<size_t>(side)],
                  steps_text(ui, steps_of(state_, side))));
  const float cell = crisp_side(pixel_side(), std::min(large, box.w));
  const Box picture{box.x, box.y + 4, cell, cell};
  ui.boxes.emplace_back(side == 0 ? "pictures" : "pictures.rival", picture);
  atlas_.draw(ui, pictures::blend_slot + side, picture);
  draw_trouble(ui, {box.x, picture.y, box.w, cell}, side);
  box.cut_top(cell + 4 + 12);
  const int columns = box.w < 420 ? pictures::morph_frames / 2 : pictures::morph_frames;
  const float room =
      (box.w - frame_space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float small = crisp_side(pixel_side(), std::min(room, 64.0F));
  const int here = static_cast<int>(std::lround(state_.blend * (pictures::morph_frames - 1)));
  for (int f = 0; f < pictures::morph_frames; ++f) {
    const Box place{box.x + static_cast<float>(f % columns) * (small + frame_space),
                    box.y + static_cast<float>(f / columns) * (small + frame_space), small, small};
    const std::string name = fmt::format("frame.{}.{}", side, f);
    if (draw_cell(ui, name, pictures::morph_slot + side * pictures::morph_frames + f, place,
                  f == here, side)) {
      state_.blend = static_cast<float>(f) / (pictures::morph_frames - 1);
      playback_.hold();
    }
  }
  box.cut_top(static_cast<float>(pictures::morph_frames / columns) * (small + frame_space));
  return box.y - top;
}

/// Pictures of the grid to choose an end from; returns the height used.
float PicturesLab::draw_end(Ui& ui, Box box, int end, int columns) {
  const float top = box.y;
  const int side = state_.model;
  const float space = 8;
  label(ui, ui.fonts.small, box.cut_top(20), ui.theme->muted,
        words().ends[static_cast<size_t>(end)]);
  const float room =
      (box.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float cell = crisp_side(pixel_side(), std::min(room, 64.0F));
  int& chosen = end == 0 ? state_.chosen : state_.other;
  for (int k = 0; k < ends_shown; ++k) {
    const Box place{box.x + static_cast<float>(k % columns) * (cell + space),
                    box.y + 2 + static_cast<float>(k / columns) * (cell + space), cell, cell};
    const std::string name = fmt::format("end.{}.{}", end, k);
    if (draw_cell(ui, name, pictures::grid_slot + side * pictures::picture_count + k, place,
                  chosen == k, side)) {
      chosen = k;
    }
    if (place.contains(ImGui::GetIO().MousePos)) ui.next_highlight = end == 0 ? "from" : "to";
  }
  box.cut_top(static_cast<float>(ends_shown / columns) * (cell + space));
  return box.y - top;
}

/// What was chosen for either end, where they differ.
float PicturesLab::draw_choice_ends(Ui& ui, Box box) {
  const float top = box.y;
  if (state_.to == state_.wish.labels || !model()) {
    text(ui, ui.fonts.text, box.min(), ui.theme->muted, words().no_change, box.w);
    return text_size(ui.fonts.text, words().no_change, box.w).y + 12;
  }
  const auto chosen = [&](const PictureLabels& labels, size_t k) -> std::string {
    const data::Attribute& attribute = model()->pictures.attributes[k];
    const int v = k < labels.size() ? labels[k] : any_label;
    if (v < 0 || v >= static_cast<int>(attribute.values.size())) return common().any;
    return std::string(
        words::value_text(*frame.words, attribute.name, attribute.values[static_cast<size_t>(v)]));
  };
  for (size_t k = 0; k < model()->pictures.attributes.size(); ++k) {
    const std::string from = chosen(state_.wish.labels, k);
    const std::string to = chosen(state_.to, k);
    if (from == to) continue;
    Box row = box.cut_top(26);
    label(ui, ui.fonts.text, row.cut_left(std::min(110.0F, row.w * 0.4F)), ui.theme->muted,
          words::attribute_text(*frame.words, model()->pictures.attributes[k].name));
    label(ui, ui.fonts.strong, row, ui.theme->text, fmt::format("{} → {}", from, to));
  }
  return box.y - top + 8;
}

/// Both ends to choose; between choices, what to do instead.
float PicturesLab::draw_ends(Ui& ui, Box box) {
  const float top = box.y;
  if (state_.morph == pictures::MorphKind::choice) return draw_choice_ends(ui, box);
  const int columns = box.w < 640 ? ends_shown / 2 : ends_shown;
  for (int end = 0; end < 2; ++end) box.cut_top(draw_end(ui, box, end, columns) + 8);
  return box.y - top;
}

/// One model on a wide page has room for the ends beside its picture.
float PicturesLab::draw_morphs(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const float canvas = area.h;
  draw_morph_bar(ui, area.cut_top(38));
  area.cut_top(12);
  const std::vector<int> sides = shown_sides();
  const bool beside = sides.size() == 1 && !narrow;
  if (!beside) area.cut_top(draw_ends(ui, area));
  const float left = canvas - (area.y - top) - caption_height - 90;
  const float large = narrow ? 288.0F : std::clamp(left, 208.0F, 448.0F);
  float used = 0;
  for (size_t i = 0; i < sides.size(); ++i) {
    if (narrow) {
      area.cut_top(draw_morph(ui, area, sides[i], large) + 12);
      continue;
    }
    const Box column = area.column(static_cast<int>(i), static_cast<int>(sides.size()), 26);
    used = std::max(used, draw_morph(ui, column, sides[i], large));
  }
  if (beside) {
    Box right = area;
    right.cut_left(crisp_side(pixel_side(), large) + 40);
    right.cut_top(caption_height + 4);
    if (right.w > 200) draw_ends(ui, right);
  }
  return area.y + used - top;
}

}  // namespace rivulet::ui
