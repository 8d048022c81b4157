#include "rivulet/ui/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "rivulet/ui/page.h"

namespace rivulet::ui {
namespace {

constexpr float swatch_size = 30;

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

/// The colour that a value of an attribute names; 0 where it names none.
ImU32 swatch(std::string_view attribute, std::string_view value) {
  const auto* const found = std::ranges::find_if(
      swatches, [&](const Swatch& s) { return s.attribute == attribute && s.value == value; });
  return found == std::end(swatches) ? 0 : found->color;
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
