// What mixtures of experts need: sorting, and products of rows in groups.
#include <algorithm>

#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/math.h"
#include "rivulet/exec/gpu/tile.h"

namespace rivulet::exec::gpu {
namespace {

constexpr int64_t smallest = 16;        // of a side, for tiles
constexpr int64_t enough_groups = 128;  // that keep a card busy
constexpr int64_t shortest_piece = 32;  // of a sum over rows

/// Rows in groups, each of which is cut into pieces of at most `length` rows; all of them are
/// numbered through. Rows past the last group are of one more.
class Pieces {
 public:
  Pieces(Builder& b, int ends, int64_t groups, int64_t rows, int64_t length)
      : b_(b), ends_(ends), groups_(groups), rows_(rows), length_(length) {}

  /// There are no more.
  [[nodiscard]] int64_t most() const { return rows_ / length_ + groups_ + 1; }

  struct Piece {
    Val group;
    Val first;  ///< row
    Val end;    ///< 0 where there is no such piece
  };
  [[nodiscard]] Piece find(Val number) {
    const Val group = b_.variable(b_.integer(0));
    const Val begin = b_.variable(b_.integer(0));
    const Val end = b_.variable(b_.integer(0));
    const Val before = b_.variable(b_.integer(0));
    b_.loop(b_.integer(0), b_.integer(groups_ + 1), 1, [&](Val e) {
      b_.set(end, end_of(e, b_.get(begin)));
      const Val with = b_.get(before) + count(b_.get(begin), b_.get(end));
      b_.leave(less(number, with));
      b_.set(before, with);
      b_.set(begin, b_.get(end));
      b_.set(group, e + 1);
    });
    const Val first = b_.get(begin) + (number - b_.get(before)) * length_;
    const Val last = b_.get(end);
    const Val there = less(b_.get(group), groups_ + 1);
    return {.group = b_.get(group),
            .first = pick(there, first, 0),
            .end = pick(there, pick(less(first + length_, last), first + length_, last), 0)};
  }

  struct Numbers {
    Val first;
    Val count;
  };
  [[nodiscard]] Numbers of(Val group) {
    const Val begin = b_.variable(b_.integer(0));
    const Val first = b_.variable(b_.integer(0));
    const Val own = b_.variable(b_.integer(0));
    b_.loop(b_.integer(0), b_.integer(groups_), 1, [&](Val e) {
      const Val end = end_of(e, b_.get(begin));
      b_.set(own, count(b_.get(begin), end));
      b_.leave(equal(e, group));
      b_.set(first, b_.get(first) + b_.get(own));
      b_.set(begin, end);
    });
    return {.first = b_.get(first), .count = b_.get(own)};
  }

 private:
  /// The row past group e, which begins at `begin`.
  [[nodiscard]] Val end_of(Val e, Val begin) {
    const Val known = less(e, groups_);
    const Val end = b_.load(ends_, pick(known, e, 0));
    const Val within = pick(less(end, static_cast<float>(rows_)), end, static_cast<float>(rows_));
    const Val some = both(known, less(to_real(begin), end));  // not where end is no number
    return pick(some, to_integer(within), pick(known, begin, b_.integer(rows_)));
  }
  [[nodiscard]] Val count(Val begin, Val end) const {
    return (end - begin + (length_ - 1)) / length_;
  }

