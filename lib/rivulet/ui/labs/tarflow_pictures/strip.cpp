// Blocks and their tokens on the way from noise to pictures, and what each sampler costs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float map_side = 64;
constexpr float block_pitch = 72;
constexpr float cost_pitch = 36;

std::string ms_text(float ms) { return fmt::format("{:.{}f}", ms, ms < 10 ? 1 : 0); }

}  // namespace

/// Every token where it lies in the picture: waiting, moving, solved.
void TarflowPicturesLab::draw_token_map(const Ui& ui, Box box,
                                        const tarflow_pictures::Block& block) const {
  const Theme& theme = *ui.theme;
  const auto across =
      static_cast<int>(std::lround(std::sqrt(static_cast<double>(block.heat.size()))));
  const float pitch = box.w / static_cast<float>(std::max(1, across));
  const float space = pitch > 6 ? 1.0F : 0.5F;
  for (size_t k = 0; k < block.heat.size(); ++k) {
    const auto column = static_cast<float>(static_cast<int>(k) % across);
    const auto row = static_cast<float>(static_cast<int>(k) / across);
    const ImVec2 from{box.x + pitch * column, box.y + pitch * row};
    const float heat = block.heat[k];
    const ImU32 color = heat < 0 ? theme.inset : mixed(theme.accent, theme.rival, heat);
    ui.draw().AddRectFilled(from, {from.x + pitch - space, from.y + pitch - space}, color);
  }
}

void TarflowPicturesLab::draw_legend(const Ui& ui, Box row) const {
  const Theme& theme = *ui.theme;
  const std::array<std::pair<const char*, ImU32>, 3> entries = {{
      {words().legend_waits, theme.inset},
      {words().legend_moves, theme.rival},
      {words().legend_settled, theme.accent},
  }};
  for (const auto& [said, color] : entries) {
    const float y = row.centre().y;
    ui.draw().AddRectFilled({row.x, y - 5}, {row.x + 10, y + 5}, color, 2);
    if (color == theme.inset) {
      ui.draw().AddRect({row.x, y - 5}, {row.x + 10, y + 5}, theme.border, 2);
    }
    row.cut_left(15);
    label(ui, ui.fonts.small, row, theme.muted, said);
    row.cut_left(text_size(ui.fonts.small, said).x + 12);
  }
}

/// What every sampler took for these pictures, once it was tried. Returns the height used.
float TarflowPicturesLab::draw_costs(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const float top = box.y;
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  label(ui, ui.fonts.strong, box.cut_top(26), theme.text, words().costs_title);
  float most = 1;
  for (const tarflow_pictures::Cost& cost : sheet.costs) most = std::max(most, cost.ms);
  for (size_t i = 0; i < sheet.costs.size(); ++i) {
    const tarflow_pictures::Cost& cost = sheet.costs[i];
    const bool on = static_cast<size_t>(state_.request.method) == i;
    const Box whole = box.cut_top(cost_pitch);
    Box row = whole;
    const Touch touched = touch(ui, fmt::format("cost.{}", i).c_str(), row.inset(-4, 1), 6);
    describe(ui, {.role = Role::chip, .label = words().samplers[i], .on = on});
    if (touched.hovered) {
      const Box back = row.inset(-4, 1);
      ui.draw().AddRectFilled(back.min(), back.max(), theme.inset, 6);
    }
    if (touched.pressed) state_.request.method = static_cast<models::TarflowMethod>(i);
    Box said = row.cut_top(24);
    label(ui, ui.fonts.small, said, on ? theme.text : theme.muted, words().samplers[i]);
    label(ui, ui.fonts.small, said, on ? theme.text : theme.muted,
          cost.runs > 0 ? fmt::format(fmt::runtime(words().cost), ms_text(cost.ms), cost.runs)
                        : std::string(words().cost_unknown),
          Align::right);
    const Box bar{row.x, row.y + 1, row.w, 6};
    ui.draw().AddRectFilled(bar.min(), bar.max(), theme.inset, 3);
    if (cost.ms <= 0) continue;
    const float part = std::max(6.0F, bar.w * cost.ms / most);
    ui.draw().AddRectFilled(bar.min(), {bar.x + part, bar.y + bar.h},
                            on ? theme.accent : theme.data, 3);
  }
  ui.boxes.emplace_back("costs", Box{box.x, top, box.w, box.y - top});
  return box.y - top;
}

/// From noise to pictures, block by block. Returns the height used.
float TarflowPicturesLab::draw_blocks(Ui& ui, Box box, bool narrow) {
  const Theme& theme = *ui.theme;
  const float top = box.y;
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  label(ui, ui.fonts.strong, box.cut_top(caption_height), theme.text, words().blocks_title);
  box.cut_top(4);
  const auto count = static_cast<int>(sheet.blocks.size());
  const int columns = narrow ? std::max(1, count) : 1;
  const Box all = box;
  const float pitch = narrow ? (box.w + 8) / static_cast<float>(std::max(4, columns)) : block_pitch;
  const float map = narrow ? std::min(map_side, pitch - 8) : map_side;
  for (int i = 0; i < count; ++i) {
    const tarflow_pictures::Block& block = sheet.blocks[static_cast<size_t>(i)];
    const auto n = static_cast<float>(i);
    const Box place =
        narrow ? Box{all.x + pitch * n, all.y, map, map} : Box{all.x, all.y + pitch * n, map, map};
    ui.boxes.emplace_back(fmt::format("block.{}", i), place);
    draw_token_map(ui, place, block);
    Box said = narrow ? Box{place.x, place.y + map + 4, pitch - 4, 60}
                      : Box{place.x + map + 14, place.y + 2, box.w - map - 14, 60};
    const bool solved = block.solved >= sheet.tokens;
    const bool waits = block.runs == 0;
    label(ui, ui.fonts.strong, said.cut_top(20), waits ? theme.faint : theme.text,
          fmt::format(fmt::runtime(words().block), count - i));
    const bool in_order = state_.request.method == models::TarflowMethod::sequential ||
                          (state_.request.first_in_order && i == 0);
    const char* const how = in_order ? words().block_runs
                            : solved ? words().block_sweeps
                                     : words().block_sweep;
    if (waits) {
      label(ui, ui.fonts.small, said.cut_top(19), theme.faint, words().block_waits);
      continue;
    }
    if (!narrow) {
      label(ui, ui.fonts.small, said.cut_top(19), theme.muted,
            fmt::format(fmt::runtime(words().block_tokens), block.solved, sheet.tokens));
    }
    label(ui, ui.fonts.small, said.cut_top(19), theme.muted,
          fmt::format(fmt::runtime(how), block.runs));
  }
  const int shown = std::max(4, count);
  box.cut_top(narrow ? map + 46 : block_pitch * static_cast<float>(shown));
  draw_legend(ui, box.cut_top(22));
  box.cut_top(6);
  const std::string cut =
      sheet.cut == 0 ? std::string(words().cut_none)
                     : fmt::format(fmt::runtime(words().cut), sheet.cut, state_.request.most_alpha);
  Box row = box.cut_top(20);
  if (sheet.run > 0) {
    const std::string totals =
        fmt::format(fmt::runtime(words().totals), sheet.runs, ms_text(sheet.ms));
    label(ui, ui.fonts.small, row, theme.text, totals);
    row.cut_left(text_size(ui.fonts.small, totals).x + 10);
    label(ui, ui.fonts.small, row, sheet.cut == 0 ? theme.muted : theme.error, cut, Align::right);
  }
  box.cut_top(10);
  return box.y + draw_costs(ui, box) - top;
}

}  // namespace rivulet::ui
