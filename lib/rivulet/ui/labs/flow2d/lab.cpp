#include "rivulet/ui/labs/flow2d/lab.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

// Seconds that points take on their way, and rest at its end.
constexpr float way_seconds = 2.6F;
constexpr float rest_seconds = 0.9F;

}  // namespace

Fields Flow2dLab::state() const {
  flow2d::State state = training_.settled(state_);
  if (flowing_.runs()) state.time = 1;  // a moving time is not a setting
  return to_fields(state);
}

void Flow2dLab::restore(const Fields& fields) {
  const flow2d::State state = flow2d::read_state(fields);
  if (state.target == data::Shape2d::drawn) (void)data::Target2d::drawn(state.strokes);
  state_ = state;
  flowing_.hold();
  training_.picker.close(state_.strokes);
}

std::string Flow2dLab::report() const {
  const flow2d::Progress& progress = engine_->progress();
  const flow2d::Distances& distances = engine_->distances();
  const bool current = distances.run == training_.run();
  std::string sides;
  for (int side = 0; side < progress.sides; ++side) {
    const auto i = static_cast<size_t>(side);
    std::string sw2;
    std::string covered;
    for (size_t p = 0; p < flow2d::panel_count; ++p) {
      const char* comma = p > 0 ? "," : "";
      sw2 += fmt::format("{}\"{}\":{:.5f}", comma, train::shown_steps[p],
                         current ? distances.last[i][p] : 0.0F);
      covered += fmt::format("{}\"{}\":{}", comma, train::shown_steps[p],
                             current ? distances.coverage[i][p].covered : 0);
    }
    sides += fmt::format(R"({}{{"method":"{}","loss":{:.6f},"sw2":{{{}}},"covered":{{{}}}}})",
                         side > 0 ? "," : "", models::name_of(method_of(side)),
                         progress.last_loss[i], sw2, covered);
  }
  return fmt::format(
      R"("run":{},"step":{},"playing":{},"steps_per_second":{:.1f},"target":"{}","floor":{:.5f},)"
      R"("drawing":{},"strokes":{},"sides":[{}],"error":{})",
      progress.run, progress.step, state_.playing, progress.steps_per_second,
      data::name_of(training_.ordered().target), current ? distances.floor : 0.0F,
      training_.picker.is_open(), state_.strokes.size(), sides, json_text(engine_->error()));
}

models::Method Flow2dLab::method_of(int side) const {
  return side == 0 ? state_.config.method : state_.rival;
}

int Flow2dLab::chosen_panel() const {
  const auto* found =
      std::find(std::begin(train::shown_steps), std::end(train::shown_steps), state_.steps);
  return static_cast<int>(found - std::begin(train::shown_steps));
}

void Flow2dLab::choose_target(data::Shape2d shape) {
  if (shape == data::Shape2d::drawn) {
    open_sketch();
    return;
  }
  training_.picker.close(state_.strokes);
  state_.target = shape;
}

void Flow2dLab::open_sketch(bool by_keys) {
  training_.open_sketch(state_, by_keys);
  state_.view = flow2d::View::samples;
  state_.time = 1;
  flowing_.hold();
  frame.sheet.open = false;
}

void Flow2dLab::follow_keys() {
  training_.follow_keys(state_, engine_->progress().step);
  if (pressed(ImGuiKey_C)) state_.compare = !state_.compare;
  if (pressed(ImGuiKey_D)) open_sketch(true);
  if (const auto i = digit_pressed(1, flow2d::panel_count)) state_.steps = train::shown_steps[*i];
}

/// What the engine needs to know.
flow2d::Order Flow2dLab::order() const {
  const flow2d::State& ordered = training_.ordered();
  flow2d::Order order{.run = training_.run(),
                      .configs = {ordered.config, ordered.config},
                      .sides = ordered.compare ? 2 : 1,
                      .target = training_.target(),
                      .playing = state_.playing,
                      .allowance = training_.allowance(),
                      .panel = chosen_panel(),
                      .field = state_.view == flow2d::View::field,
                      .time = state_.time};
  order.configs[1].method = ordered.rival;
  for (auto& config : order.configs) {
    config.learning_rate = state_.config.learning_rate;
    config.ema_decay = state_.config.ema_decay;
  }
  return order;
}

void Flow2dLab::ease_points(const Ui& ui) {
  for (int side = 0; side < sides(); ++side) {
    for (int i = 0; i < flow2d::panel_count; ++i) {
      const flow2d::Panel& panel = engine_->panel(side, i);
      if (panel.run != training_.run()) continue;  // keep the old ones until there are new ones
      ease(shown_[static_cast<size_t>(side)][static_cast<size_t>(i)], panel.xy, ui.dt, 14);
    }
    ease_picture(ui, side);
  }
}

/// The large picture shows its points where they are at the chosen time.
void Flow2dLab::ease_picture(const Ui& ui, int side) {
  const auto i = static_cast<size_t>(side);
  const flow2d::Paths& paths = engine_->paths(side);
  const auto& end = shown_[i][static_cast<size_t>(chosen_panel())];
  const size_t points = size_t{2} * flow2d::cloud_points;
  if (state_.time >= 1 || paths.run != training_.run() || paths.n != state_.steps ||
      paths.frames.empty()) {
    ease(picture_[i], end, ui.dt, 20);
    return;
  }
  const float at = state_.time * static_cast<float>(paths.n);
  const auto k = std::min(static_cast<size_t>(at), static_cast<size_t>(paths.n - 1));
  const float part = at - static_cast<float>(k);
  std::vector<float> now(points);
  const float* a = paths.frames.data() + k * points;
  for (size_t j = 0; j < points; ++j) now[j] = a[j] + (a[points + j] - a[j]) * part;
  ease(picture_[i], now, ui.dt, 30);
}

void Flow2dLab::update(Ui& ui) {
  training_.follow_pen_keys(ui, state_);
  training_.begin(ui, state_);
  training_.ask(ui, engine_, order());
  engine_.pump(ui);
  flowing_.advance(ui.dt, way_seconds, rest_seconds, state_.time);
  ease_points(ui);
}

}  // namespace rivulet::ui
