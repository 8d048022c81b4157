// A picture, its noise, changes to that, and the way back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float caption = 26;
constexpr float largest_cell = 256;
constexpr float under = 44;  ///< what belongs to a picture, below it
constexpr float histogram_height = 148;
constexpr int shown = 4;

}  // namespace

int TarflowPicturesLab::tokens_across() const {
  const models::TarflowModel& model = engine_->card().model;
  return ready() ? model.pictures.net.side / model.pictures.net.patch : 8;
}

/// What is silenced has no noise: hatching.
void TarflowPicturesLab::draw_silent(const Ui& ui, Box place) const {
  const int n = tokens_across();
  const float size = place.w / static_cast<float>(n);
  for (size_t i = 0; i < state_.silent.size(); ++i) {
    if (state_.silent[i] == 0 || static_cast<int>(i) >= n * n) continue;
    const Box cell{place.x + size * static_cast<float>(static_cast<int>(i) % n),
                   place.y + size * static_cast<float>(static_cast<int>(i) / n), size, size};
    ui.draw().AddRectFilled(cell.min(), cell.max(), ui.theme->inset);
    ui.draw().AddLine({cell.x, cell.y + cell.h}, {cell.x + cell.w, cell.y}, ui.theme->faint);
  }
}

/// Paints tokens: the first one says whether the stroke silences or gives voice.
void TarflowPicturesLab::follow_brush(Ui& ui, Box place) {
  const Touch touched = touch(ui, "brush", place, 2);
  describe(ui, {.label = ui.words->common.canvas});
  const int n = tokens_across();
  const Cell cell = cell_under(place, n);
  if (touched.hovered || touched.held) {
    outline_cell(ui, place, n, cell, ui.theme->accent);
    ui.next_highlight = "silent";
  }
  const bool down = touched.held && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (down && ready()) {
    ui.grabbed = true;
    state_.silent.resize(static_cast<size_t>(n) * static_cast<size_t>(n));
    const auto token = [&](Cell c) -> uint8_t& {
      return state_.silent[static_cast<size_t>(c[1] * n + c[0])];
    };
    if (!brush_down_) {
      brush_adds_ = token(cell) == 0;
      brush_at_ = cell;
    }
    along(brush_at_, cell, [&](Cell c) { token(c) = brush_adds_ ? 1 : 0; });
    brush_at_ = cell;
  }
  brush_down_ = down;
}

/// What belongs to the picture, its noise, the way back, the difference.
void TarflowPicturesLab::draw_under(Ui& ui, int picture, Box row) {
  const Theme& theme = *ui.theme;
  const tarflow_pictures::Latent& latent = engine_->latent();
  const bool finished = latent.stage == tarflow_pictures::Latent::Stage::finished;
  const auto say = [&](const std::string& said, ImU32 color) {
    label(ui, ui.fonts.small, row, color, said);
  };
  if (picture == 0) {
    if (latent.run > 0 && !latent.z.empty()) {
      say(fmt::format("{:.3f} {}", latent.nats, words().units[0]), theme.muted);
    }
  } else if (picture == 1) {
    const auto silenced = std::ranges::count_if(state_.silent, [](uint8_t s) { return s != 0; });
    if (silenced > 0 && button(ui, "brush.clear", row.cut_right(76), Icon::clear,
                               words().brush_clear, Look::quiet)) {
      state_.silent.clear();
    }
    const std::string said = silenced > 0
                                 ? fmt::format(fmt::runtime(words().silenced), silenced)
                                 : std::string(text_size(ui.fonts.small, words().brush).x <= row.w
                                                   ? words().brush
                                                   : words().brush_short);
    say(said, theme.muted);
  } else if (picture == 2) {
    if (finished &&
        button(ui, "save", row.cut_right(36), Icon::save, {}, Look::quiet, words().save)) {
      save(ui, "-back", atlas_.shown(tarflow_pictures::back_slot), 1);
    }
    if (finished) {
      say(fmt::format(fmt::runtime(words().back_cost), latent.runs,
                      fmt::format("{:.{}f}", latent.ms, latent.ms < 10 ? 1 : 0)),
          theme.muted);
    } else if (latent.run > 0) {
      say(words().on_its_way, theme.faint);
    }
  } else if (finished) {
    double sum = 0;
    const auto difference = atlas_.shown(tarflow_pictures::difference_slot);
    for (const float v : difference) sum += double{v} * v;
    const double rms = std::sqrt(sum / std::max<double>(1, static_cast<double>(difference.size())));
    say(latent.changed ? fmt::format(fmt::runtime(words().changed), rms * 25)
                       : fmt::format(fmt::runtime(words().round_trip), latent.error),
        latent.changed ? theme.muted : theme.accent);
  }
}

