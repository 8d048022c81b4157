// Drifting (arXiv 2602.04770): a one-step generator that follows a field which draws its samples to
// the data and pushes them away from one another. No teacher, no fake net, no time.
//
// V_p(x) = E_p[k (y - x)]/E_p k with k(x,y) = exp(-|x - y|/tau), V = V_data - V_generated. Where
// both distributions are one, V = 0; the converse is not guaranteed. A kernel that sees nothing
// within reach gives 0 as well: samples further than some tau from the data stay where they are.
#pragma once

#include <cstdint>
#include <span>

#include "rivulet/core/names.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/graph.h"

namespace rivulet::models {

enum class DriftForm : uint8_t {
  plain,   ///< as above
  shared,  ///< the released notebook's: A = k/sqrt(sum of its row * sum of its column), of all
           ///< points together; V_i = sum_data A y (sum_gen A) - sum_gen A x (sum_data A), from
           ///< which x_i itself drops out
};
inline constexpr Names<DriftForm, 2> drift_form_names{"form", {"plain", "shared"}};
[[nodiscard]] constexpr std::string_view name_of(DriftForm form) {
  return drift_form_names.of(form);
}

/// The two parts of V, [N,2] each.
struct Drift {
  Value attraction;  ///< towards the data
  Value repulsion;   ///< away from what is generated
};
/// At places [N,D], of points generated [G,D] and data [M,D]; tau [1,1]. `own`: the places are the
/// generated points, and none of them repels itself.
[[nodiscard]] Drift drift(DriftForm form, Value at, Value generated, Value data, Value tau,
                          bool own);

/// What the generator descends: mean |g - sg(g + V)|^2, whose value is that of |V|^2 and tells
/// nothing of how good the samples are. `repulsion`: a factor [1,1] of it.
[[nodiscard]] Value drift_loss(DriftForm form, Value generated, Value data, Value tau,
                               Value repulsion);

/// The field over the plane, compiled for so many places and points; one thread uses it.
class DriftMap {
 public:
  DriftMap(DriftForm form, int places, int generated, int data, const Device& device,
           const CompileOptions& options = {});

  /// Places, points generated and data, [..,2] each.
  void run(std::span<const float> at, std::span<const float> generated, std::span<const float> data,
           float tau);
  [[nodiscard]] std::span<const float> attraction() const { return program_.read("attraction"); }
  [[nodiscard]] std::span<const float> repulsion() const { return program_.read("repulsion"); }

 private:
  Program program_;
};

}  // namespace rivulet::models
