// Walks in the plane: DDPM beside choices from a codebook, with the perfect denoiser of some
// points.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "rivulet/live/ddcm/engine.h"
#include "rivulet/models/ddcm.h"

namespace rivulet::live::ddcm {

/// Walks of the points of the plane, and then the curves over K.
class PlaneWork {
 public:
  void set(const PlaneWish& wish);
  [[nodiscard]] bool walked() const { return trace_.finished() || trace_.run == 0; }
  [[nodiscard]] bool done() const { return walked() && next_curve_ >= curve_count; }
  /// One step of both walks.
  void advance();
  /// One value of the curves.
  void advance_curves();
  [[nodiscard]] const PlaneRun& run() const { return trace_; }
  [[nodiscard]] const PlaneCurves& curves() const { return curves_; }

 private:
  static constexpr int curve_count = plane_choices * static_cast<int>(plane_sizes.size());
  [[nodiscard]] models::DdcmRun walk(PlaneChoice choice, int size) const;
  void step_ddpm(int step);
  [[nodiscard]] float distance(int step, std::span<const float> points) const;

  std::optional<PlaneWish> wish_;
  PlaneRun trace_;
  PlaneCurves curves_;
  int next_curve_ = curve_count;
  std::vector<float> cloud_;   // [m,2], of which the denoiser knows
  std::vector<float> goals_;   // [points,2], what is coded
  std::vector<float> others_;  // [points,2], what walks are measured against
  models::Denoise denoise_;
  std::vector<models::NoiseLevel> levels_;
  std::optional<models::DdcmRun> run_;
  std::optional<models::DdcmRun> curve_run_;
  double curve_sum_ = 0;
};

}  // namespace rivulet::live::ddcm
