// What was chosen at each step, how far it stood out, and what the code costs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/io/png.h"
#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

constexpr float strip_height = 104;
constexpr float dots_width = 250;
constexpr float cost_width = 236;

/// Where a standard score lies in a column: the mean is in the middle.
float height_of(const Box& box, float score) {
  const float part = std::clamp(score / ddcm::StepDots::reach, -1.0F, 1.0F);
  return box.y + box.h * 0.5F * (1 - part);
}

/// 1 for the least, 0..1 others: where the index stands among K.
float part_of(uint32_t index, int64_t size) {
  return (static_cast<float>(index) + 0.5F) / static_cast<float>(size);
}

}  // namespace

/// One column a step: how all inner products lie, and the chosen one. Of a code that is read: the
/// place of its number among all.
void DdcmLab::draw_columns(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const ddcm::CodeTrace& trace = engine_->trace();
  const int codes = std::max(1, trace.settings.codes);
  const Touch touched = touch(ui, "strip", box, 6);
  describe(ui, {.label = ui.words->common.plot});
  const float pitch = box.w / static_cast<float>(codes);
  const int mouse =
      std::clamp(static_cast<int>((ImGui::GetIO().MousePos.x - box.x) / pitch), 0, codes - 1);
  if (touched.hovered || touched.held) next_hovered_step_ = mouse;
  if (touched.held) {
    ui.grabbed = true;
    playback_.hold();
    state_.time = static_cast<float>(mouse) / static_cast<float>(std::max(1, trace.steps));
  }
  if (touched.hovered) ui.next_highlight = "chosen";
  ImDrawList& draw = ui.draw();
  draw.AddRectFilled(box.min(), box.max(), theme.inset, 6);
  const float space = pitch > 6 ? 2.0F : pitch > 3 ? 1.0F : 0.0F;
  for (int i = 0; i < std::min(codes, trace.known); ++i) {
    const ddcm::StepDots& dots = trace.dots[static_cast<size_t>(i)];
    const Box column{box.x + pitch * static_cast<float>(i) + space / 2, box.y + 2, pitch - space,
                     box.h - 4};
    const bool lit = i == hovered_step_;
    const bool future = i >= shown_step() && state_.time < 1;
    const float ink = future && !lit ? 0.35F : 1.0F;
    if (lit) draw.AddRectFilled(column.min(), column.max(), theme.accent_soft, 3);
    if (dots.known()) {
      const float bin = column.h / ddcm::StepDots::bins;
      for (int b = 0; b < ddcm::StepDots::bins; ++b) {
        const float share = dots.share[static_cast<size_t>(b)];
        if (share <= 0) continue;
        const float y = column.y + column.h - bin * static_cast<float>(b + 1);
        const float w = column.w * (0.15F + 0.85F * share);
        draw.AddRectFilled({column.centre().x - w / 2, y}, {column.centre().x + w / 2, y + bin},
                           faded(theme.data, 0.55F * ink));
      }
    }
    const auto mark = [&](float y) {
      draw.AddRectFilled({column.x, y - 2}, {column.x + column.w, y + 2}, faded(theme.accent, ink),
                         2);
    };
    for (const float score : dots.chosen) mark(height_of(column, score));
    if (!dots.known()) {
      mark(column.y + column.h * (1 - part_of(dots.index, trace.settings.size())));
    }
  }
}

/// The inner products of one step: of the one under the mouse, or of the time that is shown.
void DdcmLab::draw_dots(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const ddcm::CodeTrace& trace = engine_->trace();
  const int codes = trace.settings.codes;
  const int step = hovered_step_ >= 0 ? hovered_step_ : std::min(shown_step(), codes - 1);
  ui.boxes.emplace_back("dots", box);
  if (step < 0 || step >= trace.known || step >= static_cast<int>(trace.dots.size())) return;
  const ddcm::StepDots& dots = trace.dots[static_cast<size_t>(step)];
  label(ui, ui.fonts.small, box.cut_top(20), theme.text,
        fmt::format(fmt::runtime(words().strip_step), step + 1, codes, dots.index,
                    trace.settings.size()));
  if (!dots.known()) {
    text(ui, ui.fonts.small, box.min(), theme.muted, words().strip_read, box.w);
    return;
  }
  label(ui, ui.fonts.small, box.cut_top(20), theme.accent,
        fmt::format(fmt::runtime(words().strip_score), dots.chosen[0]));
  box.cut_top(4);
  ImDrawList& draw = ui.draw();
  const float bin = box.w / ddcm::StepDots::bins;
  for (int b = 0; b < ddcm::StepDots::bins; ++b) {
    const float h = box.h * dots.share[static_cast<size_t>(b)];
    const float x = box.x + bin * static_cast<float>(b);
    draw.AddRectFilled({x + 0.5F, box.y + box.h - h}, {x + bin - 0.5F, box.y + box.h}, theme.data);
  }
  draw.AddLine({box.x, box.y + box.h}, {box.x + box.w, box.y + box.h}, theme.border);
  for (const float score : dots.chosen) {
    const float part = std::clamp(score / ddcm::StepDots::reach, -1.0F, 1.0F);
    const float x = box.x + box.w * 0.5F * (1 + part);
    draw.AddLine({x, box.y}, {x, box.y + box.h}, theme.accent, 2);
    draw.AddCircleFilled({x, box.y + 4}, 4, theme.accent, 16);
  }
}

