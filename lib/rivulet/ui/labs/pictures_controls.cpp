// The column of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "rivulet/ui/labs/pictures_lab.h"

namespace rivulet::ui {
namespace {

constexpr float guidances[] = {1.0F, 1.25F, 1.5F, 1.75F, 2.0F, 2.25F, 2.5F, 2.75F, 3.0F};
constexpr float swatch_size = 30;
constexpr int most_seed = 999'999;

struct Swatch {
  std::string_view attribute;
  std::string_view value;
  ImU32 color;
};

constexpr ImU32 rgb(unsigned hex) {
  return IM_COL32((hex >> 16) & 255, (hex >> 8) & 255, hex & 255, 255);
}

/// The colours that native/avatars/make.mjs draws with.
constexpr Swatch swatches[] = {
    {"hair colour", "black", rgb(0x221E2B)},  {"hair colour", "brown", rgb(0x4F2B13)},
    {"hair colour", "auburn", rgb(0xA8431F)}, {"hair colour", "blond", rgb(0xEDC55D)},
    {"hair colour", "silver", rgb(0xC3C9D4)}, {"hair colour", "blue", rgb(0x3F78D8)},
    {"hair colour", "pink", rgb(0xEF6AA7)},   {"hair colour", "teal", rgb(0x1F9E93)},
    {"skin", "fair", rgb(0xFBDCC2)},          {"skin", "peach", rgb(0xF0BD90)},
    {"skin", "tan", rgb(0xD69A62)},           {"skin", "brown", rgb(0xAC6D3F)},
    {"skin", "deep", rgb(0x70422B)},          {"clothing", "red", rgb(0xD23A3F)},
    {"clothing", "orange", rgb(0xF28B36)},    {"clothing", "yellow", rgb(0xF6D04D)},
    {"clothing", "green", rgb(0x43A65A)},     {"clothing", "blue", rgb(0x3566CF)},
    {"clothing", "purple", rgb(0x8450C8)},    {"clothing", "white", rgb(0xF3F3EF)},
    {"clothing", "black", rgb(0x30313D)},     {"background", "sky", rgb(0xBFE1F6)},
    {"background", "mint", rgb(0xC6EDD0)},    {"background", "peach", rgb(0xFFD9BD)},
    {"background", "rose", rgb(0xFBCFDC)},    {"background", "lilac", rgb(0xD8CEF4)},
    {"background", "cream", rgb(0xFAF1CB)},
};

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

/// Boxes of given widths, from left to right and on into the next line.
class Flow {
 public:
  Flow(Box column, float height, float space) : column_(column), height_(height), space_(space) {}
  Box next(float width) {
    if (x_ > 0 && x_ + width > column_.w + 0.5F) {
      x_ = 0;
      y_ += height_ + space_;
    }
    const Box box{column_.x + x_, column_.y + y_, std::min(width, column_.w), height_};
    x_ += width + space_;
    return box;
  }
  [[nodiscard]] float height() const { return y_ + height_; }

