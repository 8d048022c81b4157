#include "rivulet/exec/gpu/lower.h"

#include <array>
#include <limits>
#include <variant>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/math.h"
#include "rivulet/exec/plan/groups.h"

namespace rivulet::exec::gpu {
namespace {

constexpr size_t longest_epilogue = 16;  // instructions

struct Lowering {
  Abilities abilities;

  Lowered operator()(const plan::Cluster& work) const {
    return lower_cluster(work, abilities.subgroup);
  }
  Lowered operator()(const plan::Product& work) const { return lower_product(work, abilities); }
  Lowered operator()(const plan::Reduce& work) const {
    return lower_reduce(work, abilities.subgroup);
  }
  Lowered operator()(const plan::Softmax& /*work*/) const {
    fail("gpu", "a softmax was not composed of others");  // see limits
  }
  Lowered operator()(const plan::Attend& work) const {
    return lower_attend(work, abilities.subgroup);
  }
  Lowered operator()(const plan::Copy& work) const { return lower_copy(work); }
  Lowered operator()(const plan::Transpose& work) const { return lower_transpose(work); }
  Lowered operator()(const plan::Gather& work) const { return lower_gather(work); }
  Lowered operator()(const plan::ScatterAdd& work) const { return lower_scatter_add(work); }
  Lowered operator()(const plan::Argsort& work) const { return lower_argsort(work); }
  Lowered operator()(const plan::GroupedProduct& work) const { return lower_grouped_product(work); }
  Lowered operator()(const plan::GroupedOuter& work) const { return lower_grouped_outer(work); }
  Lowered operator()(const plan::SliceUpdate& work) const { return lower_slice_update(work); }
  Lowered operator()(const plan::Alias& /*work*/) const { return {}; }
  Lowered operator()(const plan::Reference& /*work*/) const { return {}; }
};

}  // namespace

int Draft::operand(const Operand& wanted) {
  for (size_t i = 0; i < operands_.size(); ++i) {
    Operand& known = operands_[i];
    if (known.node != wanted.node || known.offset != wanted.offset) continue;
    known.written = known.written || wanted.written;
    return static_cast<int>(i);
  }
  operands_.push_back(wanted);
  return builder_.operand();
}

Val place_in(const plan::View& view, Val i) {
  Builder& b = *i.builder;
  Val place = b.integer(0);
  Val rest = i;
  for (int axis = view.rank - 1; axis >= 0; --axis) {
    const auto& [extent, stride] = view.axes[static_cast<size_t>(axis)];
    if (stride != 0) place = place + (axis == 0 ? rest : rest % extent) * stride;
    if (axis > 0) rest = rest / extent;
  }
  return place;
}

Val fold_two(plan::Fold fold, Val a, Val b) {
  return fold == plan::Fold::sum ? a + b : pick(less(a, b), b, a);
}

float first_of(plan::Fold fold) {
  return fold == plan::Fold::sum ? 0.0F : -std::numeric_limits<float>::infinity();
}

Val fold_lanes(Builder& b, std::optional<Shared>& array, const Lanes& lanes, plan::Fold fold,
               Val mine) {
  if (lanes.count == 1) return mine;
  const int shuffled = lanes.step == 1 ? std::min(b.subgroup_size(), lanes.count) : 1;
  const bool shares = lanes.count > shuffled;
  const Val thread = b.lane();
  Val folded = mine;
  if (shares) {
    if (!array) array = b.share(b.threads());
    b.store(*array, thread, mine);
    b.barrier();
    for (int distance = lanes.count / 2; distance >= shuffled; distance /= 2) {
      b.when(less(lanes.number, distance), [&] {
        const Val other = b.load(*array, thread + distance * lanes.step);
        b.store(*array, thread, fold_two(fold, b.load(*array, thread), other));
      });
      b.barrier();
    }
    if (shuffled > 1) folded = b.load(*array, thread);
  }
  // What the first of them gets is right; the others' is not used.
  const Val number = thread % b.subgroup_size();
  for (int distance = shuffled / 2; distance > 0; distance /= 2) {
    folded = fold_two(fold, folded, b.shuffle(folded, number + distance));
  }
  if (!shares) return b.shuffle(folded, number - lanes.number);
  if (shuffled > 1) {
    b.when(equal(lanes.number, 0), [&] { b.store(*array, thread, folded); });
    b.barrier();
  }
  const Val result = b.load(*array, thread - lanes.number * lanes.step);
  b.barrier();  // before the array is used again
  return result;
}

namespace {

/// A thread writes the group's code for each of its numbers.
bool takes_group(const plan::Work& /*work*/, const plan::Cluster& group) {
  return group.code.size() <= longest_epilogue;
}

bool has_formula(Op op) {
  Builder b("probe");
  const std::array<Val, 3> operands{b.real(0), b.real(0), b.real(0)};
  return evaluate(plan::kernel_of(op), operands).builder != nullptr;
}

}  // namespace

// Softmax is composed of row folds, which fused groups do.
plan::Limits limits() {
  plan::Limits limits{.longest_row = 1024,
                      .strided_columns = true,
                      .takes_bias = [](const plan::Product&) { return true; },
                      .epilogues = plan::fuse_epilogues,
                      .takes_group = takes_group,
                      .rest = 24};
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    limits.kernels[static_cast<size_t>(i)] = is_pointwise(op) ? has_formula(op) : op != Op::softmax;
  }
  return limits;
}

Lowered lower(const plan::Work& work, const Abilities& abilities) {
  return std::visit(Lowering{abilities}, work);
}

}  // namespace rivulet::exec::gpu
