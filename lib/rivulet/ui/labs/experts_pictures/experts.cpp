// The experts of a layer: their colours and loads, and what they take most.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/experts_pictures/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {
namespace {

using experts_pictures::Extent;
using experts_pictures::Preferred;

constexpr float mark_side = 26;
constexpr float legend_row = 38;
constexpr float reach_row = 38;
constexpr float most_load = 2.5F;  // of a fair share: where bars end
constexpr float card_pad = 14;
constexpr float veil = 0.66F;  // over what is not the patch

int rows_of(int count, int columns) { return (count + columns - 1) / columns; }

}  // namespace

/// An expert's number on its colour; hollow while it is silent here.
void ExpertsPicturesLab::draw_mark(const Ui& ui, Box box, int expert) const {
  const Theme& theme = *ui.theme;
  const ImU32 color = category(theme, expert);
  const bool silent = silenced(expert);
  if (silent) {
    ui.draw().AddRect(box.min(), box.max(), color, 6, 0, 2);
    ui.draw().AddLine({box.x + 3, box.y + box.h - 3}, {box.x + box.w - 3, box.y + 3}, color, 2);
  } else {
    ui.draw().AddRectFilled(box.min(), box.max(), color, 6);
  }
  label(ui, ui.fonts.strong, box, silent ? theme.muted : IM_COL32(20, 20, 24, 255),
        fmt::format("{}", expert + 1), Align::centre);
}

float ExpertsPicturesLab::legend_height(int columns) const {
  return reach_row + 8 + legend_row * static_cast<float>(rows_of(extent().experts, columns));
}

/// Colour, load and a switch: a press silences the expert.
void ExpertsPicturesLab::draw_expert(Ui& ui, Box row, int expert) {
  const Theme& theme = *ui.theme;
  const Touch touched = touch(ui, fmt::format("expert.{}", expert).c_str(), row, 8);
  if (touched.hovered || touched.held) {
    ui.draw().AddRectFilled(row.min(), row.max(), touched.held ? theme.accent_soft : theme.inset,
                            8);
    next_pointed_ = expert;
    ui.next_highlight = "silenced";
  }
  hint(ui, touched, words().silence_hint);
  Box rest = row.inset(6, 0);
  const Box mark = rest.cut_left(mark_side);
  draw_mark(ui, {mark.x, mark.centre().y - mark_side / 2, mark_side, mark_side}, expert);
  rest.cut_left(10);
  const Box said = rest.cut_right(52);
  const auto at = static_cast<size_t>(expert);
  const float share = at < load_.size() ? load_[at] : 0;
  const float fair = 1 / static_cast<float>(extent().experts);
  const Box track{rest.x, rest.centre().y - 5, rest.w, 10};
  ui.draw().AddRectFilled(track.min(), track.max(), touched.hovered ? theme.card : theme.inset, 5);
  const float part = std::clamp(share / fair / most_load, 0.0F, 1.0F);
  const ImU32 color = faded(category(theme, expert), silenced(expert) ? 0.3F : 1.0F);
  if (part > 0) {
    ui.draw().AddRectFilled(
        track.min(), {track.x + std::max(track.w * part, 6.0F), track.y + track.h}, color, 5);
  }
  const float fair_x = track.x + track.w / most_load;
  ui.draw().AddLine({fair_x, track.y - 4}, {fair_x, track.y + track.h + 4}, theme.faint, 1);
  label(ui, ui.fonts.small, said, silenced(expert) ? theme.muted : theme.text,
        silenced(expert) ? std::string(words().silent) : fmt::format("{:.0f} %", share * 100),
        Align::right);
  if (touched.pressed) press_expert(expert);
}

void ExpertsPicturesLab::draw_legend(Ui& ui, Box box, int columns) {
  Box top = box.cut_top(reach_row);
  box.cut_top(8);
  const Box clear = top.cut_right(std::min(top.w * 0.4F, 150.0F));
  top.cut_right(12);
  Box reach{top.x, top.y, std::min(top.w, 300.0F), top.h};
  draw_setting(ui, reach, experts_pictures::settings(), "everywhere", state_);
  if (!state_.silenced.empty() && button(ui, "all", {clear.x, clear.y, clear.w, 36}, Icon::none,
                                         words().all_speak, Look::plain)) {
    state_.silenced.clear();
  }
  for (int i = 0; i < extent().experts; ++i) {
    const int rows = rows_of(extent().experts, columns);
    Box column = box.column(i / rows, columns, 18);
    draw_expert(
        ui,
        {column.x, column.y + legend_row * static_cast<float>(i % rows), column.w, legend_row - 2},
        i);
  }
}