 private:
  Box column_;
  float height_;
  float space_;
  float x_ = 0;
  float y_ = 0;
};

/// A colour to choose; without one: "any", a ring of all of them.
bool draw_swatch(Ui& ui, const std::string& name, Box box, ImU32 color, bool on, const char* tip) {
  const Touch touched = touch(ui, name.c_str(), box, 8);
  const ImVec2 centre = box.centre();
  const float radius = box.w / 2 - 4;
  if (color != 0) {
    ui.draw().AddCircleFilled(centre, radius, color, 32);
    ui.draw().AddCircle(centre, radius, faded(ui.theme->text, 0.22F), 32);
  } else {
    ui.draw().AddCircle(centre, radius, ui.theme->faint, 32, 1.5F);
    ui.draw().AddLine({centre.x - radius * 0.62F, centre.y + radius * 0.62F},
                      {centre.x + radius * 0.62F, centre.y - radius * 0.62F}, ui.theme->faint,
                      1.5F);
  }
  if (on || touched.hovered) {
    ui.draw().AddCircle(centre, radius + 3, on ? ui.theme->accent : ui.theme->border, 32, 2);
  }
  hint(ui, touched, tip);
  if (touched.hovered || touched.focused) ui.next_highlight = "labels";
  return touched.pressed;
}

}  // namespace

ImU32 swatch(std::string_view attribute, std::string_view value) {
  const auto* const found = std::ranges::find_if(
      swatches, [&](const Swatch& s) { return s.attribute == attribute && s.value == value; });
  return found == std::end(swatches) ? 0 : found->color;
}

void PicturesLab::draw_head(Ui& ui, Box row) {
  const Box save = row.cut_right(44);
  row.cut_right(8);
  if (button(ui, "roll", row, Icon::dice, strings_.new_noise, Look::accent,
             strings_.new_noise_hint)) {
    roll();
  }
  if (button(ui, "save.grid", save, Icon::save, {}, Look::plain, strings_.save_all)) save_grid(ui);
}

void PicturesLab::draw_models(Ui& ui, Box& column) {
  const float height = ui.phone ? 42.0F : 36.0F;
  const std::vector<std::string> sets(strings_.sets.begin(), strings_.sets.end());
  int set = static_cast<int>(state_.set);
  if (segments(ui, "set", column.cut_top(height), sets, &set)) {
    choose_set(static_cast<PictureSet>(set));
  }
  column.cut_top(12);
  const Box methods = column.cut_top(height);
  for (int side = 0; side < picture_models; ++side) {
    const std::string name = fmt::format("method.{}", models::name_of(picture_method(side)));
    const auto i = static_cast<size_t>(side);
    if (chip(ui, name.c_str(), methods.column(side, picture_models, 8), strings_.methods[i],
             side == chosen_side(), strings_.method_hints[i])) {
      state_.method = picture_method(side);
    }
  }
  column.cut_top(6);
  if (state_.view != PictureView::steps) {  // which always compares
    toggle(ui, "compare", column.cut_top(36), strings_.compare, &state_.compare);
  }
  column.cut_top(8);
}

void PicturesLab::draw_dials(Ui& ui, Box& column) {
  label_with_symbol(ui, column.cut_top(22), all_.steps, "n",
                    ui.highlight == "steps" ? ui.theme->accent : ui.theme->faint);
  column.cut_top(4);
  std::vector<std::string> counts;
  counts.reserve(picture_steps.size());
  for (const int n : picture_steps) counts.push_back(fmt::format("{}", n));
  int index = nearest(std::span<const int>(picture_steps), state_.steps);
  const Box strip = column.cut_top(ui.phone ? 40.0F : 34.0F);
  if (segments(ui, "steps", strip, counts, &index)) {
    state_.steps = picture_steps[static_cast<size_t>(index)];
  }
  if (strip.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "steps";
  column.cut_top(14);
  const float learned = engine_->card(chosen_side()).highest_guidance;
  const std::string value =
      learned > 0 && state_.guidance > learned
          ? fmt::format(fmt::runtime(strings_.guidance_cut), state_.guidance, learned)
          : fmt::format("{:.4g}", state_.guidance);
  list_dial(ui, "guidance", column, {strings_.guidance, "w", value, strings_.guidance_hint},
            guidances, &state_.guidance);
}

void PicturesLab::draw_seed(Ui& ui, Box& column) {
  Box row = column.cut_top(34);
  const Box words = row.cut_left(80);
  label(ui, ui.fonts.text, words, ui.theme->muted, strings_.another_noise);
  const auto set = [&](int64_t seed) {
    state_.seed = static_cast<uint64_t>(std::clamp<int64_t>(seed, 0, most_seed));
  };
  const auto now = static_cast<int64_t>(state_.seed);
  if (button(ui, "seed.next", row.cut_right(36), Icon::plus, {}, Look::plain, strings_.one_on)) {
    set(now + 1);
  }
  row.cut_right(6);
  const Box field = row.cut_right(92);
  row.cut_right(6);
  if (button(ui, "seed.back", row.cut_right(36), Icon::minus, {}, Look::plain, strings_.one_back)) {
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

void PicturesLab::draw_attribute(Ui& ui, Box& column, size_t k) {
  const data::Attribute& attribute = model()->attributes[k];
  PictureLabels& labels = edited();
  const int chosen = k < labels.size() ? labels[k] : any_label;
  const auto count = static_cast<int>(attribute.values.size());
  const bool known = chosen >= 0 && chosen < count;
  const auto value = [&](int v) { return attribute.values[static_cast<size_t>(v)]; };
  heading(ui, column, capitalised(attribute.name), known ? value(chosen) : strings_.any);
  const auto colored = [&](const std::string& v) { return swatch(attribute.name, v) != 0; };
  const bool swatched = std::ranges::all_of(attribute.values, colored);
  const float height = swatched ? swatch_size : ui.phone ? 36.0F : 30.0F;
  Flow flow(column, height, swatched ? 4.0F : 6.0F);
  for (int v = any_label; v < count; ++v) {
    const std::string words = v == any_label ? std::string(strings_.any) : value(v);
    const std::string name = fmt::format(
        "attribute.{}.{}", k, v == any_label ? std::string("any") : fmt::format("{}", v));
    const bool on = v == any_label ? !known : v == chosen;
    bool pressed = false;
    if (swatched) {
      pressed = draw_swatch(ui, name, flow.next(swatch_size),
                            v == any_label ? 0 : swatch(attribute.name, words), on, words.c_str());
    } else {
      const Box box = flow.next(text_size(ui.fonts.strong, words).x + 24);
      pressed = chip(ui, name.c_str(), box, words, on);
      if (box.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "labels";
    }
    if (!pressed) continue;
    labels.resize(std::max(labels.size(), k + 1), any_label);
    labels[k] = v;
  }
  column.cut_top(flow.height() + 8);
}

void PicturesLab::draw_choices(Ui& ui, Box& column) {
  if (!model() || model()->attributes.empty()) return;
  if (state_.view == PictureView::morph && state_.morph == MorphKind::choice) {
    const std::vector<std::string> ends(strings_.ends.begin(), strings_.ends.end());
    int end = far_end_ ? 1 : 0;
    if (segments(ui, "end", column.cut_top(ui.phone ? 42.0F : 36.0F), ends, &end)) {
      far_end_ = end == 1;
    }
    column.cut_top(4);
  }
  for (size_t k = 0; k < model()->attributes.size(); ++k) draw_attribute(ui, column, k);
  const auto chosen = [](int label) { return label != any_label; };
  if (std::ranges::any_of(edited(), chosen) &&
      button(ui, "clear", column.cut_top(36), Icon::clear, strings_.clear_choices, Look::quiet)) {
    edited().clear();
  }
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
