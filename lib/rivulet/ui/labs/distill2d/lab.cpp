#include "rivulet/ui/labs/distill2d/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr float far_away = 4 * data::plane_radius;
constexpr float sight = 1.2F * data::plane_radius;
constexpr float narrow_part = 0.25F;  // of the data's spread: what counts as collapsed

}  // namespace

std::vector<float> in_sight(std::span<const float> xy) {
  std::vector<float> out;
  out.reserve(xy.size());
  for (size_t i = 0; i + 1 < xy.size(); i += 2) {
    if (std::abs(xy[i]) < sight && std::abs(xy[i + 1]) < sight) {
      out.push_back(xy[i]);
      out.push_back(xy[i + 1]);
    }
  }
  return out;
}

bool out_of_sight(std::span<const float> xy) { return in_sight(xy).size() * 10 < xy.size(); }

Fields Distill2dLab::state() const { return to_fields(training_.settled(state_)); }

void Distill2dLab::restore(const Fields& fields) {
  const distill2d::State state = distill2d::read_state(fields);
  if (state.target == data::Shape2d::drawn) (void)data::Target2d::drawn(state.strokes);
  state_ = state;
  training_.picker.close(state_.strokes);
}

std::string Distill2dLab::report() const {
  const distill2d::Progress& progress = engine_->progress();
  const distill2d::Scores& scores = engine_->scores();
  std::string both;
  for (int side = 0; side < distill2d::sides; ++side) {
    const auto i = static_cast<size_t>(side);
    const bool scored = scores.run == training_.run();
    constexpr std::array fates = {"fine", "collapsed", "away"};
    both += fmt::format(
        R"({}{{"way":"{}","drifts":{},"l1":{:.5g},"distance":{:.5g},"spread":{:.5g},"ratio":{:.5g},)"
        R"("shown":{},"terms":[{:.5g}],"fate":"{}"}})",
        side > 0 ? "," : "", distill2d::name_of(way(side)), drifts(side), progress.of[i].last_l1,
        scored ? scores.of[i].last_distance : 0.0F, panel(side).spread, ratio(side),
        panel(side).step, fmt::join(panel(side).terms.values(), ","),
        fates[static_cast<size_t>(fate(side))]);
  }
  return fmt::format(
      R"("run":{},"step":{},"playing":{},"steps_per_second":{:.1f},"sides":[{}],"level":{:.3f},)"
      R"("drawing":{},"strokes":{},"error":{})",
      progress.run, progress.run == training_.run() ? progress.step : 0, state_.playing,
      progress.steps_per_second, both, state_.level, training_.picker.is_open(),
      state_.strokes.size(), json_text(engine_->error()));
}

bool Distill2dLab::take_file(const io::Bytes& file) {
  const bool taken = training_.take_points(frame, state_, file);
  if (taken) state_.setup.gaussian = false;
  return taken;
}

void Distill2dLab::open_sketch(bool by_keys) {
  state_.setup.gaussian = false;
  training_.open_sketch(state_, by_keys);
  if (state_.view == View::why) state_.view = View::samples;
  frame.sheet.open = false;
}

void Distill2dLab::follow_keys() {
  training_.follow_keys(state_, engine_->progress().step);
  if (pressed(ImGuiKey_D)) open_sketch(true);
  if (pressed(ImGuiKey_C)) state_.setup.drifting = !state_.setup.drifting;
  const int turn =
      (pressed(ImGuiKey_RightBracket) ? 1 : 0) - (pressed(ImGuiKey_LeftBracket) ? 1 : 0);
  if (turn != 0 && !state_.setup.drifting) {
    Way& right = state_.setup.ways[1];
    right =
        static_cast<Way>(std::clamp(static_cast<int>(right) + turn, 0, distill2d::way_count - 1));
  }
  if (const auto i = digit_pressed(1, distill2d::view_count)) state_.view = static_cast<View>(*i);
}

/// Nothing where that is of another run.
const distill2d::Panel& Distill2dLab::panel(int side) const {
  static const distill2d::Panel none;
  const distill2d::Panel& newest = engine_->panel(side);
  return newest.run == training_.run() ? newest : none;
}

float Distill2dLab::data_spread() const {
  const distill2d::Data& data = engine_->data();
  return data.run == training_.run() ? data.spread : 1;
}

float Distill2dLab::ratio(int side) const {
  return distill2d::variance_ratio(panel(side).spread, data_spread(), state_.level);
}

Distill2dLab::Fate Distill2dLab::fate(int side) const {
  if (!begun(side)) return Fate::fine;
  const float spread = panel(side).spread;
  const bool stopped = engine_->progress().of[static_cast<size_t>(side)].stopped;
  if (!stopped && spread < narrow_part * data_spread() && panel(side).step > 100) {
    return Fate::collapsed;  // wherever that is
  }
  const bool gone = stopped || !(spread < far_away) || out_of_sight(panel(side).samples);
  return gone ? Fate::away : Fate::fine;
}

std::string Distill2dLab::name_of(int side) const {
  if (drifts(side)) return words().drifting_caption;
  const std::string name = distill2d::shown_name(way(side), words());
  const bool family = distill2d::loss_of(way(side)) == models::DistillLoss::family;
  return family ? "λ = " + name : name;
}

/// What the engine needs to know.
distill2d::Order Distill2dLab::order() const {
  distill2d::Order order{.run = training_.run(),
                         .setup = training_.ordered().setup,
                         .target = training_.target(),
                         .playing = state_.playing,
                         .allowance = training_.allowance(),
                         .level = state_.level};
  order.setup.learning_rate = state_.setup.learning_rate;
  order.setup.fake_learning_rate = state_.setup.fake_learning_rate;
  order.setup.tau = state_.setup.tau;
  order.setup.repulsion = state_.setup.repulsion;
  return order;
}

void Distill2dLab::update(Ui& ui) {
  training_.follow_pen_keys(ui, state_);
  (void)training_.begin(ui, state_);
  training_.ask(ui, engine_, order());
  engine_.pump(ui);
}

}  // namespace rivulet::ui
