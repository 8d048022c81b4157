#include "rivulet/metrics/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"

namespace rivulet::metrics {
namespace {

constexpr int64_t query_chunk = 256;  // a chunk of queries, of the set and their scores:
constexpr int64_t set_chunk = 1024;   // about 4 MB for pictures of 768 numbers

/// Rows less the first row of the set: differences of far rows lose no digits.
class Chunk {
 public:
  Chunk(const Rows& rows, int64_t size, std::span<const float> origin)
      : rows_(&rows), origin_(origin), size_(std::min(rows.count, size)) {
    values_.resize(static_cast<size_t>(size_ * rows.columns));
    lengths_.resize(static_cast<size_t>(size_));
  }

  /// Returns how many rows were left to read.
  int64_t read(int64_t first) {
    const size_t columns = origin_.size();
    const int64_t n = std::min(size_, rows_->count - first);
    rows_->read(first, std::span(values_).first(static_cast<size_t>(n) * columns));
    for (size_t i = 0; std::cmp_less(i, n); ++i) {
      double length = 0;
      for (size_t j = 0; j < columns; ++j) {
        float& x = values_[i * columns + j];
        x -= origin_[j];
        length += double{x} * double{x};
      }
      lengths_[i] = static_cast<float>(length);
    }
    return n;
  }
  [[nodiscard]] int64_t size() const { return size_; }
  [[nodiscard]] std::span<const float> values() const { return values_; }  // [size,D]
  [[nodiscard]] std::span<float> lengths() { return lengths_; }            // [size], squared

 private:
  const Rows* rows_;
  std::span<const float> origin_;
  int64_t size_;
  std::vector<float> values_;
  std::vector<float> lengths_;
};

/// Squared distances of a chunk of queries [q,D] to a chunk of the set [s,D], which is a state.
Program distance_program(int64_t q, int64_t s, int64_t columns, const Device& device,
                         CompileOptions options) {
  Graph graph;
  const Value queries = graph.input("queries", {q, columns});
  const Value set = graph.state("set", {s, columns}, filled(0));
  const Value lengths = graph.input("query_lengths", {q, 1}) + graph.input("set_lengths", {1, s});
  graph.output("squared", lengths - 2 * matmul(queries, set, {.transpose_b = true}));  // [q,s]
  options.static_states = true;
  return compile(graph, device, options);
}

/// Visits each query with each chunk of the set: visit(query, first row, squared distances + bias).
template <class Visit>
void scan(const Rows& queries, const Rows& set, std::span<const float> bias, const Visit& visit,
          const Device& device, const CompileOptions& options) {
  std::vector<float> origin(static_cast<size_t>(set.columns));
  set.read(0, origin);
  Chunk some_queries(queries, query_chunk, origin);
  Chunk some_rows(set, set_chunk, origin);
  const auto width = static_cast<size_t>(some_rows.size());
  Program program =
      distance_program(some_queries.size(), some_rows.size(), set.columns, device, options);
  for (int64_t row = 0; row < set.count; row += some_rows.size()) {
    const auto rows = static_cast<size_t>(some_rows.read(row));
    for (size_t i = 0; i < rows && !bias.empty(); ++i) {
      some_rows.lengths()[i] += bias[static_cast<size_t>(row) + i];
    }
    program.write("set", some_rows.values());
    program.write("set_lengths", some_rows.lengths());
    for (int64_t query = 0; query < queries.count; query += some_queries.size()) {
      const int64_t taken = some_queries.read(query);
      program.write("queries", some_queries.values());
      program.write("query_lengths", some_queries.lengths());
      program.run();
      const std::span<const float> squared = program.read("squared");
      for (int64_t i = 0; i < taken; ++i) {
        visit(query + i, row, squared.subspan(static_cast<size_t>(i) * width, rows));
      }
    }
  }
}

/// The k smallest scores of each query so far, in order.
class Smallest {
 public:
  Smallest(int64_t queries, int64_t k)
      : k_(static_cast<size_t>(k)),
        scores_(static_cast<size_t>(queries) * k_, std::numeric_limits<float>::infinity()),
        rows_(scores_.size(), -1) {}

