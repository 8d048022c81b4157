#include "rivulet/ui/labs/experts_balance/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

using experts_balance::Remedy;

// Seconds that the flow time takes on its way, and rests at its end.
constexpr float way_seconds = 5;
constexpr float rest_seconds = 1;
constexpr uint64_t noise_stream = 99;  // of random numbers

void add_color(std::vector<float>& values, ImU32 color) {
  for (const int shift : {IM_COL32_R_SHIFT, IM_COL32_G_SHIFT, IM_COL32_B_SHIFT}) {
    values.push_back(static_cast<float>((color >> shift) & 0xFF) / 127.5F - 1);
  }
}

}  // namespace

Fields ExpertsBalanceLab::state() const {
  experts_balance::State state = training_.settled(state_);
  if (flowing_.runs()) state.time = experts_balance::State().time;  // what moves is no setting
  return to_fields(state);
}

void ExpertsBalanceLab::restore(const Fields& fields) {
  const experts_balance::State state = experts_balance::read_state(fields);
  if (state.target == data::Shape2d::drawn) (void)data::Target2d::drawn(state.strokes);
  state_ = state;
  flowing_.hold();
  training_.picker.close(state_.strokes);
}

std::string ExpertsBalanceLab::report() const {
  const experts_balance::Progress& progress = engine_->progress();
  const experts_balance::Errors& errors = engine_->errors();
  std::string both;
  for (int side = 0; side < experts_balance::sides; ++side) {
    const experts_balance::Fate& of = progress.fates[static_cast<size_t>(side)];
    both += fmt::format(
        R"({}{{"violation":{:.4f},"load":[{:.4f}],"per_token":{:.3f},"moved":{:.5f},"error":{:.5f}}})",
        side > 0 ? "," : "", of.last_violation, fmt::join(of.last_load, ","), of.per_token,
        of.moved, errors.run == training_.run() ? errors.last[static_cast<size_t>(side)] : 0.0F);
  }
  std::string scores;
  for (const experts_balance::Score& score : scores_) {
    scores += fmt::format(R"({}{{"loss":{:.5f},"violation":{:.4f}}})", scores.empty() ? "" : ",",
                          score.loss, score.violation);
  }
  return fmt::format(
      R"("run":{},"step":{},"playing":{},"steps_per_second":{:.1f},"sides":[{}],"drawing":{},)"
      R"("strokes":{},"tokens":[{:.4f}],"choices":[{}],"scores":[{}],"error":{})",
      progress.run, progress.step, state_.playing, progress.steps_per_second, both,
      training_.picker.is_open(), state_.strokes.size(),
      fmt::join(dealt() ? engine_->hand().xy : std::vector<float>(), ","), fmt::join(choices_, ","),
      scores, json_text(engine_->error()));
}

void ExpertsBalanceLab::show(View view) {
  // Experts that go on learning would change under the visitor's hands.
  if (view == View::hand && state_.view != View::hand) state_.playing = false;
  state_.view = view;
}

void ExpertsBalanceLab::open_sketch(bool by_keys) {
  training_.open_sketch(state_, by_keys);
  show(View::experts);
  frame.sheet.open = false;
}

void ExpertsBalanceLab::follow_keys() {
  training_.follow_keys(state_, engine_->progress().step);
  if (pressed(ImGuiKey_D)) open_sketch(true);
  if (pressed(ImGuiKey_C)) {
    Remedy& right = state_.setup.remedies[1];
    right = static_cast<Remedy>((static_cast<int>(right) + 1) % experts_balance::remedy_count);
  }
  if (const auto i = digit_pressed(1, 3)) show(static_cast<View>(*i));
}

const experts_balance::Fate& ExpertsBalanceLab::fate(int side) const {
  static const experts_balance::Fate none;
  if (!begun()) return none;
  return engine_->progress().fates[static_cast<size_t>(side)];
}

/// The router gets no gradient, unless a loss of balance has one for it.
bool ExpertsBalanceLab::stands_still() const {
  return state_.setup.picked() == 1 && state_.setup.gate == nn::GateNorm::after;
}

/// What the engine needs to know.
experts_balance::Order ExpertsBalanceLab::order() const {
  experts_balance::Order order{.run = training_.run(),
                               .setup = training_.ordered().setup,
                               .target = training_.target(),
                               .playing = state_.playing,
                               .allowance = training_.allowance(),
                               .time = state_.time,
                               .hand = state_.view == View::hand,
                               .hand_side = state_.hand_side};
  order.setup.learning_rate = state_.setup.learning_rate;
  return order;
}

/// Each side's plane: by expert, or the darker the more experts.
void ExpertsBalanceLab::paint(const Ui& ui) {
  const bool lost = maps_.resize(experts_balance::sides, experts_balance::map_side, 3);
  for (int side = 0; side < experts_balance::sides; ++side) {
    const experts_balance::Map& map = engine_->map(side);
    if (map.run != training_.run() || map.step < 0) continue;
    const View view = state_.view == View::count ? View::count : View::experts;
    const Painted now{map.run, map.step, map.time, view, ui.theme};
    Painted& before = painted_[static_cast<size_t>(side)];
    if (before == now && !lost) continue;
    before = now;
    std::vector<float> values;
    values.reserve(map.expert.size() * 3);
    for (size_t i = 0; i < map.expert.size(); ++i) {
      if (view == View::count) {
        add_color(values, count_color(*ui.theme, map.count[i]));
      } else if (map.expert[i] < 0) {
        add_color(values, ui.theme->card);
      } else {
        add_color(values, mixed(ui.theme->card, category(*ui.theme, map.expert[i]),
                                ui.theme->dark ? 0.62F : 0.72F));
      }
    }
    maps_.set(side, values);
  }
  maps_.upload(ui);
}

/// New tokens start where the router puts them.
void ExpertsBalanceLab::follow_hand() {
  const experts_balance::Hand& hand = engine_->hand();
  if (hand.run != training_.run() || hand.step < 0) {
    choices_.clear();
    return;
  }
  const Dealt now{hand.run, hand.side, hand.time, hand.step};
  if (now == dealt_ && dealt()) return;
  dealt_ = now;
  choices_ = hand.router;
  even_ = best_even_choices(hand);
  scores_ = {score_of(hand, choices_), score_of(hand, hand.router), score_of(hand, even_),
             score_of(hand, best_choices(hand))};
  dragged_ = {};
}

void ExpertsBalanceLab::update(Ui& ui) {
  training_.follow_pen_keys(ui, state_);
  if (training_.begin(ui, state_)) {
    noise_.resize(training_.points().size());
    Rng(training_.ordered().setup.seed, noise_stream).normal(noise_);
  }
  training_.ask(ui, engine_, order());
  engine_.pump(ui);
  flowing_.advance(ui.dt, way_seconds, rest_seconds, state_.time);
  for (int side = 0; side < experts_balance::sides; ++side) {
    ease(bars_[static_cast<size_t>(side)], fate(side).last_load, ui.dt, 12);
  }
  paint(ui);
  follow_hand();
}

}  // namespace rivulet::ui
