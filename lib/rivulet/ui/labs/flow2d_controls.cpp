// The column of settings.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/flow2d_lab.h"
#include "rivulet/ui/page.h"

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
  Box rest = row;
  const Box again = rest.cut_right(44);
  rest.cut_right(8);
  const Box one = rest.cut_right(44);
  rest.cut_right(8);
  if (button(ui, "play", rest, playing ? Icon::pause : Icon::play,
             playing ? strings_.pause : strings_.play, playing ? Look::plain : Look::accent)) {
    state_.playing = !playing;
    if (!engine_.error().empty()) restart();
  }
  if (button(ui, "step", one, Icon::step, {}, Look::plain, strings_.one_step)) one_step();
  if (button(ui, "restart", again, Icon::restart, {}, Look::plain, strings_.restart)) restart();
}

void Flow2dLab::draw_targets(Ui& ui, Box& column) {
  const auto chosen = static_cast<size_t>(state_.target);
  heading(ui, column, strings_.target, strings_.targets[chosen]);
  const float space = 8;
  const int columns = 4;
  const float side = (column.w - space * (columns - 1)) / columns;
  const Theme& theme = *ui.theme;
  for (int i = 0; i < data::shape2d_count; ++i) {
    const Box box{column.x + static_cast<float>(i % columns) * (side + space),
                  column.y + static_cast<float>(i / columns) * (side + space), side, side};
    const auto shape = static_cast<data::Shape2d>(i);
    const auto index = static_cast<size_t>(i);
    const Touch touched = touch(ui, ("target." + std::string(data::name_of(shape))).c_str(), box);
    const bool on = state_.target == shape;
    ui.draw().AddRectFilled(box.min(), box.max(), on ? theme.accent_soft : theme.inset, corner);
    if (on) ui.draw().AddRect(box.min(), box.max(), theme.accent, corner, 0, 1.5F);
    const ImU32 ink = on ? theme.accent : touched.hovered ? theme.text : theme.muted;
    const Plane plane{box.inset(6)};
    if (shape != data::Shape2d::drawn) {
      draw_points(ui, plane, thumbnails_[index], 2.2F, ink);
    } else if (state_.strokes.empty()) {
      draw_icon(ui.draw(), Icon::pen, box.centre(), 22, ink);
    } else {
      draw_strokes(ui, plane, 2, ink);
    }
    hint(ui, touched, strings_.targets[index]);
    if (touched.hovered || touched.focused) ui.next_highlight = "target";
    if (touched.pressed) choose_target(shape);
  }
  column.cut_top(side * 2 + space + 10);
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
      if (chip(ui, id.c_str(), cell, strings_.methods[index], method == current,
               strings_.method_hints[index])) {
        chosen = i;
      }
    }
    return chosen;
  };
  heading(ui, column, strings_.method);
  const int method = choices("method", state_.config.method);
  if (method >= 0) choose_method(static_cast<models::Method>(method));
  column.cut_top(8);
  const Box row = column.cut_top(34);
  toggle(ui, "compare", row, strings_.compare, &state_.compare);
  if (state_.compare) {
    heading(ui, column, strings_.against);
    const int rival = choices("rival", state_.rival);
    if (rival >= 0) state_.rival = static_cast<models::Method>(rival);
  }
  column.cut_top(8);
}

void Flow2dLab::draw_dials(Ui& ui, Box& column) {
  const Box row = column.cut_top(22);
  label_with_symbol(ui, row, strings_.steps, "n",
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
      {strings_.rate, "η", fmt::format("{:.4g}", state_.config.learning_rate), strings_.rate_hint},
      rates, &state_.config.learning_rate);
}

void Flow2dLab::draw_more_dials(Ui& ui, Box& column) {
  train::Flow2dConfig& config = state_.config;
  const bool self = models::has_self_consistency(config.method) ||
                    (state_.compare && models::has_self_consistency(state_.rival));
  if (self) {
    list_dial(ui, "bootstrap", column,
              {strings_.bootstrap, "β", fmt::format("{:.3g}%", config.bootstrap * 100),
               strings_.bootstrap_hint},
              shares, &config.bootstrap);
  }
  list_dial(ui, "average", column,
            {strings_.average, "μ", fmt::format("{:.4g}", config.ema_decay), strings_.average_hint},
            decays, &config.ema_decay);
  list_dial(ui, "width", column,
            {strings_.width, {}, fmt::format("{}", config.width), strings_.width_hint}, widths,
            &config.width);
  list_dial(ui, "depth", column,
            {strings_.depth, {}, fmt::format("{}", config.depth), strings_.depth_hint}, depths,
            &config.depth);
  list_dial(ui, "batch", column,
            {strings_.batch, {}, fmt::format("{}", config.batch), strings_.batch_hint}, batches,
            &config.batch);
  int seed = static_cast<int>(std::min<uint64_t>(config.seed, 50)) - 1;
  const Box box = column.cut_top(dial_height);
  column.cut_top(8);
  const std::string value = fmt::format("{}", config.seed);
  if (dial(ui, "seed", box, {strings_.seed, {}, value, strings_.seed_hint}, &seed, 50)) {
    config.seed = static_cast<uint64_t>(seed) + 1;
  }
}

/// Returns the height used.
float Flow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  draw_targets(ui, column);
  draw_methods(ui, column);
  draw_dials(ui, column);
  const Box row = column.cut_top(36);
  if (button(ui, "more", row, more_ ? Icon::up : Icon::down, more_ ? strings_.less : strings_.more,
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
