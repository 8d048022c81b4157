#include "rivulet/ui/labs/tarflow2d/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr float seconds_a_block = 0.55F;
constexpr float seconds_of_rest = 1.2F;  // at either end

}  // namespace

Fields Tarflow2dLab::state() const {
  tarflow2d::State state = training_.settled(state_);
  if (state.flowing) state.after = 0;  // a moving place is not a setting
  return to_fields(state);
}

void Tarflow2dLab::restore(const Fields& fields) {
  const tarflow2d::State state = tarflow2d::read_state(fields);
  (void)target_of(state.target, state.strokes);
  training_.picker.close(state_.strokes);
  state_ = state;
}

std::string Tarflow2dLab::report() const {
  const tarflow2d::Progress& progress = engine_->progress();
  const tarflow2d::Held& held = engine_->held();
  const tarflow2d::HeldOut& unseen = engine_->held_out();
  const bool scored = !is_new(unseen.run, unseen.step);
  const bool placed = !is_new(held.run, held.step) && held.path.size() >= 4;
  const auto point = [](float x, float y) { return fmt::format("[{:.5f},{:.5f}]", x, y); };
  const tarflow2d::Density& density = engine_->density();
  return fmt::format(
      R"("run":{},"step":{},"playing":{},"steps_per_second":{:.1f},"target":"{}","nll":{:.5f},)"
      R"("held_out":{},"entropy":{},"mass":{:.5f},"drawing":{},"strokes":{},"after":{:.3f},)"
      R"("x":{},"z":{},"log_q":{:.5f},"error":{})",
      progress.run, progress.step, state_.playing, progress.steps_per_second,
      data::name_of(training_.ordered().target), progress.last_nll,
      scored ? fmt::format("{:.5f}", unseen.last) : "null",
      scored && unseen.entropy ? fmt::format("{:.5f}", *unseen.entropy) : "null",
      density.run == training_.run() ? density.mass : 0.0F, training_.picker.is_open(),
      state_.strokes.size(), state_.after, placed ? point(held.path[0], held.path[1]) : "null",
      placed ? point(held.path[held.path.size() - 2], held.path.back()) : "null", held.log_q,
      json_text(engine_->error()));
}

void Tarflow2dLab::choose_target(data::Shape2d shape) {
  if (shape == data::Shape2d::drawn) {
    open_sketch();
    return;
  }
  training_.picker.close(state_.strokes);
  state_.target = shape;
}

void Tarflow2dLab::open_sketch(bool by_keys) {
  training_.open_sketch(state_, by_keys);
  frame.sheet.open = false;
}

void Tarflow2dLab::follow_keys() {
  training_.follow_keys(state_, engine_->progress().step);
  if (pressed(ImGuiKey_D)) open_sketch(true);
  if (pressed(ImGuiKey_P)) state_.config.alternate = !state_.config.alternate;
  if (pressed(ImGuiKey_B)) state_.flowing = !state_.flowing;
  if (const auto block = digit_pressed(0, blocks() + 1)) {
    state_.flowing = false;
    state_.after = static_cast<float>(*block);
  }
}

/// What the engine needs to know.
tarflow2d::Order Tarflow2dLab::order() const {
  const tarflow2d::State& ordered = training_.ordered();
  return {.run = training_.run(),
          .config = ordered.config,
          .batch = ordered.batch,
          .learning_rate = state_.learning_rate,
          .ema_decay = state_.ema_decay,
          .seed = ordered.seed,
          .target = training_.target(),
          .playing = state_.playing,
          .allowance = training_.allowance(),
          .held = state_.held,
          .held_after = std::min(state_.held_after, blocks()),
          .cursor = cursor_on_ ? cursor_ : state_.held};
}

void Tarflow2dLab::hold(data::Point point, int after) {
  constexpr float reach = 2.98F;
  state_.held = {std::clamp(point.x, -reach, reach), std::clamp(point.y, -reach, reach)};
  state_.held_after = after;
}

/// From the data to the noise and back, with a rest at either end.
void Tarflow2dLab::move_through_blocks(const Ui& ui) {
  if (!state_.flowing) return;
  const auto last = static_cast<float>(blocks());
  const float way = last * seconds_a_block;
  flow_clock_ = std::fmod(flow_clock_ + ui.dt, 2 * (way + seconds_of_rest));
  const float half = way + seconds_of_rest;
  const bool back = flow_clock_ >= half;
  const float part =
      std::clamp((back ? flow_clock_ - half : flow_clock_) / std::max(way, 1e-3F), 0.0F, 1.0F);
  state_.after = last * (back ? 1 - part : part);
}

void Tarflow2dLab::ease_all(const Ui& ui) {
  constexpr float speed = 12;
  const tarflow2d::Cloud& cloud = engine_->cloud();
  if (!is_new(cloud.run, cloud.step)) {
    ease(data_, cloud.data, ui.dt, speed);
    ease(samples_, cloud.samples, ui.dt, speed);
    ease(grid_, cloud.grid, ui.dt, speed);
    ease(mu_, cloud.mu, ui.dt, speed);
    ease(scale_, cloud.scale, ui.dt, speed);
  }
  const tarflow2d::Held& held = engine_->held();
  if (!is_new(held.run, held.step)) ease(path_, held.path, ui.dt, 30);
  paint_density(ui);
}

/// The density as colour: from the card's to the accent's, in proportion to its square root.
void Tarflow2dLab::paint_density(const Ui& ui) {
  const tarflow2d::Density& density = engine_->density();
  if (is_new(density.run, density.step)) return;
  if (!density_picture_.shows(density.run, density.step)) {
    std::vector<float> sorted(density.log_q);
    // Not the highest but nearly: one sharp peak would leave all else pale.
    const auto nearly = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 99 / 100);
    std::nth_element(sorted.begin(), nearly, sorted.end());
    density_top_ = *nearly;
  }
  density_picture_.paint(ui, density.run, density.step, 0, [&](size_t i) {
    const float part = std::min(1.0F, std::exp(0.5F * (density.log_q[i] - density_top_)));
    return mixed(ui.theme->card, ui.theme->accent, part * 0.92F);
  });
}

std::vector<float> Tarflow2dLab::at_place(std::span<const float> states, float after) const {
  const size_t whole = states.size() / static_cast<size_t>(blocks() + 1);
  const auto k = std::min(static_cast<size_t>(after), static_cast<size_t>(blocks() - 1));
  const float part = after - static_cast<float>(k);
  std::vector<float> out(whole);
  for (size_t i = 0; i < whole; ++i) {
    const float a = states[k * whole + i];
    out[i] = a + (states[(k + 1) * whole + i] - a) * part;
  }
  return out;
}

void Tarflow2dLab::update(Ui& ui) {
  training_.follow_pen_keys(ui, state_);
  if (training_.begin(ui, state_)) {
    state_.after = std::min(state_.after, static_cast<float>(blocks()));
    state_.held_after = std::min(state_.held_after, blocks());
  }
  training_.ask(ui, engine_, order());
  cursor_on_ = false;
  engine_.pump(ui);
  move_through_blocks(ui);
  ease_all(ui);
}

}  // namespace rivulet::ui
