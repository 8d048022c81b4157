// How likely held-out pictures are, and where a picture and its tarflow_pictures::disguises fall
// beside them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float tallest_histogram = 300;
constexpr float caption = 26;
constexpr float under = 30;

/// Wide about the held-out pictures, and narrower and narrower away from them: what lies far out is
/// in sight as well.
class Axis {
 public:
  Axis(Box box, std::span<const float> values, std::span<const float> others) : box_(box) {
    std::vector<float> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    const auto at = [&](size_t part) { return sorted[(sorted.size() - 1) * part / 4]; };
    if (!sorted.empty()) {
      middle_ = at(2);
      spread_ = std::max(0.02F, 1.5F * (at(3) - at(1)));
      low_ = bend(sorted.front());
      high_ = bend(sorted.back());
    }
    for (const float v : others) {
      low_ = std::min(low_, bend(v));
      high_ = std::max(high_, bend(v));
    }
    const float margin = 0.08F * (high_ - low_) + 0.05F;
    low_ -= margin;
    high_ += margin;
  }
  [[nodiscard]] float bend(float v) const { return std::asinh((v - middle_) / spread_); }
  [[nodiscard]] float part(float v) const { return (bend(v) - low_) / (high_ - low_); }
  [[nodiscard]] float x(float v) const { return box_.x + box_.w * part(v); }

 private:
  Box box_;
  float middle_ = 0;
  float spread_ = 1;
  float low_ = -1;
  float high_ = 1;
};

constexpr float ticks[] = {-5,    -3,     -2,    -1.5F,  -1.2F, -1.1F, -1,    -0.95F, -0.9F, -0.85F,
                           -0.8F, -0.75F, -0.7F, -0.65F, -0.6F, -0.5F, -0.4F, -0.2F,  0,     0.5F,
                           1,     1.5F,   2,     2.5F,   3,     3.5F,  4,     5,      6,     8,
                           10,    15,     20,    50,     100,   200,   500,   1000,   5000,  20000};

void draw_ticks(const Ui& ui, const Axis& axis, Box box) {
  float free = box.x;
  for (const float tick : ticks) {
    const float x = axis.x(tick);
    const std::string words = fmt::format("{:.4g}", tick);
    const float w = text_size(ui.fonts.small, words).x;
    if (x - w / 2 < free || x + w / 2 > box.x + box.w) continue;
    ui.draw().AddLine({x, box.y - 3}, {x, box.y + 1}, ui.theme->faint);
    label(ui, ui.fonts.small, {x - w / 2, box.y + 2, w + 2, 16}, ui.theme->faint, words);
    free = x + w / 2 + 14;
  }
}

}  // namespace

std::string TarflowPicturesLab::rank_text(float value) const {
  const auto& values = engine_->likelihood().values;
  const auto beaten = std::ranges::count_if(values, [&](float v) { return v > value; });
  if (beaten == 0) return words().rank_beyond;
  if (beaten == static_cast<std::ptrdiff_t>(values.size())) return words().rank_above;
  return fmt::format(fmt::runtime(words().rank_more),
                     100.0 * static_cast<double>(beaten) / static_cast<double>(values.size()));
}

/// Held-out pictures as bars, others as marks above them.
void TarflowPicturesLab::draw_histogram(Ui& ui, Box box, std::span<const Mark> marks, bool small) {
  const Theme& theme = *ui.theme;
  const tarflow_pictures::Likelihood& found = engine_->likelihood();
  ui.boxes.emplace_back("histogram", box);
  if (!small) {
    Box head = box.cut_top(22);
    const auto scored = found.values.size();
    const bool whole = found.total > 0 && static_cast<int>(scored) >= found.total;
    if (found.total == 0) return;  // they are on their way
    label(ui, ui.fonts.strong, head, theme.text,
          whole ? fmt::format(fmt::runtime(words().histogram), found.total)
                : fmt::format(fmt::runtime(words().histogram_under_way), scored, found.total));
    const std::string axis_words =
        fmt::format(fmt::runtime(words().axis), words().units[found.bits ? 1 : 0]);
    head.cut_left(text_size(ui.fonts.strong, words().histogram).x + 20);
    if (text_size(ui.fonts.small, axis_words).x <= head.w) {
      label(ui, ui.fonts.small, head, theme.muted, axis_words, Align::right);
    }
  }
  if (found.values.empty()) return;
  std::vector<float> others;
  for (const Mark& mark : marks) others.push_back(mark.value);
  if (!found.bits && found.floor != 0) others.push_back(found.floor);
  const Axis axis(box, found.values, others);
  Box feet = box.cut_bottom(20);
  Box heads = box.cut_top(small ? 18.0F : 40.0F);
  const int bins = std::clamp(static_cast<int>(box.w / 9), 12, 120);
  std::vector<int> counts(static_cast<size_t>(bins));
  for (const float v : found.values) {
    const int bin = static_cast<int>(axis.part(v) * static_cast<float>(bins));
    ++counts[static_cast<size_t>(std::clamp(bin, 0, bins - 1))];
  }
  const int most = std::max(1, *std::ranges::max_element(counts));
  const float width = box.w / static_cast<float>(bins);
  for (int b = 0; b < bins; ++b) {
    const int count = counts[static_cast<size_t>(b)];
    if (count == 0) continue;
    const float x = box.x + width * static_cast<float>(b);
    const float h = box.h * static_cast<float>(count) / static_cast<float>(most);
    ui.draw().AddRectFilled({x + 0.5F, box.y + box.h - h}, {x + width - 0.5F, box.y + box.h},
                            theme.data, 1.5F);
  }
  ui.draw().AddLine({box.x, box.y + box.h}, {box.x + box.w, box.y + box.h}, theme.border);
  draw_ticks(ui, axis, feet);
  if (!found.bits && found.floor != 0 && !small) {
    const float x = axis.x(found.floor);
    for (float y = box.y; y < box.y + box.h; y += 7) {
      ui.draw().AddLine({x, y}, {x, y + 3}, theme.faint);
    }
    const float room = axis.x(*std::ranges::min_element(found.values)) - x - 10;
    if (text_size(ui.fonts.small, words().floor).x <= room) {
      label(ui, ui.fonts.small, {x + 5, box.y - 4, 150, 16}, theme.faint, words().floor);
    }
  }
  // Words stand in two rows, so that neighbours do not cover each other.
  std::array<float, 2> free = {box.x - 20, box.x - 20};
  std::vector<const Mark*> sorted;
  for (const Mark& mark : marks) sorted.push_back(&mark);
  std::ranges::sort(sorted, {}, [](const Mark* mark) { return mark->value; });
  for (const Mark* mark : sorted) {
    const float x = axis.x(mark->value);
    const float w = text_size(ui.fonts.small, mark->words).x;
    const float left = std::clamp(x - w / 2, box.x, std::max(box.x, box.x + box.w - w));
    const size_t row = small || left > free[0] ? 0 : 1;
    const float y = heads.y + 19.0F * static_cast<float>(row);
    ui.draw().AddLine({x, y + 18}, {x, box.y + box.h}, mark->color, mark->large ? 2.5F : 1.5F);
    if (mark->large) ui.draw().AddCircleFilled({x, box.y + box.h}, 5, mark->color, 16);
    if (left <= free[row]) continue;
    label(ui, ui.fonts.small, {left, y, w + 2, 18}, mark->color, mark->words);
    free[row] = left + w + 10;
  }
}