  [[nodiscard]] float worst(int64_t query) const { return scores_[first(query) + k_ - 1]; }
  void insert(int64_t query, float score, int64_t row) {
    size_t place = first(query) + k_ - 1;
    for (; place > first(query) && scores_[place - 1] > score; --place) {
      scores_[place] = scores_[place - 1];
      rows_[place] = rows_[place - 1];
    }
    scores_[place] = score;
    rows_[place] = row;
  }
  [[nodiscard]] std::span<const int64_t> rows(int64_t query) const {
    return std::span(rows_).subspan(first(query), k_);
  }

 private:
  [[nodiscard]] size_t first(int64_t query) const { return static_cast<size_t>(query) * k_; }
  size_t k_;
  std::vector<float> scores_;
  std::vector<int64_t> rows_;
};

float distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = double{a[i]} - double{b[i]};
    sum += difference * difference;
  }
  return static_cast<float>(std::sqrt(sum));
}

/// The candidates' exact distances, in order.
Neighbours measure(const Rows& queries, const Rows& set, int64_t k, const Smallest& candidates) {
  Neighbours result{.k = k, .index = {}, .distance = {}};
  std::vector<float> query(static_cast<size_t>(queries.columns));
  std::vector<float> row(query.size());
  std::vector<std::pair<float, int64_t>> found;
  for (int64_t q = 0; q < queries.count; ++q) {
    queries.read(q, query);
    found.clear();
    for (const int64_t index : candidates.rows(q)) {
      if (index < 0) fail("neighbours", "row " + std::to_string(q) + " is not finite");
      set.read(index, row);
      found.emplace_back(distance(query, row), index);
    }
    std::ranges::sort(found);
    for (const auto& [far, index] : found) {
      result.index.push_back(index);
      result.distance.push_back(far);
    }
  }
  return result;
}

void check(const Rows& queries, const Rows& set, const Search& search) {
  if (queries.columns != set.columns) {
    fail("neighbours", "rows of " + std::to_string(queries.columns) + " numbers against rows of " +
                           std::to_string(set.columns));
  }
  if (search.leave_itself_out && queries.count != set.count) {
    fail("neighbours", "the queries are not the set");
  }
  if (!search.bias.empty() && std::cmp_not_equal(search.bias.size(), set.count)) {
    fail("neighbours",
         std::to_string(search.bias.size()) + " biases for " + std::to_string(set.count) + " rows");
  }
  const int64_t choice = set.count - (search.leave_itself_out ? 1 : 0);
  if (search.k < 1 || search.k > choice) {
    fail("neighbours",
         std::to_string(search.k) + " neighbours asked for among " + std::to_string(choice));
  }
}

}  // namespace

Rows rows_of(std::span<const float> values, int64_t columns) {
  if (columns < 1 || static_cast<int64_t>(values.size()) % columns != 0) {
    fail("rows",
         std::to_string(values.size()) + " numbers are no rows of " + std::to_string(columns));
  }
  return {.count = static_cast<int64_t>(values.size()) / columns,
          .columns = columns,
          .read = [values, columns](int64_t first, std::span<float> out) {
            std::ranges::copy(values.subspan(static_cast<size_t>(first * columns), out.size()),
                              out.begin());
          }};
}

Rows rows_of(const data::Pictures& pictures) {
  const int64_t columns = pictures.numel();
  return {
      .count = pictures.count(),
      .columns = columns,
      .read = [pixels = std::span(pictures.pixels), columns](int64_t first, std::span<float> out) {
        data::to_model(pixels.subspan(static_cast<size_t>(first * columns), out.size()), out);
      }};
}

Neighbours nearest(const Rows& queries, const Rows& set, const Search& search, const Device& device,
                   const CompileOptions& options) {
  check(queries, set, search);
  Smallest smallest(queries.count, search.k);
  const auto visit = [&](int64_t query, int64_t first, std::span<const float> squared) {
    float worst = smallest.worst(query);
    for (size_t i = 0; i < squared.size(); ++i) {
      if (!(squared[i] < worst)) continue;
      const int64_t row = first + static_cast<int64_t>(i);
      if (search.leave_itself_out && row == query) continue;
      smallest.insert(query, squared[i], row);
      worst = smallest.worst(query);
    }
  };
  if (queries.count > 0) scan(queries, set, search.bias, visit, device, options);
  return measure(queries, set, search.k, smallest);
}

}  // namespace rivulet::metrics
