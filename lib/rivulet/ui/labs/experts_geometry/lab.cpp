#include "rivulet/ui/labs/experts_geometry/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rivulet/ui/shell.h"

namespace rivulet::ui {

using models::ExpertRule;

std::string ExpertsGeometryLab::report() const {
  const experts_geometry::Vectors& vectors = engine_->vectors();
  const experts_geometry::Gap& gap = engine_->gap();
  std::string errors;
  for (const models::ExpertErrors& rule : vectors.errors) {
    std::vector<float> relative;
    for (size_t k = 0; k < rule.squared.size(); ++k) {
      relative.push_back(rule.relative(static_cast<int>(k)));
    }
    errors += fmt::format("{}[{:.5f}]", errors.empty() ? "" : ",", fmt::join(relative, ","));
  }
  return fmt::format(
      R"("vectors":{},"k":{},"missed":{:.5f},"errors":[{}],"norms":[{:.4f}],"sets":{},"error":{})",
      vectors.of.n, state_.kept(), missed(), errors, fmt::join(vectors.norms, ","), gap.sets,
      json_text(engine_->error()));
}

void ExpertsGeometryLab::another_set() {
  state_.seed = state_.seed % 50 + 1;
  state_.heads.clear();
}

void ExpertsGeometryLab::keep(int k) { state_.k = std::clamp(k, 1, state_.n); }

void ExpertsGeometryLab::follow_keys() {
  if (pressed(ImGuiKey_N)) another_set();
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
  const experts_geometry::Vectors& vectors = engine_->vectors();
  const auto n = static_cast<size_t>(vectors.of.n);
  const auto k = static_cast<size_t>(std::min(state_.k, vectors.of.n));
  std::vector<float> out(n, 0.0F);
  if (state_.rule == ExpertRule::random) {
    for (size_t place = 0; place < k; ++place) out[static_cast<size_t>(vectors.drawn[place])] = 1;
    return out;
  }
  const uint32_t kept = vectors.errors[static_cast<size_t>(state_.rule)].kept[k];
  const bool weighed = vectors.of.weighed && state_.rule == ExpertRule::router;
  for (size_t i = 0; i < n; ++i) {
    if ((kept >> i & 1U) == 0) continue;
    out[i] = weighed ? vectors.predicted[i] / std::max(vectors.norms[i], 1e-6F) : 1;
  }
  return out;
}

float ExpertsGeometryLab::missed() const {
  const experts_geometry::Vectors& vectors = engine_->vectors();
  if (vectors.of.n == 0) return 0;
  return vectors.errors[static_cast<size_t>(state_.rule)].relative(
      std::min(state_.k, vectors.of.n));
}

void ExpertsGeometryLab::ease_all(const Ui& ui) {
  constexpr float speed = 14;
  if (!arranged()) return;
  ease(seen_, engine_->vectors().seen, ui.dt, dragged_ >= 0 ? 60 : speed);
  ease(weights_, weights(), ui.dt, speed);
}

void ExpertsGeometryLab::update(Ui& ui) {
  engine_.ask({.arrangement = arrangement_of(state_)});
  engine_.pump(ui);
  ease_all(ui);
}

}  // namespace rivulet::ui
