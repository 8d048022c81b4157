#include "rivulet/ui/page.h"

#include <fmt/format.h>

namespace rivulet::ui {
namespace {

constexpr float words_pad = 18;
constexpr float words_gap = 10;
constexpr float narrow_bar = 320;  ///< shows buttons without words
constexpr float head_space = 4;    ///< below the head of a column

}  // namespace

void scrolling(Ui& ui, const char* name, Box box, float margin,
               const std::function<float(Box)>& draw) {
  ImGui::SetCursorScreenPos(box.min());
  ImGui::BeginChild(name, {box.w, box.h}, ImGuiChildFlags_None, ImGuiWindowFlags_None);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float used =
      draw(Box{origin.x + margin, origin.y + margin, box.w - 2 * margin, box.h - 2 * margin});
  ImGui::SetCursorScreenPos({origin.x, origin.y + used + 2 * margin});
  ImGui::Dummy({1, 0});
  drag_to_scroll(ui);
  ImGui::EndChild();
}

void draw_column(Ui& ui, Box& page, float head_height, const std::function<void(Box)>& head,
                 const std::function<float(Box)>& settings) {
  Box left = page.cut_left(column_width + 2 * gap);
  ui.draw().AddRectFilled(left.min(), left.max(), ui.theme->card);
  ui.draw().AddLine({left.x + left.w, left.y}, {left.x + left.w, left.y + left.h},
                    ui.theme->border);
  Box top = left.cut_top(gap + head_height + head_space).inset(gap, 0);
  top.cut_top(gap);
  top.h = head_height;
  head(top);
  scrolling(ui, "settings", left, gap, settings);
}

void draw_sheet(Ui& ui, Sheet& sheet, Box page, const std::function<float(Box)>& settings) {
  const float goal = sheet.open ? 1.0F : 0.0F;
  sheet.part += (goal - sheet.part) * (1 - std::exp(-16 * ui.dt));
  if (std::abs(goal - sheet.part) < 0.004F) sheet.part = goal;
  if (sheet.part <= 0) return;
  const float height = std::ceil(page.h * 0.52F * sheet.part);  // windows lie on whole units
  const Box box{page.x, page.y + page.h - height, page.w, height};
  ImGui::SetCursorScreenPos(box.min());
  ImGui::BeginChild("sheet", {box.w, box.h});
  ui.draw().AddRectFilled(box.min(), {box.x + box.w, box.y + box.h + 20}, ui.theme->card, 16);
  ui.draw().AddRect({box.x - 1, box.y}, {box.x + box.w + 1, box.y + box.h + 20}, ui.theme->border,
                    16);
  ui.draw().AddRectFilled({box.centre().x - 20, box.y + 7}, {box.centre().x + 20, box.y + 11},
                          ui.theme->border, 2);
  Box inner = box;
  inner.cut_top(16);
  scrolling(ui, "settings", inner, gap, settings);
  ImGui::EndChild();
}

void draw_sheet_bar(Ui& ui, Sheet& sheet, Box bar, const std::function<void(Box)>& head) {
  ImGui::SetCursorScreenPos(bar.min());
  ImGui::BeginChild("bar", {bar.w, bar.h});
  ui.draw().AddRectFilled(bar.min(), bar.max(), ui.theme->card);
  ui.draw().AddLine(bar.min(), {bar.x + bar.w, bar.y}, ui.theme->border);
  bar = bar.inset(14, 10);
  const Box settings = bar.cut_right(bar.w < narrow_bar ? 44.0F : 124.0F);
  if (button(ui, "settings", settings, sheet.open ? Icon::down : Icon::tune,
             ui.words->common.settings, sheet.open ? Look::accent : Look::plain)) {
    sheet.open = !sheet.open;
  }
  bar.cut_right(8);
  head(bar);
  ImGui::EndChild();
}

void heading(Ui& ui, Box& column, std::string_view words, std::string_view note) {
  const Box row = column.cut_top(heading_height);
  label(ui, ui.fonts.strong, row, ui.theme->text, words);
  label(ui, ui.fonts.small, row, ui.theme->muted, note, Align::right);
}

std::string steps_text(const Ui& ui, int n) {
  if (n == 1) return ui.words->common.one_step_caption;
  return fmt::format(fmt::runtime(ui.words->common.steps_caption), n);
}

float explanation_height(const Ui& ui, const Explanation& words, float width) {
  width -= 2 * words_pad;
  float height = 2 * words_pad + text_size(ui.fonts.text, words.said, width).y + 4 +
                 text_size(ui.fonts.text, words.seen, width).y + words_gap;
  const float indent = ui.phone ? 0.0F : 86.0F;
  const float above = ui.phone ? 22.0F : 0.0F;
  for (const FormulaLine& line : words.formulas) {
    height += above + formula_height(ui, ui.formula(line.formula), width - indent) + 2;
  }
  return height;
}

float draw_explanation(Ui& ui, const Explanation& words, Box box) {
  const Theme& theme = *ui.theme;
  box.h = std::max(box.h, explanation_height(ui, words, box.w));
  ui.boxes.emplace_back("words", box);
  read_out(ui, "words", box, fmt::format("{} {}", words.said, words.seen));
  card(ui, box);
  Box rest = box.inset(words_pad);
  text(ui, ui.fonts.text, rest.min(), theme.text, words.said, rest.w);
  rest.cut_top(text_size(ui.fonts.text, words.said, rest.w).y + 4);
  text(ui, ui.fonts.text, rest.min(), theme.muted, words.seen, rest.w);
  rest.cut_top(text_size(ui.fonts.text, words.seen, rest.w).y + words_gap);
  const float indent = ui.phone ? 0.0F : 86.0F;
  for (const FormulaLine& line : words.formulas) {
    label(ui, ui.fonts.small, {rest.x, rest.y, 90, 18}, theme.faint, line.name);
    if (ui.phone) rest.cut_top(22);
    rest.cut_top(draw_formula(ui, ui.formula(line.formula), {rest.x + indent, rest.y},
                              rest.w - indent, theme.text) +
                 2);
  }
  return box.h;
}

}  // namespace rivulet::ui
