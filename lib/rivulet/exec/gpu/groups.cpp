// What mixtures of experts need: sorting, and products of rows in groups.
#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/math.h"

namespace rivulet::exec::gpu {
namespace {

/// The first row past a group, among `rows`; of group -1 it is 0.
Val end_of(Builder& b, int ends, Val group, int64_t rows) {
  const Val first = less(group, 0);
  const Val end = b.load(ends, pick(first, 0, group));
  const Val inside = pick(less(end, static_cast<float>(rows)), end, static_cast<float>(rows));
  return pick(first, 0, to_integer(pick(less(inside, 0.0F), 0.0F, inside)));
}

}  // namespace

/// An element goes where so many go before it.
Lowered lower_argsort(const plan::Argsort& sort) {
  const int64_t width = sort.shape[-1];
  Draft draft("argsort");
  Builder& b = draft.builder();
  const int from = draft.reads(sort.x);
  const int out = draft.writes(sort.out);
  return {.calls = {each_element(draft, sort.shape.numel(), [&](Val i) {
            const Val own = i % width;
            const Val row = i - own;
            const Val x = b.load(from, i);
            const Val before = b.variable(b.integer(0));
            b.loop(b.integer(0), b.integer(width), 1, [&](Val j) {
              const Val y = b.load(from, row + j);
              const Val number_x = is_number(x);
              const Val number_y = is_number(y);
              const Val larger = either(less(x, y), both(number_y, opposite(number_x)));
              const Val smaller = either(less(y, x), both(number_x, opposite(number_y)));
              const Val tied = both(opposite(either(larger, smaller)), less(j, own));
              b.set(before, b.get(before) + pick(either(larger, tied), b.integer(1), 0));
            });
            b.store(out, row + b.get(before), to_real(own));
          })}};
}

/// A thread for each number of the result.
Lowered lower_grouped_product(const plan::GroupedProduct& p) {
  Draft draft("grouped_matmul");
  Builder& b = draft.builder();
  const int rows = draft.reads(p.rows);
  const int matrices = draft.reads(p.matrices);
  const int ends = draft.reads(p.ends);
  const int out = draft.writes(p.out);
  return {.calls = {each_element(draft, p.m * p.n, [&](Val i) {
            const Val row = i / p.n;
            const Val column = i % p.n;
            const Val group = b.variable(b.integer(0));
            b.loop(b.integer(0), b.integer(p.groups), 1, [&](Val /*e*/) {
              b.leave(less(to_real(row), b.load(ends, b.get(group))));
              b.set(group, b.get(group) + 1);
            });
            const Val sum = b.variable(b.real(0));
            b.when(less(b.get(group), p.groups), [&] {
              const Val matrix = b.get(group) * (p.k * p.n);
              b.loop(b.integer(0), b.integer(p.k), 1, [&](Val k) {
                const Val place = p.transpose_b ? column * p.k + k : k * p.n + column;
                b.set(sum, fma(b.load(rows, row * p.k + k), b.load(matrices, matrix + place),
                               b.get(sum)));
              });
            });
            b.store(out, i, b.get(sum));
          })}};
}

Lowered lower_grouped_outer(const plan::GroupedOuter& p) {
  Draft draft("grouped_outer");
  Builder& b = draft.builder();
  const int left = draft.reads(p.a);
  const int right = draft.reads(p.b);
  const int ends = draft.reads(p.ends);
  const int out = draft.writes(p.out);
  return {
      .calls = {each_element(draft, p.groups * p.m * p.n, [&](Val i) {
        const Val column = i % p.n;
        const Val row = i / p.n % p.m;
        const Val group = i / (p.n * p.m);
        const Val sum = b.variable(b.real(0));
        b.loop(end_of(b, ends, group - 1, p.rows), end_of(b, ends, group, p.rows), 1, [&](Val r) {
          b.set(sum, fma(b.load(left, r * p.m + row), b.load(right, r * p.n + column), b.get(sum)));
        });
        b.store(out, i, b.get(sum));
      })}};
}

}  // namespace rivulet::exec::gpu