/// How the choices of all tokens of all pictures divide, at every step.
void ExpertsPicturesLab::draw_load(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  card(ui, box);
  Box inner = box.inset(card_pad, 10);
  label(ui, ui.fonts.strong, inner.cut_top(24), theme.text,
        fmt::format(fmt::runtime(words().load_title), layer() + 1));
  inner.cut_top(4);
  const Box axis = inner.cut_bottom(18);
  label(ui, ui.fonts.small, axis, theme.faint, "0");
  label(ui, ui.fonts.small, axis, theme.muted, words().load_axis, Align::centre);
  label(ui, ui.fonts.small, axis, theme.faint, "1", Align::right);
  const Touch touched = touch(ui, "load", inner, 4);
  describe(ui, {.label = words().load_axis});
  const Course& course = whole();
  const int steps = std::max(1, course.steps);
  const float pitch = inner.w / static_cast<float>(steps);
  const float space = pitch > 6 ? 1.0F : 0.0F;
  for (int step = 0; step < course.known; ++step) {
    const std::vector<float> load = course.load(step, layer());
    float y = inner.y + inner.h;
    for (size_t i = 0; i < load.size(); ++i) {
      const float height = inner.h * load[i];
      const bool faint = pointed_ >= 0 && pointed_ != static_cast<int>(i);
      const float x = inner.x + pitch * static_cast<float>(step);
      ui.draw().AddRectFilled({x, y - height}, {x + pitch - space, y},
                              faded(category(theme, static_cast<int>(i)), faint ? 0.25F : 0.9F));
      y -= height;
    }
  }
  const int now = evaluation(course);
  if (now >= 0) {
    const float x = inner.x + pitch * static_cast<float>(now);
    ui.draw().AddRect({x - 1, inner.y - 3}, {x + pitch - space + 1, inner.y + inner.h + 3},
                      theme.text, 2, 0, 2);
  }
  if (touched.hovered || touched.held) ui.next_highlight = "time";
  if (!touched.held) return;
  ui.grabbed = true;
  const float part = (ImGui::GetIO().MousePos.x - inner.x) / inner.w;
  const float step =
      std::clamp(std::floor(part * static_cast<float>(steps)), 0.0F, static_cast<float>(steps - 1));
  state_.time = step / static_cast<float>(steps);
  playback_.hold();
}

/// The patches that an expert takes with the largest gates, each within its picture.
void ExpertsPicturesLab::draw_preferred_of(Ui& ui, Box row, int expert, float cell) {
  const Theme& theme = *ui.theme;
  const Preferred& preferred = engine_->preferred();
  const Extent& size = preferred.extent;
  const Box mark = row.cut_left(mark_side);
  draw_mark(ui, {mark.x, row.y + (cell - mark_side) / 2, mark_side, mark_side}, expert);
  row.cut_left(8);
  const int columns = size.side / size.patch;
  const float side = cell / static_cast<float>(columns);
  for (const Preferred::Patch& patch : preferred.of(layer(), expert)) {
    if (row.w < cell || patch.gate == 0) break;
    const Box picture = {row.x, row.y, cell, cell};
    row.cut_left(cell + 4);
    atlas_.draw(ui, experts_pictures::real_slot + patch.picture, picture);
    const Box lit{picture.x + side * static_cast<float>(patch.token % columns),
                  picture.y + side * static_cast<float>(patch.token / columns), side, side};
    const ImU32 dim = faded(theme.page, veil);
    ImDrawList& draw = ui.draw();
    draw.AddRectFilled(picture.min(), {picture.x + cell, lit.y}, dim);
    draw.AddRectFilled({picture.x, lit.y + side}, picture.max(), dim);
    draw.AddRectFilled({picture.x, lit.y}, {lit.x, lit.y + side}, dim);
    draw.AddRectFilled({lit.x + side, lit.y}, {picture.x + cell, lit.y + side}, dim);
    draw.AddRect({lit.x - 1, lit.y - 1}, {lit.x + side + 1, lit.y + side + 1},
                 category(theme, expert), 2, 0, 2);
  }
}

/// A gallery of every expert of the layer; returns the height used.
float ExpertsPicturesLab::draw_preferred(Ui& ui, Box box, int columns, float cell) {
  const float top = box.y;
  const Preferred& preferred = engine_->preferred();
  const bool there = preferred.looked > 0 && preferred.extent == extent();
  const std::string note = there
                               ? fmt::format(fmt::runtime(words().preferred_note), preferred.noised)
                               : std::string(words().preferred_waiting);
  const std::string title = fmt::format(fmt::runtime(words().preferred_title), layer() + 1);
  Box head = box.cut_top(caption_height);
  label(ui, ui.fonts.strong, head, ui.theme->text, title);
  const float taken = text_size(ui.fonts.strong, title).x + 14;
  if (taken + text_size(ui.fonts.small, note).x > head.w) {  // below each other on a phone
    label(ui, ui.fonts.small, box.cut_top(20), ui.theme->muted, note);
  } else {
    head.cut_left(taken);
    label(ui, ui.fonts.small, head, ui.theme->muted, note);
  }
  const int rows = rows_of(extent().experts, columns);
  const float pitch = cell + 10;
  ui.boxes.emplace_back("preferred", Box{box.x, box.y, box.w, pitch * static_cast<float>(rows)});
  for (int i = 0; i < extent().experts && there; ++i) {
    const Box column = box.column(i / rows, columns, gap);
    draw_preferred_of(
        ui, {column.x, column.y + pitch * static_cast<float>(i % rows), column.w, cell}, i, cell);
  }
  box.cut_top(pitch * static_cast<float>(rows));
  return box.y - top;
}

}  // namespace rivulet::ui
