#include "rivulet/ui/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "rivulet/data/swatches.h"
#include "rivulet/ui/page.h"

namespace rivulet::ui {
namespace {

constexpr float swatch_size = 30;

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

/// The colour that a value of an attribute names; 0 where it names none.
ImU32 swatch(std::string_view attribute, std::string_view value) {
  const auto rgb = data::colour_of(attribute, value);
  return rgb ? IM_COL32(*rgb >> 16, *rgb >> 8 & 255, *rgb & 255, 255) : 0;
}

void draw_attribute(Ui& ui, Box& column, const data::Attribute& attribute, size_t k,
                    PictureLabels& labels) {
  const int chosen = k < labels.size() ? labels[k] : any_label;
  const auto count = static_cast<int>(attribute.values.size());
  const bool known = chosen >= 0 && chosen < count;
  const auto value = [&](int v) -> const std::string& {
    return attribute.values[static_cast<size_t>(v)];
  };
  const auto value_words = [&](int v) {
    if (v == any_label) return std::string(ui.words->common.any);
    return std::string(words::value_text(*ui.words, attribute.name, value(v)));
  };
  heading(ui, column, capitalised(std::string(words::attribute_text(*ui.words, attribute.name))),
          value_words(known ? chosen : any_label));
  const auto colored = [&](const std::string& v) { return swatch(attribute.name, v) != 0; };
  const bool swatched = std::ranges::all_of(attribute.values, colored);
  const float height = swatched ? swatch_size : ui.phone ? 36.0F : 30.0F;
  Flow flow(column, height, swatched ? 4.0F : 6.0F);
  for (int v = any_label; v < count; ++v) {
    const std::string words = value_words(v);
    const std::string name = fmt::format(
        "attribute.{}.{}", k, v == any_label ? std::string("any") : fmt::format("{}", v));
    const bool on = v == any_label ? !known : v == chosen;
    bool pressed = false;
    if (swatched) {
      pressed =
          draw_swatch(ui, name, flow.next(swatch_size),
                      v == any_label ? 0 : swatch(attribute.name, value(v)), on, words.c_str());
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

}  // namespace

void draw_attributes(Ui& ui, Box& column, std::span<const data::Attribute> attributes,
                     PictureLabels& labels) {
  for (size_t k = 0; k < attributes.size(); ++k) {
    draw_attribute(ui, column, attributes[k], k, labels);
  }
  const auto chosen = [](int label) { return label != any_label; };
  if (std::ranges::any_of(labels, chosen) && button(ui, "clear", column.cut_top(36), Icon::clear,
                                                    ui.words->common.clear_choices, Look::quiet)) {
    labels.clear();
  }
}

}  // namespace rivulet::ui
