// What a graph becomes before any device: stages, each the work of one kernel call.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rivulet/core/shape.h"
#include "rivulet/exec/plan/kernel.h"
#include "rivulet/exec/plan/view.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::plan {

/// A contiguous slice of a node's storage.
struct Run {
  int node;
  int64_t offset = 0;
  friend bool operator==(const Run&, const Run&) = default;
};

// Fused groups: straight-line programs over elements.

/// The kernel of a pointwise op.
[[nodiscard]] Kernel kernel_of(Op op);
[[nodiscard]] std::string_view name_of(Kernel kernel);

/// What an instruction reads.
struct Result {
  int instruction;  ///< of the same cluster
  friend bool operator==(const Result&, const Result&) = default;
};
struct Memory {
  int node;  ///< whose storage it is
  View view;
  friend bool operator==(const Memory&, const Memory&) = default;
};
using Operand = std::variant<float, Result, Memory>;

enum class Fold : uint8_t { none, sum, max };

struct Instruction {
  Kernel kernel = Kernel::copy;
  Fold fold = Fold::none;  ///< instead of the kernel: the operand's rows become one number each
  bool per_row = false;    ///< one number per row; what it reads is per row too, but for a fold
  int node;                ///< whose value it computes
  std::vector<Operand> operands = {};  ///< none: it has become part of another instruction
  bool stored = false;                 ///< someone outside of the cluster needs it
};

/// A fused group: nodes that are computed together, element by element, so that what only they use
/// is never stored. Some may be sums or maxima of rows, and what is computed of those for each row.
struct Cluster {
  int64_t numel;
  int64_t row = 0;  ///< elements of a row; 0: no instruction is per row
  std::vector<Instruction> code = {};
  int64_t flops = 0;
};

// Other stages.

/// What a stage makes of each number of its result on the way.
struct Epilogue {
  std::shared_ptr<const Cluster> group = {};  ///< reads them as elements of the result
  View place = {};     ///< of number i of the result among those of the group
  bool stored = true;  ///< somebody else needs the result itself
};

/// out[..,M,N] = a[..,M,K] b[..,K,N] + bias[N], operands transposed in memory where the flags say
/// so.
struct Product {
  Run a;
  Run b;
  std::optional<Run> bias = {};
  int out;
  int64_t batch = 1;
  int64_t m;
  int64_t k;
  int64_t n;
  bool transpose_a = false;
  bool transpose_b = false;
  /// `b` is a state that changes rarely: it may be packed once per change.
  bool static_b = false;
  Epilogue then = {};
};

/// Sum or maximum over axes of x, by `folds` in their order.
struct Reduce {
  /// x seen as [outer, reduced, inner].
  struct Axes {
    int64_t outer = 1;
    int64_t reduced = 1;
    int64_t inner = 1;
  };
  Op op;
  Run x;
  int out;
  Shape shape;              ///< of x
  std::vector<Axes> folds;  ///< innermost first, one for each run of neighbouring axes
};
[[nodiscard]] std::vector<Reduce::Axes> folds_of(const Shape& shape, std::span<const int64_t> axes);

/// Over the last axis.
struct Softmax {
  Run x;
  int out;
  Shape shape;
};

/// Inputs in the order of the op, result [B,H,M,D], and N.
struct Attend {
  std::array<Run, 6> inputs;
  int out;
  Shape shape;
  int64_t remembered;
};

/// Copies parts to their places in the result, over zeros if `clear`: concat and pad.
struct Copy {
  struct Part {
    int node;
    Layout from;
    Layout to;  ///< in the result
  };
  std::string what;
  std::vector<Part> parts;
  int out;
  Shape shape;
  bool clear;
};

struct Transpose {
  Run x;
  int out;
  Shape shape;  ///< of x
  std::vector<int64_t> permutation;
};

/// Rows of a table [rows,width] by index.
struct Gather {
  Run table;
  Run index;
  int out;
  Shape shape;  ///< of the result
  int64_t rows;
};

struct ScatterAdd {
  Run rows;
  Run index;
  int out;
  Shape shape;  ///< of the result
  int64_t count;
};

/// The places of each row's elements by falling value, NaN last.
struct Argsort {
  Run x;
  int out;
  Shape shape;
};

/// Rows of groups times their group's matrix, out[R,N] = rows[R,K] matrices[e] [K,N], transposed in
/// memory where the flag says so; `ends` [E] as the op grouped_matmul has it.
struct GroupedProduct {
  Run rows;
  Run matrices;
  Run ends;
  int out;
  int64_t groups;
  int64_t m;
  int64_t k;
  int64_t n;
  bool transpose_b = false;
  /// As of a Product.
  bool static_b = false;
  Epilogue then = {};
};

/// out[e] [M,N] = the sum over the rows of group e of a[R,M]' b[R,N].
struct GroupedOuter {
  Run a;
  Run b;
  Run ends;
  int out;
  int64_t groups;
  int64_t rows;
  int64_t m;
  int64_t n;
};

/// x with a part in the place of its elements from `at` on along an axis.
struct SliceUpdate {
  Run x;
  Copy::Part part;  ///< goes to its place for `at` = 0
  Run at;
  int out;  ///< x's own node where it is changed where it lies
  Shape shape;
  int axis;
};

/// Nothing to do: `out` is the memory of another node under another shape.
struct Alias {
  int of;
  int out;
};

/// A node by its reference kernel, on the host.
struct Reference {
  int out;
  std::vector<Run> inputs;
};

using Work =
    std::variant<Cluster, Product, Reduce, Softmax, Attend, Copy, Transpose, Gather, ScatterAdd,
                 Argsort, GroupedProduct, GroupedOuter, SliceUpdate, Alias, Reference>;

/// That of work which may have one; null otherwise.
[[nodiscard]] const Epilogue* epilogue_of(const Work& work);

/// Work, and what memory planning and profiles want to know of it.
struct Stage {
  Work work;
  std::string label = {};        ///< "matmul (512,128) x (128,128)", "fused 7 ops x 4096, ..."
  std::vector<int> reads = {};   ///< nodes whose stored values it needs
  std::vector<int> writes = {};  ///< nodes that it stores
  int64_t flops = 0;
  /// Pairs (read, write) that may share one buffer, because element i of the write depends on
  /// nothing of the read but element i and is written after it.
  std::vector<std::pair<int, int>> in_place = {};
};

[[nodiscard]] Stage stage_of(const Graph& graph, Work work);

/// A line, and one for each instruction of a fused group, where '*' marks what is stored.
[[nodiscard]] std::string to_text(const Stage& stage);
[[nodiscard]] std::string to_text(const Run& run);

}  // namespace rivulet::exec::plan