/// The code's bytes against those of the same picture without loss. Returns the height used.
float DdcmLab::draw_costs(Ui& ui, Box area) {
  const Theme& theme = *ui.theme;
  const float top = area.y;
  const Pixels pixels = decoded();
  if (pixels.empty() || written_.bytes == 0) return 0;
  const Pixels& original = state_.source == ddcm::Source::code ? pixels : source();
  if (costs_of_ != original) {
    costs_of_ = original;
    costs_ = lossless_sizes(original, side());
  }
  struct Row {
    const char* words;
    int bytes;
    ImU32 color;
  };
  const Row rows[] = {{words().this_code, static_cast<int>(written_.bytes), theme.accent},
                      {words().palette_bytes, costs_.palette, theme.data},
                      {words().png_bytes, costs_.png, theme.data},
                      {words().raw_bytes, static_cast<int>(original.size()), theme.data}};
  label(ui, ui.fonts.strong, area.cut_top(24), theme.text, words().costs);
  const auto most = static_cast<float>(original.size());
  for (const Row& row : rows) {
    // What was decoded has no few colours any more: only an original is worth comparing with.
    const bool lossless = row.words == words().palette_bytes || row.words == words().png_bytes;
    if (lossless && state_.source == ddcm::Source::code) continue;
    Box line = area.cut_top(21);
    label(ui, ui.fonts.small, line.cut_left(112), theme.muted, row.words);
    label(ui, ui.fonts.small, line.cut_right(32), theme.text, fmt::format("{}", row.bytes),
          Align::right);
    line = line.inset(4, 6);
    const float w = std::max(3.0F, line.w * std::sqrt(static_cast<float>(row.bytes) / most));
    ui.draw().AddRectFilled(line.min(), {line.x + w, line.y + line.h}, row.color, 3);
  }
  ui.boxes.emplace_back("costs", Box{area.x, top, area.w, area.y - top});
  return area.y - top;
}

/// Returns the height used.
float DdcmLab::draw_strip(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const ddcm::CodeTrace& trace = engine_->trace();
  const Theme& theme = *ui.theme;
  Box whole = area;
  if (narrow) {
    whole.h = 2 * 14 + 24 + strip_height + 12 + 130;
    card(ui, whole);
    Box rest = whole.inset(14, 14);
    label(ui, ui.fonts.strong, rest.cut_top(24), theme.text, words().strip);
    draw_columns(ui, rest.cut_top(strip_height));
    rest.cut_top(12);
    draw_dots(ui, rest);
    area.cut_top(whole.h + gap);
    return area.y + draw_costs(ui, area) - top;
  }
  whole.h = 2 * 14 + 24 + strip_height;
  card(ui, whole);
  Box rest = whole.inset(16, 14);
  Box costs = rest.cut_right(cost_width);
  rest.cut_right(24);
  Box dots = rest.cut_right(dots_width);
  rest.cut_right(20);
  Box head = rest.cut_top(24);
  label(ui, ui.fonts.strong, head, theme.text, words().strip);
  if (trace.finished() && trace.ms > 0 && state_.source != ddcm::Source::code) {
    const std::string took = fmt::format(fmt::runtime(words().took),
                                         fmt::format("{:.{}f}", trace.ms, trace.ms < 10 ? 1 : 0),
                                         100 * trace.network_ms / trace.ms);
    const float room = head.w - text_size(ui.fonts.strong, words().strip).x - 12;
    if (text_size(ui.fonts.small, took).x <= room) {
      label(ui, ui.fonts.small, head, theme.muted, took, Align::right);
    }
  }
  draw_columns(ui, rest.cut_top(strip_height));
  draw_dots(ui, dots);
  draw_costs(ui, costs);
  return whole.h;
}

}  // namespace rivulet::ui