/// Returns the height used.
float TarflowPicturesLab::draw_latent(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const Theme& theme = *ui.theme;
  const int columns = narrow ? 2 : shown;
  const float space = narrow ? 12.0F : 22.0F;
  const float wide =
      (area.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float tall = area.h - caption - under - histogram_height - 20;
  const float cell =
      crisp_side(side(), narrow ? wide : std::min({wide, largest_cell, std::max(160.0F, tall)}));
  const float pitch = narrow ? wide + space : cell + space;
  const std::array<std::pair<int, const char*>, shown> pictures = {
      {{tarflow_pictures::source_slot, words().source},
       {tarflow_pictures::noise_slot, words().noise},
       {tarflow_pictures::back_slot, words().back},
       {tarflow_pictures::difference_slot, words().difference}}};
  constexpr std::array<const char*, shown> names = {"picture.source", "picture.noise",
                                                    "picture.back", "picture.difference"};
  for (int i = 0; i < shown; ++i) {
    const auto& [slot, said] = pictures[static_cast<size_t>(i)];
    const Box place{area.x + pitch * static_cast<float>(i % columns),
                    area.y + caption + static_cast<float>(i / columns) * (cell + caption + under),
                    cell, cell};
    label(ui, ui.fonts.strong, {place.x, place.y - caption, cell, caption - 4}, theme.text, said);
    ui.draw().AddRectFilled(place.min(), place.max(), theme.inset);
    atlas_.draw(ui, slot, place);
    ui.boxes.emplace_back(names[static_cast<size_t>(i)], place);
    if (i == 0 && editor_.is_open() && editor_.follow_pen(ui, place)) choose_own(editor_.pixels());
    if (i == 0 && atlas_.shown(slot).empty()) {
      label(ui, ui.fonts.small, place, theme.faint,
            state_.source == tarflow_pictures::Source::sampled ? words().sampling_first
                                                               : common().starting,
            Align::centre);
    }
    if (i == 1) {
      draw_silent(ui, place);
      if (!editor_.is_open()) follow_brush(ui, place);
    }
    draw_under(ui, i, {place.x, place.y + cell + 4, cell, 34});
  }
  const auto rows = static_cast<float>((shown + columns - 1) / columns);
  const float height = rows * (cell + caption + under);
  draw_trouble(ui, {area.x + 6, area.y + 6, pitch * static_cast<float>(columns) - space - 12,
                    caption + cell - 12});
  area.cut_top(height);
  if (editor_.is_open()) {
    bool painted = false;
    area.cut_top(editor_.draw_palette(ui, area, &painted) + 12);
    if (painted) choose_own(editor_.pixels());
  }
  const Box plot{area.x, area.y, area.w, histogram_height};
  card(ui, plot);
  const tarflow_pictures::Latent& latent = engine_->latent();
  std::vector<Mark> marks;
  if (latent.run > 0 && !latent.z.empty()) {
    marks.push_back({latent.nats, theme.accent, words().your_picture, true});
  }
  if (latent.stage == tarflow_pictures::Latent::Stage::finished && latent.changed) {
    marks.push_back({latent.back_nats, theme.rival, words().back_short, true});
  }
  draw_histogram(ui, plot.inset(16, 12), marks, false);
  return plot.y + plot.h - top;
}

}  // namespace rivulet::ui
