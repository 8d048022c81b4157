// The column of settings.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/ui/page.h"
#include "rivulet/ui/training_parts.h"

namespace rivulet::ui {
namespace {

constexpr float rates[] = {1e-4F, 2e-4F, 3e-4F, 5e-4F, 7e-4F, 1e-3F, 1.5e-3F, 2e-3F,
                           3e-3F, 5e-3F, 7e-3F, 1e-2F, 2e-2F, 3e-2F, 5e-2F};
constexpr int widths[] = {8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512};
constexpr int depths[] = {1, 2, 3, 4, 5, 6, 7, 8};
constexpr int batches[] = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
constexpr float shares[] = {0.0F, 0.0625F, 0.125F, 0.1875F, 0.25F, 0.375F, 0.5F, 0.625F, 0.75F};
constexpr float decays[] = {0.0F, 0.5F, 0.9F, 0.95F, 0.98F, 0.99F, 0.995F, 0.998F, 0.999F, 0.9995F};

}  // namespace

void Flow2dLab::draw_transport(Ui& ui, Box row) {
  const bool playing = state_.playing && engine_.error().empty();
  const Transport pressed = ui::draw_transport(ui, row, playing);
  if (pressed.play) {
    state_.playing = !playing;
    if (!engine_.error().empty()) restart();
  }
  if (pressed.step) one_step();
  if (pressed.restart) restart();
}

void Flow2dLab::draw_methods(Ui& ui, Box& column) {
  const auto choices = [&](const char* name, models::Method current) {
    int chosen = -1;
    const float height = ui.phone ? 40.0F : 34.0F;
    const Box grid = column.cut_top(3 * height + 16);
    for (int i = 0; i < models::method_count; ++i) {
      const auto method = static_cast<models::Method>(i);
      const auto index = static_cast<size_t>(i);
      Box cell = grid.column(i % 2, 2, 8);
      cell.y += static_cast<float>(i / 2) * (height + 8);
      cell.h = height;
      const std::string id = std::string(name) + "." + std::string(models::name_of(method));
      if (chip(ui, id.c_str(), cell, words().methods[index], method == current,
               words().method_hints[index])) {
        chosen = i;
      }
    }
    return chosen;
  };
  heading(ui, column, words().method);
  const int method = choices("method", state_.config.method);
  if (method >= 0) choose_method(static_cast<models::Method>(method));
  column.cut_top(8);
  const Box row = column.cut_top(34);
  toggle(ui, "compare", row, words().compare, &state_.compare);
  if (state_.compare) {
    heading(ui, column, words().against);
    const int rival = choices("rival", state_.rival);
    if (rival >= 0) state_.rival = static_cast<models::Method>(rival);
  }
  column.cut_top(8);
}

void Flow2dLab::draw_dials(Ui& ui, Box& column) {
  const Box row = column.cut_top(22);
  label_with_symbol(ui, row, common().steps, "n",
                    ui.highlight == "steps" ? ui.theme->accent : ui.theme->faint);
  column.cut_top(4);
  std::vector<std::string> counts;
  for (const int n : train::shown_steps) counts.push_back(fmt::format("{}", n));
  int panel = chosen_panel();
  const Box strip = column.cut_top(ui.phone ? 40.0F : 34.0F);
  if (segments(ui, "steps", strip, counts, &panel)) state_.steps = train::shown_steps[panel];
  if (strip.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "steps";
  column.cut_top(14);
  list_dial(
      ui, "rate", column,
      {common().rate, "η", fmt::format("{:.4g}", state_.config.learning_rate), common().rate_hint},
      rates, &state_.config.learning_rate);
}

void Flow2dLab::draw_more_dials(Ui& ui, Box& column) {
  train::Flow2dConfig& config = state_.config;
  const bool self = models::has_self_consistency(config.method) ||
                    (state_.compare && models::has_self_consistency(state_.rival));
  if (self) {
    list_dial(ui, "bootstrap", column,
              {words().bootstrap, "β", fmt::format("{:.3g}%", config.bootstrap * 100),
               words().bootstrap_hint},
              shares, &config.bootstrap);
  }
  list_dial(ui, "average", column,
            {common().average, "μ", fmt::format("{:.4g}", config.ema_decay), common().average_hint},
            decays, &config.ema_decay);
  list_dial(ui, "width", column,
            {common().width, {}, fmt::format("{}", config.width), words().width_hint}, widths,
            &config.width);
  list_dial(ui, "depth", column,
            {common().depth, {}, fmt::format("{}", config.depth), words().depth_hint}, depths,
            &config.depth);
  list_dial(ui, "batch", column,
            {common().batch, {}, fmt::format("{}", config.batch), common().batch_hint}, batches,
            &config.batch);
  int seed = static_cast<int>(std::min<uint64_t>(config.seed, 50)) - 1;
  const Box box = column.cut_top(dial_height);
  column.cut_top(8);
  const std::string value = fmt::format("{}", config.seed);
  if (dial(ui, "seed", box, {common().seed, {}, value, common().seed_hint}, &seed, 50)) {
    config.seed = static_cast<uint64_t>(seed) + 1;
  }
}

/// Returns the height used.
float Flow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto pressed = picker_.draw(ui, column, state_.target, state_.strokes)) {
    choose_target(*pressed);
  }
  draw_methods(ui, column);
  draw_dials(ui, column);
  const Box row = column.cut_top(36);
  if (button(ui, "more", row, more_ ? Icon::up : Icon::down, more_ ? common().less : common().more,
             Look::quiet)) {
    more_ = !more_;
  }
  column.cut_top(10);
  if (more_) draw_more_dials(ui, column);
  // Width and depth shape the same symbol.
  if (ui.next_highlight == "width" || ui.next_highlight == "depth") ui.next_highlight = "network";
  return column.y - top;
}

}  // namespace rivulet::ui