  Builder& b_;
  int ends_;
  int64_t groups_;
  int64_t rows_;
  int64_t length_;
};

/// Numbers that each thread computes along a side of its tile.
int each_of(int64_t rows, int64_t columns, int64_t calls) {
  constexpr int64_t tile = int64_t{4} * Tile::side;
  const bool full = rows >= tile && columns >= tile / 2;
  return full && calls >= enough_groups ? 4 : 2;
}

int64_t tiles(int64_t extent, int each) {
  const int64_t tile = int64_t{each} * Tile::side;
  return (extent + tile - 1) / tile;
}

/// A tile has rows of one group.
Call tiled_product(const plan::GroupedProduct& p) {
  const int each = each_of(p.m / p.groups, p.n, tiles(p.m, 4) * tiles(p.n, 4));
  Tile tile("grouped_matmul", each);
  Draft& draft = tile.draft();
  Builder& b = draft.builder();
  const int rows = draft.reads(p.rows);
  const int matrices = draft.reads(p.matrices);
  Pieces pieces(b, draft.reads(p.ends), p.groups, p.m, tile.rows());
  const int64_t across = tiles(p.n, each);
  const Pieces::Piece piece = pieces.find(b.group() / across);
  const Val known = less(piece.group, p.groups);  // rows past the last group are zeros
  const Tile::Side left{.operand = rows,
                        .base = b.integer(0),
                        .step_i = p.k,
                        .step_k = 1,
                        .first = piece.first,
                        .end = piece.end};
  const Tile::Side right{.operand = matrices,
                         .base = piece.group * (p.k * p.n),
                         .step_i = p.transpose_b ? p.k : 1,
                         .step_k = p.transpose_b ? 1 : p.n,
                         .first = (b.group() % across) * tile.rows(),
                         .end = b.integer(p.n)};
  tile.write(left, right,
             {.k = b.integer(0),
              .k_end = pick(known, b.integer(p.k), 0),
              .length = in_depths(p.k, Tile::depth_of(each))},
             [&](Val row, Val column, Val sum) {
               write_element(draft, p.out, p.then, row * p.n + column, sum);
             });
  return draft.finish(pieces.most() * across);
}

/// The sum over each piece of a group's rows, [pieces, m, n], and then over the group's pieces: of
/// these there are at most 3 groups + 1, which bounds the memory between the two.
Lowered tiled_outer(const plan::GroupedOuter& p) {
  const int64_t wanted = std::max(shortest_piece, p.rows / (2 * p.groups));
  const int each = each_of(p.m, p.n, 2 * p.groups * tiles(p.m, 4) * tiles(p.n, 4));
  const int64_t length = in_depths(wanted, Tile::depth_of(each));
  Tile tile("grouped_outer", each);
  Draft& draft = tile.draft();
  Builder& b = draft.builder();
  const int a_rows = draft.reads(p.a);
  const int b_rows = draft.reads(p.b);
  Pieces pieces(b, draft.reads(p.ends), p.groups, p.rows, length);
  const int parts = draft.operand({.node = Operand::scratch, .written = true});
  const int64_t across = tiles(p.n, each);
  const int64_t down = tiles(p.m, each);
  const Val number = b.group() / (across * down);
  const Pieces::Piece piece = pieces.find(number);
  const Val known = less(piece.group, p.groups);
  const Tile::Side left{.operand = a_rows,
                        .base = b.integer(0),
                        .step_i = 1,
                        .step_k = p.m,
                        .first = (b.group() / across % down) * tile.rows(),
                        .end = pick(known, b.integer(p.m), 0)};
  const Tile::Side right{.operand = b_rows,
                         .base = b.integer(0),
                         .step_i = 1,
                         .step_k = p.n,
                         .first = (b.group() % across) * tile.rows(),
                         .end = b.integer(p.n)};
  tile.write(left, right, {.k = piece.first, .k_end = piece.end, .length = length},
             [&](Val row, Val column, Val sum) {
               b.store(parts, number * (p.m * p.n) + row * p.n + column, sum);
             });
  Lowered lowered{.calls = {draft.finish(pieces.most() * across * down)},
                  .scratch = pieces.most() * p.m * p.n};

  Draft whole("grouped_outer");
  Builder& w = whole.builder();
  const int from = whole.operand({.node = Operand::scratch});
  Pieces again(w, whole.reads(p.ends), p.groups, p.rows, length);
  const int out = whole.writes(p.out);
  lowered.calls.push_back(each_element(whole, p.groups * p.m * p.n, [&](Val i) {
    const Pieces::Numbers numbers = again.of(i / (p.m * p.n));
    const Val sum = w.variable(w.real(0));
    w.loop(numbers.first, numbers.first + numbers.count, 1, [&](Val part) {
      w.set(sum, w.get(sum) + w.load(from, part * (p.m * p.n) + i % (p.m * p.n)));
    });
    w.store(out, i, w.get(sum));
  }));
  return lowered;
}

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

/// Small ones: a thread for each number of the result.
Lowered lower_grouped_product(const plan::GroupedProduct& p) {
  if (std::min({p.m, p.k, p.n}) >= smallest) return {.calls = {tiled_product(p)}};
  Draft draft("grouped_matmul");
  Builder& b = draft.builder();
  const int rows = draft.reads(p.rows);
  const int matrices = draft.reads(p.matrices);
  const int ends = draft.reads(p.ends);
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
            write_element(draft, p.out, p.then, i, b.get(sum));
          })}};
}

Lowered lower_grouped_outer(const plan::GroupedOuter& p) {
  if (std::min({p.rows, p.m, p.n}) >= smallest) return tiled_outer(p);
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
