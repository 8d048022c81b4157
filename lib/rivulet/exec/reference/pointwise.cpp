#include <cmath>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

template <size_t inputs, class Formula>
void map(const Call& c, Formula formula) {
  const int64_t n = c.node.shape.numel();
  for (int64_t i = 0; i < n; ++i) {
    double x[3] = {};
    for (size_t k = 0; k < inputs; ++k) x[k] = double{c.inputs[k][i]};
    c.out[i] = static_cast<float>(formula(x[0], x[1], x[2]));
  }
}

}  // namespace

// Of ops.def's formulas, in double precision.
#define RIVULET_POINTWISE(op, inputs, derivative, onnx, ...)                      \
  void op(const Call& c) {                                                        \
    map<inputs>(c,                                                                \
                []([[maybe_unused]] double x, [[maybe_unused]] double y,          \
                   [[maybe_unused]] double z) -> double { return __VA_ARGS__; }); \
  }
#include "rivulet/graph/ops.def"

}  // namespace rivulet::exec::reference
