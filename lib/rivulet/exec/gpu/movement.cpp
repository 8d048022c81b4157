// Copies, rows by index, and parts that are written over.
#include "rivulet/exec/gpu/draft.h"

namespace rivulet::exec::gpu {
namespace {

using plan::Layout;

constexpr size_t parts_at_once = 8;

/// Element i of one layout to element i of another.
void copy_element(Draft& draft, const Layout& from, int node, const Layout& to, int out, Val i) {
  Builder& b = draft.builder();
  const int source = draft.operand({.node = node, .offset = from.offset});
  const Val x = b.load(source, place_in(plan::view_of(from), i));
  b.store(draft.writes(out), place_in(plan::view_of(to), i) + to.offset, x);
}

Call fill_zeros(int out, int64_t count) {
  Draft draft("zeros");
  const int to = draft.writes(out);
  return each_element(draft, count,
                      [&](Val i) { draft.builder().store(to, i, draft.builder().real(0)); });
}

/// A thread for each element of all parts, which lie one after another.
Call copy_parts(const plan::Copy& copy, size_t begin, size_t end) {
  int64_t count = 0;
  for (size_t p = begin; p < end; ++p) count += copy.parts[p].to.shape.numel();
  Draft draft("copy");
  Builder& b = draft.builder();
  return each_element(draft, count, [&](Val i) {
    int64_t first = 0;
    for (size_t p = begin; p < end; ++p) {
      const plan::Copy::Part& part = copy.parts[p];
      const int64_t next = first + part.to.shape.numel();
      b.when(both(at_most(first, i), less(i, next)),
             [&] { copy_element(draft, part.from, part.node, part.to, copy.out, i - first); });
      first = next;
    }
  });
}

/// Element i of the part goes where it would for `at` = 0, moved by `at`; or nowhere.
Call write_part(const plan::SliceUpdate& update) {
  const Layout& from = update.part.from;
  const Layout& to = update.part.to;
  const auto axis = static_cast<size_t>(update.axis);
  int64_t inner = 1;
  for (int i = update.axis + 1; i < to.shape.rank(); ++i) inner *= to.shape[i];
  Draft draft("slice_update");
  Builder& b = draft.builder();
  return each_element(draft, to.shape.numel(), [&](Val i) {
    const Val step = i / inner % to.shape[update.axis];
    const Val place = b.load(draft.reads(update.at), b.integer(0)) + to_real(step);
    const auto extent = static_cast<float>(update.shape[update.axis]);
    b.when(both(at_most(0.0F, place), less(place, extent)), [&] {
      const int source = draft.operand({.node = update.part.node, .offset = from.offset});
      const Val x = b.load(source, place_in(plan::view_of(from), i));
      const Val base = place_in(plan::view_of(to), i) + to.offset;
      b.store(draft.writes(update.out), base + (to_integer(place) - step) * to.stride[axis], x);
    });
  });
}

Call copy_run(const plan::Run& run, int out, int64_t count) {
  Draft draft("copy");
  Builder& b = draft.builder();
  const int from = draft.reads(run);
  const int to = draft.writes(out);
  return each_element(draft, count, [&](Val i) { b.store(to, i, b.load(from, i)); });
}

}  // namespace

Lowered lower_copy(const plan::Copy& copy) {
  Lowered lowered;
  if (copy.clear) lowered.calls.push_back(fill_zeros(copy.out, copy.shape.numel()));
  for (size_t begin = 0; begin < copy.parts.size(); begin += parts_at_once) {
    const size_t end = std::min(begin + parts_at_once, copy.parts.size());
    lowered.calls.push_back(copy_parts(copy, begin, end));
  }
  return lowered;
}

Lowered lower_transpose(const plan::Transpose& transpose) {
  Layout from =
      plan::transpose_layout(plan::contiguous_layout(transpose.shape), transpose.permutation);
  from.offset = transpose.x.offset;
  const Layout to = plan::contiguous_layout(from.shape);
  Draft draft("transpose");
  return {.calls = {each_element(draft, from.shape.numel(), [&](Val i) {
            copy_element(draft, from, transpose.x.node, to, transpose.out, i);
          })}};
}

Lowered lower_gather(const plan::Gather& gather) {
  const int64_t width = gather.shape[1];
  Draft draft("gather");
  Builder& b = draft.builder();
  const int table = draft.reads(gather.table);
  const int index = draft.reads(gather.index);
  const int out = draft.writes(gather.out);
  return {.calls = {each_element(draft, gather.shape.numel(), [&](Val i) {
            const Val wanted = b.load(index, i / width);
            const Val there =
                both(at_most(0.0F, wanted), less(wanted, static_cast<float>(gather.rows)));
            const Val row = to_integer(pick(there, wanted, 0.0F));
            const Val found = b.variable(b.real(0));
            b.when(there, [&] { b.set(found, b.load(table, row * width + i % width)); });
            b.store(out, i, b.get(found));
          })}};
}

/// Without atomic sums, whose order is nobody's: first a chain of all rows that go to one place, in
/// their order, then sums along the chains.
Lowered lower_scatter_add(const plan::ScatterAdd& scatter) {
  const int64_t rows = scatter.shape[0];
  const int64_t width = scatter.shape[1];
  const int64_t count = scatter.count;
  if (rows * width == 0) return {};
  const Operand links{.node = Operand::scratch, .written = true};  // rows' first, then next ones
  Draft chain("scatter_add chains");
  Lowered lowered{.scratch = rows + count};
  lowered.calls.push_back(each_element(chain, rows + count, [&](Val t) {
    Builder& b = chain.builder();
    const int index = chain.reads(scatter.index);
    const Val is_row = less(t, rows);
    const Val place = b.variable(to_real(t));
    b.when(opposite(is_row), [&] { b.set(place, floor(b.load(index, t - rows))); });
    const Val next = b.variable(b.integer(count));
    b.loop(pick(is_row, b.integer(0), t - rows + 1), b.integer(count), 1, [&](Val m) {
      b.when(equal(floor(b.load(index, m)), b.get(place)), [&] { b.set(next, m); });
      b.leave(less(b.get(next), count));
    });
    b.store(chain.operand(links), t, to_real(b.get(next)));
  }));
  Draft sums("scatter_add");
  lowered.calls.push_back(each_element(sums, rows * width, [&](Val i) {
    Builder& b = sums.builder();
    const int from = sums.reads(scatter.rows);
    const int chains = sums.operand({.node = Operand::scratch});
    const Val total = b.variable(b.real(0));
    const Val at = b.variable(to_integer(b.load(chains, i / width)));
    b.loop(b.integer(0), b.integer(count), 1, [&](Val /*step*/) {
      const Val m = b.get(at);
      b.leave(at_most(b.integer(count), m));
      b.set(total, b.get(total) + b.load(from, m * width + i % width));
      b.set(at, to_integer(b.load(chains, m + rows)));
    });
    b.store(sums.writes(scatter.out), i, b.get(total));
  }));
  return lowered;
}

Lowered lower_slice_update(const plan::SliceUpdate& update) {
  Lowered lowered = lower_patch(update);
  lowered.calls.insert(lowered.calls.begin(), copy_run(update.x, update.out, update.shape.numel()));
  return lowered;
}

Lowered lower_patch(const plan::SliceUpdate& patch) { return {.calls = {write_part(patch)}}; }

}  // namespace rivulet::exec::gpu
