// The column of settings, and the bars below the pictures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/tarflow2d/lab.h"
#include "rivulet/ui/training_parts.h"

namespace rivulet::ui {
namespace {

constexpr int block_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16};
constexpr float rates[] = {1e-4F, 2e-4F, 5e-4F, 1e-3F, 2e-3F, 3e-3F,
                           4e-3F, 6e-3F, 8e-3F, 1e-2F, 2e-2F, 5e-2F};
constexpr int widths[] = {8, 16, 24, 32, 48, 64};
constexpr int depths[] = {1, 2, 3};
constexpr int batches[] = {64, 128, 256, 512, 1024};
constexpr float decays[] = {0.0F, 0.5F, 0.9F, 0.95F, 0.98F, 0.99F, 0.995F, 0.998F, 0.999F};

}  // namespace

void Tarflow2dLab::draw_transport(Ui& ui, Box row) {
  const bool playing = state_.playing && engine_.error().empty();
  const Transport pressed = ui::draw_transport(ui, row, playing);
  if (pressed.play) {
    state_.playing = !playing;
    if (!engine_.error().empty()) restart();
  }
  if (pressed.step) one_step();
  if (pressed.restart) restart();
}

void Tarflow2dLab::draw_couplings(Ui& ui, Box& column) {
  heading(ui, column, words().coupling);
  const float height = ui.phone ? 40.0F : 34.0F;
  const Box row = column.cut_top(height);
  for (int i = 0; i < 2; ++i) {
    const auto coupling = static_cast<nn::Coupling>(i);
    const auto index = static_cast<size_t>(i);
    const Box cell = row.column(i, 2, 8);
    if (chip(ui, i == 0 ? "coupling.affine" : "coupling.additive", cell, words().couplings[index],
             state_.config.coupling == coupling, words().coupling_hints[index])) {
      state_.config.coupling = coupling;
    }
    if (cell.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "coupling";
  }
  column.cut_top(10);
  const Box swap = column.cut_top(34);
  toggle(ui, "permute", swap, words().permute, &state_.config.alternate);
  if (swap.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "permute";
  column.cut_top(10);
}

void Tarflow2dLab::draw_more_dials(Ui& ui, Box& column) {
  heading(ui, column, words().direction);
  const float height = ui.phone ? 40.0F : 34.0F;
  const Box row = column.cut_top(height);
  for (int i = 0; i < 2; ++i) {
    const auto direction = static_cast<nn::Direction>(i);
    const auto index = static_cast<size_t>(i);
    if (chip(ui, i == 0 ? "direction.to-noise" : "direction.to-data", row.column(i, 2, 8),
             words().directions[index], state_.config.direction == direction,
             words().direction_hints[index])) {
      state_.config.direction = direction;
    }
  }
  column.cut_top(14);
  list_dial(ui, "average", column,
            {common().average, {}, fmt::format("{:.4g}", state_.ema_decay), common().average_hint},
            decays, &state_.ema_decay);
  list_dial(ui, "width", column,
            {common().width, {}, fmt::format("{}", state_.config.width), words().width_hint},
            widths, &state_.config.width);
  list_dial(ui, "depth", column,
            {common().depth, {}, fmt::format("{}", state_.config.depth), words().depth_hint},
            depths, &state_.config.depth);
  list_dial(ui, "batch", column,
            {common().batch, {}, fmt::format("{}", state_.batch), common().batch_hint}, batches,
            &state_.batch);
  int seed = static_cast<int>(std::min<uint64_t>(std::max<uint64_t>(state_.seed, 1), 50)) - 1;
  const Box box = column.cut_top(dial_height);
  column.cut_top(8);
  const std::string value = fmt::format("{}", state_.seed);
  if (dial(ui, "seed", box, {common().seed, {}, value, common().seed_hint}, &seed, 50)) {
    state_.seed = static_cast<uint64_t>(seed) + 1;
  }
}

/// Returns the height used.
float Tarflow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto pressed = picker_.draw(ui, column, state_.target, state_.strokes)) {
    choose_target(*pressed);
  }
  draw_couplings(ui, column);
  list_dial(ui, "blocks", column,
            {words().blocks, "T", fmt::format("{}", state_.config.blocks), words().blocks_hint},
            block_counts, &state_.config.blocks);
  list_dial(ui, "rate", column,
            {common().rate, "η", fmt::format("{:.4g}", state_.learning_rate), common().rate_hint},
            rates, &state_.learning_rate);
  const Box row = column.cut_top(36);
  if (button(ui, "more", row, more_ ? Icon::up : Icon::down, more_ ? common().less : common().more,
             Look::quiet)) {
    more_ = !more_;
  }
  column.cut_top(10);
  if (more_) draw_more_dials(ui, column);
  // Width and depth shape the same symbols.
  if (ui.next_highlight == "width" || ui.next_highlight == "depth") ui.next_highlight = "network";
  return column.y - top;
}

/// What the left picture shows.
void Tarflow2dLab::draw_left_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.left);
  if (segments(ui, "view", row.cut_left(std::min(220.0F, row.w * 0.6F)), names, &view)) {
    state_.left = static_cast<tarflow2d::Left>(view);
  }
  row.cut_left(12);
  const tarflow2d::Density& density = engine_.density();
  if (state_.left != tarflow2d::Left::density || is_new(density.run, density.step)) return;
  label(ui, ui.fonts.small, row, ui.theme->muted,
        fmt::format(fmt::runtime(words().mass), density.mass), Align::right);
}

/// The place among the blocks.
void Tarflow2dLab::draw_right_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const Box play = row.cut_left(36);
  if (button(ui, "flow", play, state_.flowing ? Icon::pause : Icon::play, {}, Look::quiet,
             words().play_blocks)) {
    state_.flowing = !state_.flowing;
    if (!state_.flowing) state_.after = std::round(state_.after);
  }
  row.cut_left(8);
  const Box rule = row.cut_right(text_size(ui.fonts.strong, words().rule).x + 54);
  row.cut_right(10);
  toggle(ui, "rule", rule, words().rule, &state_.conditional);
  if (rule.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "network";
  const auto last = static_cast<float>(blocks());
  float part = state_.after / last;
  if (slider(ui, "after", row.inset(2, 0), &part)) {
    state_.flowing = false;
    state_.after = std::clamp(part * last, 0.0F, last);
    // Near a whole number of blocks it is that.
    const float near = std::round(state_.after);
    if (std::abs(state_.after - near) < 0.12F) state_.after = near;
  }
  if (row.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "after";
}

}  // namespace rivulet::ui
