// Matrix products: tiles that a group shares, and dot products where one side is tiny.
#include <algorithm>
#include <optional>

#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/matrix_tile.h"
#include "rivulet/exec/gpu/tile.h"

namespace rivulet::exec::gpu {
namespace {

constexpr int threads = 256;
constexpr int64_t few = 8;              // rows or columns that are tiny
constexpr int64_t enough_groups = 128;  // that keep a card busy
constexpr int64_t shortest_part = 256;  // of a sum that is cut in parts
constexpr Operand scratch{.node = Operand::scratch, .written = true};

/// Where element (row, column) of batch b lies: base + b batch + row rows + column columns.
struct Matrix {
  Operand base;
  int64_t batch;
  int64_t rows;
  int64_t columns;
};

struct Matrices {
  Matrix a;
  Matrix b;
  Matrix out;  // or what is made of it
};

Matrices matrices_of(const plan::Product& p) {
  const auto matrix = [](const Operand& base, int64_t rows, int64_t columns, bool transposed) {
    return Matrix{base, rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
  };
  return {
      .a = matrix({.node = p.a.node, .offset = p.a.offset}, p.m, p.k, p.transpose_a),
      .b = matrix({.node = p.b.node, .offset = p.b.offset}, p.k, p.n, p.transpose_b),
      .out = matrix({.node = p.out, .written = true}, p.m, p.n, false),
  };
}

/// What becomes of the sum for element `index`.
void finish(Draft& draft, const plan::Product& p, Val index, Val column, Val sum) {
  if (p.bias) sum = sum + draft.builder().load(draft.reads(*p.bias), column);
  write_element(draft, p.out, p.then, index, sum);
}

/// Sums over k from part * length on, for each part, to out + part * batch * m * n.
template <class AnyTile>
Call tile_call(const plan::Product& p, const Matrices& at, AnyTile tile, int64_t length) {
  Draft& draft = tile.draft();
  Builder& b = draft.builder();
  const int64_t tiles_m = (p.m + tile.rows() - 1) / tile.rows();
  const int64_t tiles_n = (p.n + tile.rows() - 1) / tile.rows();
  const int64_t parts = (p.k + length - 1) / length;
  const Val group = b.group();
  const Val batch = group / (tiles_n * tiles_m) % p.batch;
  const Val part = group / (tiles_n * tiles_m * p.batch);
  const Val begin = part * length;
  const Val end =
      parts == 1 ? b.integer(p.k) : pick(less(begin + length, p.k), begin + length, b.integer(p.k));
  const Tile::Side rows{.operand = draft.operand(at.a.base),
                        .base = batch * at.a.batch,
                        .step_i = at.a.rows,
                        .step_k = at.a.columns,
                        .first = (group / tiles_n % tiles_m) * tile.rows(),
                        .end = b.integer(p.m),
                        .whole = p.m % tile.rows() == 0};
  const Tile::Side columns{.operand = draft.operand(at.b.base),
                           .base = batch * at.b.batch,
                           .step_i = at.b.columns,
                           .step_k = at.b.rows,
                           .first = (group % tiles_n) * tile.rows(),
                           .end = b.integer(p.n),
                           .whole = p.n % tile.rows() == 0};
  const Val base = (part * p.batch + batch) * at.out.batch;
  tile.write(rows, columns,
             {.k = begin, .k_end = end, .length = length, .whole = length * parts == p.k},
             [&](Val row, Val column, Val sum) {
               const Val index = base + row * at.out.rows + column * at.out.columns;
               if (parts == 1) return finish(draft, p, index, column, sum);
               b.store(draft.operand(scratch), index, sum);
             });
  return draft.finish(tiles_m * tiles_n * p.batch * parts);
}

/// Squares of the result that groups compute, each `tile` numbers wide.
int64_t tiles_of(const plan::Product& p, int64_t tile) {
  return p.batch * ((p.m + tile - 1) / tile) * ((p.n + tile - 1) / tile);
}

/// By tiles as make() gives them; in parts of the sum where they would keep few groups busy.
template <class Make>
Lowered tiled(const plan::Product& p, const Matrices& at, int depth, int subgroup,
              const Make& make) {
  const int64_t wanted = std::clamp<int64_t>(enough_groups / tiles_of(p, make().rows()), 1,
                                             std::max<int64_t>(p.k / shortest_part, 1));
  const int64_t length = in_depths((p.k + wanted - 1) / wanted, depth);
  const int64_t parts = (p.k + length - 1) / length;
  Lowered lowered{.calls = {tile_call(p, at, make(), length)}};
  if (parts == 1) return lowered;
  const int64_t count = p.batch * p.m * p.n;
  lowered.scratch = parts * count;
  append_fold(lowered,
              {.subgroup = subgroup,
               .axes = {.reduced = parts, .inner = count},
               .from = {.node = Operand::scratch},
               .store = [&p](Draft& draft, Val i, Val sum) { finish(draft, p, i, i % p.n, sum); }},
              lowered.scratch);
  return lowered;
}

Lowered by_threads(const plan::Product& p, const Matrices& at, int subgroup) {
  int each = 2;
  for (const int larger : {4, 8}) {
    const int64_t tile = larger * Tile::side;
    if (tiles_of(p, tile) >= enough_groups && p.m >= tile / 2 && p.n >= tile / 2) each = larger;
  }
  return tiled(p, at, Tile::depth_of(each), subgroup, [&] { return Tile("product", each); });
}

/// Whether most of what it would multiply is there.
bool fills_unit(const plan::Product& p) { return std::min(p.m, p.n) >= 32 && p.k >= 16; }

Lowered by_unit(const plan::Product& p, const Matrices& at, const Abilities& abilities) {
  const bool wide = tiles_of(p, 128) >= enough_groups && std::min(p.m, p.n) >= 64;
  return tiled(p, at, MatrixTile::depth, abilities.subgroup,
               [&] { return MatrixTile("product of halves", abilities, wide ? 128 : 64); });
}

/// For each of `many` rows of b', which may be columns, its dot products with the `count` rows of
/// a: by threads that share the sum.
Call dots(const plan::Product& p, const Matrices& at, bool few_rows, int subgroup) {
  const int64_t many = few_rows ? p.n : p.m;
  const auto count = static_cast<size_t>(few_rows ? p.m : p.n);
  const Matrix& wide = few_rows ? at.b : at.a;
  const Matrix& narrow = few_rows ? at.a : at.b;
  const int64_t wide_i = few_rows ? wide.columns : wide.rows;
  const int64_t wide_k = few_rows ? wide.rows : wide.columns;
  const int64_t narrow_i = few_rows ? narrow.rows : narrow.columns;
  const int64_t narrow_k = few_rows ? narrow.columns : narrow.rows;
  const int64_t out_many = few_rows ? at.out.columns : at.out.rows;
  const int64_t out_few = few_rows ? at.out.rows : at.out.columns;

  Draft draft("dots", threads, subgroup);
  Builder& b = draft.builder();
  const bool along_k = wide_k == 1 && p.k > 1;
  const int lanes = power_of_two((p.k + 3) / 4, along_k ? 32 : 8);
  const int columns = threads / lanes;
  const Val thread = b.lane();
  const Val lane = along_k ? thread % lanes : thread / columns;
  const Val column = along_k ? thread / lanes : thread % columns;
  const Val wanted = b.group() * columns + column;
  const Val inside = less(wanted, p.batch * many);
  const Val result = pick(inside, wanted, p.batch * many - 1);
  const Val i = result % many;
  const Val batch = result / many;

  const int from = draft.operand(wide.base);
  const int others = draft.operand(narrow.base);
  std::vector<Val> sums;
  sums.reserve(count);
  for (size_t j = 0; j < count; ++j) sums.push_back(b.variable(b.real(0)));
  b.loop(lane, b.integer(p.k), lanes, [&](Val k) {
    const Val x = b.load(from, batch * wide.batch + i * wide_i + k * wide_k);
    for (size_t j = 0; j < count; ++j) {
      const Val y =
          b.load(others, batch * narrow.batch + static_cast<int64_t>(j) * narrow_i + k * narrow_k);
      b.set(sums[j], fma(x, y, b.get(sums[j])));
    }
  });
  std::optional<Shared> shared;
  for (size_t j = 0; j < count; ++j) {
    const Val total = fold_lanes(b, shared, {lane, lanes, along_k ? 1 : columns}, plan::Fold::sum,
                                 b.get(sums[j]));
    const auto number = static_cast<int64_t>(j);
    b.when(both(inside, equal(lane, 0)), [&] {
      finish(draft, p, batch * at.out.batch + i * out_many + number * out_few,
             few_rows ? i : b.integer(number), total);
    });
  }
  return draft.finish((p.batch * many + columns - 1) / columns);
}

/// Nothing to multiply: zeros, or the bias.
Call empty(const plan::Product& p) {
  Draft draft("no product");
  return each_element(draft, p.batch * p.m * p.n,
                      [&](Val i) { finish(draft, p, i, i % p.n, draft.builder().real(0)); });
}

}  // namespace

Lowered lower_product(const plan::Product& p, const Abilities& abilities) {
  if (p.batch * p.m * p.n == 0) return {};
  if (p.k == 0) return {.calls = {empty(p)}};
  const Matrices at = matrices_of(p);
  // Few sums that are long are cut in parts.
  const bool long_sums = p.k >= 4096 && p.batch * std::max(p.m, p.n) <= 1024;
  if (std::min(p.m, p.n) <= few && !long_sums)
    return {.calls = {dots(p, at, p.m <= few, abilities.subgroup)}};
  return abilities.unit.m > 0 && fills_unit(p) ? by_unit(p, at, abilities)
                                               : by_threads(p, at, abilities.subgroup);
}

}  // namespace rivulet::exec::gpu