/// The picture and what was made of it; each can be chosen. Returns the height used.
float TarflowPicturesLab::draw_suspects(Ui& ui, Box area, bool narrow) {
  const Theme& theme = *ui.theme;
  const float top = area.y;
  const tarflow_pictures::Likelihood& found = engine_->likelihood();
  const int columns = narrow ? 3 : tarflow_pictures::disguises;
  const float space = narrow ? 10.0F : 16.0F;
  const float room =
      (area.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float cell =
      crisp_side(side(), std::min({room, 176.0F, narrow ? 176.0F : area.h - caption - under}));
  for (int i = 0; i < tarflow_pictures::disguises; ++i) {
    const auto& suspect = found.suspects[static_cast<size_t>(i)];
    const Box place{area.x + (room + space) * static_cast<float>(i % columns),
                    area.y + static_cast<float>(i / columns) * (cell + under + caption), cell,
                    cell};
    const Touch touched = touch(ui, fmt::format("disguise.{}", i).c_str(), place, 4);
    describe_picture(ui, i, static_cast<int>(state_.disguise) == i);
    ui.draw().AddRectFilled(place.min(), place.max(), theme.inset);
    if (!suspect.picture.empty()) atlas_.draw(ui, tarflow_pictures::suspect_slot + i, place);
    const bool chosen = static_cast<int>(state_.disguise) == i;
    if (chosen || touched.hovered) {
      const Box ring = place.inset(-2.5F);
      ui.draw().AddRect(ring.min(), ring.max(), chosen ? theme.accent : theme.faint, 3, 0,
                        chosen ? 2.5F : 1.5F);
    }
    if (touched.pressed) state_.disguise = static_cast<tarflow_pictures::Disguise>(i);
    if (touched.hovered) ui.next_highlight = "source";
    label(ui, ui.fonts.small, {place.x, place.y + cell + 5, room, 19},
          chosen ? theme.accent : theme.muted, words().disguises[static_cast<size_t>(i)]);
    if (suspect.known) {
      label(ui, ui.fonts.strong, {place.x, place.y + cell + 23, room, 20}, theme.text,
            fmt::format("{:.{}f}", suspect.value, suspect.value < 10 ? 3 : 1));
    }
  }
  const auto rows = static_cast<float>((tarflow_pictures::disguises + columns - 1) / columns);
  return area.y + rows * (cell + under + caption) - top;
}

float TarflowPicturesLab::draw_likelihood(Ui& ui, Box area, bool narrow) {
  const Theme& theme = *ui.theme;
  const float top = area.y;
  const float height = narrow ? 230.0F : std::clamp(area.h - 250, 210.0F, tallest_histogram);
  const Box plot = area.cut_top(height);
  card(ui, plot);
  const tarflow_pictures::Likelihood& found = engine_->likelihood();
  std::vector<Mark> marks;
  for (size_t i = 0; i < tarflow_pictures::disguises; ++i) {
    const auto& suspect = found.suspects[i];
    const bool chosen = static_cast<size_t>(state_.disguise) == i;
    if (!suspect.known) continue;
    marks.push_back(
        {suspect.value, chosen ? theme.accent : theme.rival, words().disguises[i], chosen});
  }
  Box inner = plot.inset(16, 12);
  const auto chosen = static_cast<size_t>(state_.disguise);
  const Box foot = inner.cut_bottom(22);
  if (found.suspects[chosen].known && !found.values.empty()) {
    const float value = found.suspects[chosen].value;
    label(ui, ui.fonts.small, foot, theme.text,
          narrow ? rank_text(value)
                 : fmt::format(fmt::runtime(words().scored), value,
                               words().units[found.bits ? 1 : 0], rank_text(value)));
  }
  draw_histogram(ui, inner, marks, false);
  draw_trouble(ui, plot.inset(6));
  area.cut_top(16);
  area.cut_top(draw_suspects(ui, area, narrow));
  return area.y - top;
}

}  // namespace rivulet::ui
