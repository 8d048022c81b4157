// Kernels as small typed programs, before any shading language: what a group of threads does.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rivulet::exec::gpu {

enum class Type : uint8_t {
  none,
  real,
  integer,
  boolean,
  left,     ///< the left factor of a product of small matrices, which a subgroup holds together
  right,    ///< the right one
  product,  ///< their product, and sums of such
};

enum class Code : uint8_t {
  // What is given.
  real,      ///< the float whose bits are `number`
  integer,   ///< `number`
  group,     ///< of this thread, 0..groups-1
  lane,      ///< this thread in its group, 0..threads-1
  subgroup,  ///< of this thread, 0.. in its group

  // Memory: `number` says which operand, or which array that the group shares.
  load,          ///< [a]
  store,         ///< [a] = b
  load_shared,   ///< [a]
  store_shared,  ///< [a] = b

  // Variables, which change.
  variable,  ///< begins as a
  get,       ///< of variable a
  set,       ///< variable a = b

  // Arithmetic of integers and reals; division of integers rounds to zero.
  add,
  sub,
  mul,
  div,
  rem,
  fma,  ///< a b + c, rounded once where the card can
  floor,
  sqrt,
  abs,
  sin,  ///< the card's own
  cos,

  // Comparisons; all are false for NaN.
  less,
  at_most,
  equal,
  both,
  either,
  opposite,
  select,  ///< a ? b : c

  // Conversions and bits.
  to_integer,
  to_real,
  bits_of,
  real_of,
  shift_left,   ///< by `number`
  shift_right,  ///< the sign moves in
  bit_and,
  bit_xor,

  shuffle,  ///< a of thread b of this one's subgroup, all of whose threads come here

  // Small matrices, by all threads of a subgroup; shared array `number` has them row by row, from a
  // on, rows b apart.
  load_left,      ///< [m,k] of halves
  load_right,     ///< [k,n] of halves
  multiply,       ///< variable a = a + b c
  store_product,  ///< of variable c: [m,n] of floats

  // Structure.
  loop,  ///< the value goes from a to below b in steps of `number`
  when,
  end,      ///< of loop or when
  leave,    ///< the innermost loop, if a
  barrier,  ///< of the group: what was shared before is seen after
};

/// One line is one value, or none. Its operands are lines before it.
struct Line {
  Code code;
  Type type = Type::none;
  std::array<int, 3> args = {-1, -1, -1};
  int32_t number = 0;
  friend auto operator<=>(const Line&, const Line&) = default;
};

/// What a card multiplies at once: [m,k] [k,n] of halves, the sums are floats, by the threads of a
/// subgroup. None where m is 0.
struct MatrixUnit {
  int m = 0;
  int n = 0;
  int k = 0;
  friend auto operator<=>(const MatrixUnit&, const MatrixUnit&) = default;
};

/// An array that a group shares. Halves are rounded to nearest, ties to even, as they are stored.
struct SharedArray {
  int size;
  bool halves = false;
  friend auto operator<=>(const SharedArray&, const SharedArray&) = default;
};

/// What all threads of all groups do. Operands are runs of floats, each in one block of the
/// device's memory; where they begin there is given with each call. So a kernel serves all stages
/// of one form.
struct Kernel {
  std::string name;
  int threads = 256;
  int64_t groups = 1;
  int operands = 0;
  std::vector<SharedArray> shared = {};
  int subgroup = 0;      ///< threads of one, if that matters
  MatrixUnit unit = {};  ///< if it multiplies small matrices
  std::vector<Line> lines = {};
  friend auto operator<=>(const Kernel&, const Kernel&) = default;
};

/// Groups along the first axis of a dispatch; the rest goes along the second.
inline constexpr int64_t most_groups = 65535;
[[nodiscard]] std::array<uint32_t, 2> grid(const Kernel& kernel);

// Renderers. `blocks`: the block of memory of each operand. Binding 0 is where operands begin,
// four to a vector; binding 1 + i is block i.

/// What a card can be held to: that it keeps numbers below the normal range, and infinities, NaN
/// and the sign of zero.
struct FloatControls {
  bool denormals = false;
  bool specials = false;
};
/// For Vulkan 1.2.
[[nodiscard]] std::vector<uint32_t> spirv(const Kernel& kernel, std::span<const int> blocks,
                                          const FloatControls& controls = {});
/// For WebGPU, and for people. Kernels to which subgroups matter have no such form.
[[nodiscard]] std::string wgsl(const Kernel& kernel, std::span<const int> blocks);

}  // namespace rivulet::exec::gpu
