#include "rivulet/ui/labs/flow2d/make.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/ui/shell.h"
#include "rivulet/ui/training_parts.h"

namespace rivulet::ui {
namespace {

constexpr int shown_data = 1200;

}  // namespace

Lab flow2d_lab() {
  const auto lab = std::make_shared<Flow2dLab>();
  return {.id = "flow2d",
          .title = [](const words::Words& words) { return words.flow2d.lab; },
          .help =
              [](const words::Words& words) {
                return Help{words.flow2d.keys, words.flow2d.help_mouse};
              },
          .draw = [lab](Ui& ui, Box box) { lab->draw(ui, box); },
          .rest = [lab] { lab->rest(); },
          .state = [lab] { return lab->state(); },
          .restore = [lab](const Fields& fields) { lab->restore(fields); },
          .report = [lab] { return lab->report(); }};
}

Fields Flow2dLab::state() const {
  flow2d::State state = state_;
  if (flowing_) state.time = 1;  // a moving time is not a setting
  if (nothing_drawn()) {
    state.target = ordered_.target;
    state.strokes = ordered_.strokes;
  }
  return to_fields(state);
}

void Flow2dLab::restore(const Fields& fields) {
  const flow2d::State state = flow2d::read_state(fields);
  if (state.target == data::Shape2d::drawn) (void)data::Target2d::drawn(state.strokes);
  state_ = state;
  flowing_ = false;
  picker_.close(state_.strokes);
}

std::string Flow2dLab::report() const {
  const flow2d::Progress& progress = engine_.progress();
  const flow2d::Distances& distances = engine_.distances();
  const bool current = distances.run == run_;
  std::string sides;
  for (int side = 0; side < sides_trained(); ++side) {
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
      data::name_of(ordered_.target), current ? distances.floor : 0.0F, picker_.is_open(),
      state_.strokes.size(), sides, json_text(engine_.error()));
}

int Flow2dLab::sides_trained() const { return engine_.progress().sides; }

models::Method Flow2dLab::method_of(int side) const {
  return side == 0 ? state_.config.method : state_.rival;
}

bool Flow2dLab::nothing_drawn() const {
  return state_.target == data::Shape2d::drawn && state_.strokes.empty();
}

int Flow2dLab::chosen_panel() const {
  const auto* found =
      std::find(std::begin(train::shown_steps), std::end(train::shown_steps), state_.steps);
  return static_cast<int>(found - std::begin(train::shown_steps));
}

void Flow2dLab::restart() { restart_wanted_ = true; }

void Flow2dLab::choose_target(data::Shape2d shape) {
  if (shape == data::Shape2d::drawn) {
    open_sketch();
    return;
  }
  picker_.close(state_.strokes);
  state_.target = shape;
}

void Flow2dLab::open_sketch(bool by_keys) {
  picker_.open(by_keys);
  state_.target = data::Shape2d::drawn;
  state_.view = flow2d::View::samples;
  state_.time = 1;
  flowing_ = false;
  sheet_.open = false;
}

void Flow2dLab::close_sketch() {
  picker_.close(state_.strokes);
  if (!nothing_drawn()) return;
  state_.target = ordered_.target;  // as before
  state_.strokes = ordered_.strokes;
}

void Flow2dLab::follow_keys(Ui& /*ui*/) {
  if (space_pressed()) state_.playing = !state_.playing;
  if (with_modifier()) return;
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, false); };
  if (pressed(ImGuiKey_S)) one_step();
  if (pressed(ImGuiKey_R)) restart();
  if (pressed(ImGuiKey_C)) state_.compare = !state_.compare;
  if (pressed(ImGuiKey_D)) {
    open_sketch(true);
  }
  for (int i = 0; i < flow2d::panel_count; ++i) {
    if (pressed(static_cast<ImGuiKey>(ImGuiKey_1 + i))) state_.steps = train::shown_steps[i];
  }
}

void Flow2dLab::one_step() {
  state_.playing = false;
  allowance_ = std::max(allowance_, engine_.progress().step) + 1;
}

