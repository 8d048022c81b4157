// What the instructions of fused groups do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivulet::exec::plan {

/// With one element of each operand: ops.def's pointwise ops, and what grouping adds to them.
enum class Kernel : uint8_t {
  copy,
#define RIVULET_POINTWISE(op, ...) op,
#include "rivulet/graph/ops.def"
  mul_add,  // a b + c: two roundings, as add(mul) has
  mul_sub,  // a b - c
  sub_mul,  // c - a b
};
inline constexpr int kernel_count = static_cast<int>(Kernel::sub_mul) + 1;

/// How many operands it has.
[[nodiscard]] constexpr int arity(Kernel kernel) {
  constexpr int operands[] = {1,
#define RIVULET_POINTWISE(op, inputs, ...) inputs,
#include "rivulet/graph/ops.def"
                              3, 3, 3};
  return operands[static_cast<size_t>(kernel)];
}

}  // namespace rivulet::exec::plan
