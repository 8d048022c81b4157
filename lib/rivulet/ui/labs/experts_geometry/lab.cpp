#include "rivulet/ui/labs/experts_geometry/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {

using experts_geometry::View;
using models::ExpertRule;

void ExpertsGeometryLab::restore(const Fields& fields) {
  const experts_geometry::State state = experts_geometry::read_state(fields);
  (void)target_of(state.target, state.strokes);
  training_.picker.close(state_.strokes);
  state_ = state;
}

std::string ExpertsGeometryLab::report() const {
  const experts_geometry::Progress& progress = engine_->progress();
  const experts_geometry::Ranking& ranking = engine_->ranking();
  std::string curves;
  for (const models::ExpertErrors& rule : errors()) {
    std::vector<float> relative;
    relative.reserve(rule.squared.size());
    for (size_t k = 0; k < rule.squared.size(); ++k) {
      relative.push_back(rule.relative(static_cast<int>(k)));
    }
    curves += fmt::format("{}[{:.5f}]", curves.empty() ? "" : ",", fmt::join(relative, ","));
  }
  const bool ranked = !is_new(ranking);
  return fmt::format(
      R"("run":{},"step":{},"playing":{},"steps_per_second":{:.1f},"layer":{:.5f},"router":{:.5f},)"
      R"("correlation":{},"n":{},"k":{},"errors":[{}],"norms":[{:.4f}],"seen":[{:.4f}],"heads":{},"sets":{},)"
      R"("target":"{}","drawing":{},"error":{})",
      progress.run, progress.step, state_.playing, progress.steps_per_second, progress.layer,
      progress.router, ranked ? fmt::format("{:.5f}", ranking.last) : "null", vectors().of.n,
      state_.kept(), curves, fmt::join(vectors().norms, ","), fmt::join(vectors().seen, ","),
      state_.heads.size(), engine_->gap().sets, data::name_of(training_.ordered().target),
      training_.picker.is_open(), json_text(engine_->error()));
}

void ExpertsGeometryLab::another_set() {
  state_.seed = state_.seed % 50 + 1;
  state_.heads.clear();
}

void ExpertsGeometryLab::keep(int k) { state_.k = std::clamp(k, 1, state_.n); }

void ExpertsGeometryLab::choose_target(data::Shape2d shape) {
  if (shape == data::Shape2d::drawn) {
    open_sketch();
    return;
  }
  training_.picker.close(state_.strokes);
  state_.target = shape;
}

void ExpertsGeometryLab::open_sketch(bool by_keys) {
  training_.open_sketch(state_, by_keys);
  frame.sheet.open = false;
}

void ExpertsGeometryLab::hold(data::Point point) {
  constexpr float reach = 2.98F;
  state_.held = {std::clamp(point.x, -reach, reach), std::clamp(point.y, -reach, reach)};
}

void ExpertsGeometryLab::follow_keys() {
  if (pressed(ImGuiKey_V)) state_.view = learns() ? View::vectors : View::layer;
  if (learns()) {
    training_.follow_keys(state_, engine_->progress().step);
    if (pressed(ImGuiKey_D)) open_sketch(true);
  } else if (pressed(ImGuiKey_N)) {
    another_set();
  }
  if (pressed(ImGuiKey_H)) chosen_ = (chosen_ + 1) % state_.n;
  if (pressed(ImGuiKey_C)) {
    state_.rule =
        static_cast<ExpertRule>((static_cast<int>(state_.rule) + 1) % models::expert_rule_count);
  }
  if (const auto digit = digit_pressed(1, 9)) keep(*digit + 1);
  if (!ImGui::GetIO().KeyShift) {
    if (const int step = arrow_pressed()) keep(state_.kept() + step);
  }
}

std::vector<float> ExpertsGeometryLab::weights() const {
  const experts_geometry::Vectors& set = vectors();
  const auto n = static_cast<size_t>(set.of.n);
  const auto k = static_cast<size_t>(std::min(state_.k, set.of.n));
  std::vector<float> out(n, 0.0F);
  if (state_.rule == ExpertRule::random) {
    for (size_t place = 0; place < k; ++place) out[static_cast<size_t>(set.drawn[place])] = 1;
    return out;
  }
  const uint32_t kept = set.errors[static_cast<size_t>(state_.rule)].kept[k];
  const bool weighed = set.of.weighed && state_.rule == ExpertRule::router;
  for (size_t i = 0; i < n; ++i) {
    if ((kept >> i & 1U) == 0) continue;
    out[i] = weighed ? set.predicted[i] / std::max(set.norms[i], 1e-6F) : 1;
  }
  return out;
}

void ExpertsGeometryLab::ease_all(const Ui& ui) {
  const float speed = learns() ? 30 : 14;
  if (!arranged()) return;
  ease(seen_, vectors().seen, ui.dt, dragged_ >= 0 ? 60 : speed);
  ease(weights_, weights(), ui.dt, speed);
}

/// What the engine needs to know.
experts_geometry::Order ExpertsGeometryLab::order() const {
  const experts_geometry::State& ordered = training_.ordered();
  return {.arrangement = arrangement_of(state_),
          .run = training_.run(),
          .layer = ordered.layer(),
          .blur = ordered.blur,
          .learning_rate = state_.learning_rate,
          .seed = ordered.seed,
          .target = training_.target(),
          .playing = state_.playing && learns(),
          .allowance = training_.allowance(),
          .held = state_.held,
          .weighed = state_.weighed};
}

/// A layer is made when it is first looked at.
void ExpertsGeometryLab::update(Ui& ui) {
  if (learns()) {
    training_.follow_pen_keys(ui, state_);
    (void)training_.begin(ui, state_);
  }
  training_.ask(ui, engine_, order());
  engine_.pump(ui);
  ease_all(ui);
  if (learns()) paint_regions(ui);
}

}  // namespace rivulet::ui