/// Training pauses while nobody looks.
void Flow2dLab::rest() {
  if (!sent_) return;
  flow2d::Order order = *sent_;
  order.playing = false;
  engine_.order(order);
  sent_.reset();
}

/// Tells the engine when anything it needs to know has changed.
void Flow2dLab::send_order(Ui& ui) {
  const bool undrawn = nothing_drawn();
  // A dial that is being dragged restarts training once, when it is let go.
  const bool changed = !undrawn && needs_restart(ordered_, state_);
  if (restart_wanted_ || (changed && released(ui) && !picker_.is_down())) {
    restart_wanted_ = false;
    if (!undrawn) ordered_ = state_;
    target_ = std::make_shared<const data::Target2d>(target_of(ordered_.target, ordered_.strokes));
    data_points_ = points_of(*target_, shown_data);
    allowance_ = 0;
    ++run_;
  }
  flow2d::Order order{.run = run_,
                      .configs = {ordered_.config, ordered_.config},
                      .sides = ordered_.compare ? 2 : 1,
                      .target = target_,
                      .playing = state_.playing,
                      .allowance = allowance_,
                      .panel = chosen_panel(),
                      .field = state_.view == flow2d::View::field,
                      .time = state_.time};
  order.configs[1].method = ordered_.rival;
  for (auto& config : order.configs) {
    config.learning_rate = state_.config.learning_rate;
    config.ema_decay = state_.config.ema_decay;
  }
  if (sent_ && *sent_ == order) return;
  const bool recover = !engine_.error().empty() && (!sent_ || sent_->run != order.run);
  engine_.order(order);
  if (recover) engine_.retry();
  sent_ = std::move(order);
}

void Flow2dLab::advance_time(const Ui& ui) {
  if (!flowing_) return;
  constexpr float duration = 2.6F;
  constexpr float rest = 0.9F;
  flow_clock_ = std::fmod(flow_clock_ + ui.dt, duration + rest);
  state_.time = std::min(1.0F, flow_clock_ / duration);
}

void Flow2dLab::ease_points(const Ui& ui) {
  for (int side = 0; side < sides(); ++side) {
    for (int i = 0; i < flow2d::panel_count; ++i) {
      const flow2d::Panel& panel = engine_.panel(side, i);
      if (panel.run != run_) continue;  // keep the old ones until there are new ones
      ease(shown_[static_cast<size_t>(side)][static_cast<size_t>(i)], panel.xy, ui.dt, 14);
    }
    ease_picture(ui, side);
  }
}

/// The large picture shows its points where they are at the chosen time.
void Flow2dLab::ease_picture(const Ui& ui, int side) {
  const auto i = static_cast<size_t>(side);
  const flow2d::Paths& paths = engine_.paths(side);
  const auto& end = shown_[i][static_cast<size_t>(chosen_panel())];
  const size_t frame = size_t{2} * flow2d::cloud_points;
  if (state_.time >= 1 || paths.run != run_ || paths.n != state_.steps || paths.frames.empty()) {
    ease(picture_[i], end, ui.dt, 20);
    return;
  }
  const float at = state_.time * static_cast<float>(paths.n);
  const auto k = std::min(static_cast<size_t>(at), static_cast<size_t>(paths.n - 1));
  const float part = at - static_cast<float>(k);
  std::vector<float> now(frame);
  const float* a = paths.frames.data() + k * frame;
  for (size_t j = 0; j < frame; ++j) now[j] = a[j] + (a[frame + j] - a[j]) * part;
  ease(picture_[i], now, ui.dt, 30);
}

void Flow2dLab::draw(Ui& ui, Box box) {
  all_ = ui.words;
  follow_keys(ui);
  if (picker_.is_open() && picker_.follow_keys(ui, state_.strokes)) close_sketch();
  send_order(ui);
  pump(ui, engine_);
  advance_time(ui);
  ease_points(ui);
  if (ui.phone) {
    draw_phone(ui, box);
  } else {
    draw_wide(ui, box);
  }
}

}  // namespace rivulet::ui
