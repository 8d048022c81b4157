// Sums and maxima over axes: some threads a result, and in two steps where results are few.
#include <algorithm>

#include "rivulet/exec/gpu/draft.h"

namespace rivulet::exec::gpu {
namespace {

using Axes = plan::Reduce::Axes;

constexpr int threads = 256;
constexpr int64_t busy = 16384;        // threads that keep a card so
constexpr int64_t smallest_part = 64;  // that is worth a thread group's while

/// [outer, parts, inner] from [outer, reduced, inner], where part p has elements p length to
/// (p + 1) length - 1.
Call fold_parts(const FoldCall& call, int64_t parts, int64_t length) {
  const auto& [outer, reduced, inner] = call.axes;
  Draft draft(call.fold == plan::Fold::sum ? "sum" : "max", threads, call.subgroup);
  Builder& b = draft.builder();
  // Neighbouring threads read neighbouring numbers: of one result where rows are folded.
  const bool rows = inner < 8;
  const int lanes = power_of_two(rows ? length : (length + 7) / 8, rows ? threads : 16);
  const int columns = threads / lanes;
  const int64_t results = outer * parts * inner;
  const Val thread = b.lane();
  // Threads that fold together are neighbours in `shared`.
  const Val lane = rows ? thread % lanes : thread / columns;
  const Val column = rows ? thread / lanes : thread % columns;
  const Val wanted = b.group() * columns + column;
  const Val inside = less(wanted, results);
  const Val result = pick(inside, wanted, results - 1);

  const Val i = result % inner;
  const Val part = (result / inner) % parts;
  const Val begin = part * length;
  const Val base = (result / inner / parts) * (reduced * inner) + i;
  const Val end = parts * length == reduced
                      ? begin + length
                      : pick(less(begin + length, reduced), begin + length, b.integer(reduced));
  const int from = draft.operand(call.from);
  const Val total = b.variable(b.real(first_of(call.fold)));
  b.loop(begin + lane, end, lanes, [&](Val k) {
    b.set(total, fold_two(call.fold, b.get(total), b.load(from, base + k * inner)));
  });

  std::optional<Shared> shared;
  const Val folded =
      fold_lanes(b, shared, {lane, lanes, rows ? 1 : columns}, call.fold, b.get(total));
  b.when(both(inside, equal(lane, 0)), [&] {
    if (call.store) return call.store(draft, result, folded);
    b.store(draft.operand({call.to.node, call.to.offset, true}), result, folded);
  });
  return draft.finish((results + columns - 1) / columns);
}

}  // namespace

void append_fold(Lowered& lowered, const FoldCall& call, int64_t scratch_offset) {
  const auto& [outer, reduced, inner] = call.axes;
  const int64_t results = outer * inner;
  if (results == 0) return;
  const int64_t most_parts = std::min(reduced / smallest_part, busy / 4 / results);
  if (most_parts < 2 || reduced <= 4096 / std::min<int64_t>(inner, 4)) {
    lowered.calls.push_back(fold_parts(call, 1, reduced));
    return;
  }
  const int64_t length = (reduced + most_parts - 1) / most_parts;
  const int64_t parts = (reduced + length - 1) / length;
  FoldCall first = call;
  first.to = {.node = Operand::scratch, .offset = scratch_offset};
  first.store = {};
  lowered.calls.push_back(fold_parts(first, parts, length));
  FoldCall second = call;
  second.axes.reduced = parts;
  second.from = {.node = Operand::scratch, .offset = scratch_offset};
  lowered.calls.push_back(fold_parts(second, 1, parts));
  lowered.scratch = std::max(lowered.scratch, scratch_offset + outer * parts * inner);
}

/// Runs of neighbouring axes one after another; what is between them is scratch.
Lowered lower_reduce(const plan::Reduce& reduce, int subgroup) {
  Lowered lowered;
  FoldCall call{.subgroup = subgroup,
                .fold = reduce.op == Op::sum ? plan::Fold::sum : plan::Fold::max};
  std::vector<Axes> folds = reduce.folds;
  if (folds.empty()) folds.push_back({.outer = reduce.shape.numel()});  // all extents are 1
  Operand from{.node = reduce.x.node, .offset = reduce.x.offset};
  int64_t scratch = 0;
  for (size_t i = 0; i < folds.size(); ++i) {
    const bool last = i + 1 == folds.size();
    call.axes = folds[i];
    call.from = from;
    call.to =
        last ? Operand{.node = reduce.out} : Operand{.node = Operand::scratch, .offset = scratch};
    const int64_t results = folds[i].outer * folds[i].inner;
    if (!last) scratch += results;
    append_fold(lowered, call, scratch);
    lowered.scratch = std::max(lowered.scratch, scratch);
    from = call.to;
  }
  return lowered;
}

}  // namespace rivulet::exec::gpu
