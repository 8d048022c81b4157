// Fused groups: a thread for an element, or, where rows are folded, some threads for a row, each
// with the same few of its elements from the first instruction to the last.
#include <algorithm>
#include <map>
#include <optional>

#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/math.h"

namespace rivulet::exec::gpu {
namespace {

using plan::Cluster;
using plan::Fold;
using plan::Instruction;

constexpr int threads = 256;
constexpr int64_t elements_each = 4;  // of a row by one thread, at most

size_t at(int i) { return static_cast<size_t>(i); }

/// An element of a node that nobody need load.
struct Given {
  int node;
  Val value;
};

class ClusterKernel {
 public:
  ClusterKernel(const Cluster& cluster, Draft& draft)
      : cluster_(cluster), draft_(draft), b_(draft_.builder()) {}

  Call write() {
    if (cluster_.row > 0) return write_rows();
    return each_element(draft_, cluster_.numel, [&](Val i) { write_element(i); });
  }

  /// One element; that of a node may be known.
  void write_element(Val index, const std::optional<Given>& given = {}) {
    given_ = given;
    elements_ = {{.index = index}};
    write_code();
  }

 private:
  /// An element of this thread.
  struct Element {
    Val index;                       ///< of one that there is
    std::optional<Val> inside = {};  ///< whether it is this thread's to write; nothing: certainly
  };

  Call write_rows() {
    const int64_t row = cluster_.row;
    const int64_t rows = cluster_.numel / row;
    const int64_t wanted =
        std::max((row + elements_each - 1) / elements_each, std::min<int64_t>(row, 32));
    lanes_ = power_of_two(wanted, threads);
    const int64_t at_once = threads / lanes_;
    const Val lane = b_.lane() % lanes_;
    Val r = b_.group() * at_once + b_.lane() / lanes_;
    std::optional<Val> row_inside;
    if (rows % at_once != 0) {
      row_inside = less(r, rows);
      r = pick(*row_inside, r, rows - 1);
    }
    row_ = {.index = r, .inside = first_lane(lane, row_inside)};
    for (int64_t begin = 0; begin < row; begin += lanes_) {
      Val column = lane + begin;
      std::optional<Val> inside = row_inside;
      if (begin + lanes_ > row) {
        const Val fits = less(column, row);
        column = pick(fits, column, row - 1);
        inside = inside ? both(*inside, fits) : fits;
      }
      elements_.push_back({.index = r * row + column, .inside = inside});
    }
    write_code();
    return draft_.finish((rows + at_once - 1) / at_once);
  }

  /// What is one number a row is written by one thread.
  [[nodiscard]] std::optional<Val> first_lane(Val lane, std::optional<Val> row_inside) const {
    if (lanes_ == 1) return row_inside;
    const Val first = equal(lane, 0);
    return row_inside ? both(*row_inside, first) : first;
  }

  void write_code() {
    values_.resize(cluster_.code.size());
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      const Instruction& instruction = cluster_.code[i];
      if (instruction.operands.empty()) continue;
      values_[i] = compute(instruction);
      if (instruction.stored) store(instruction, values_[i]);
    }
  }

  /// One value for each of this thread's elements, or one for its row.
  [[nodiscard]] std::vector<Val> compute(const Instruction& instruction) {
    if (instruction.fold != Fold::none) return {fold(instruction)};
    std::vector<Val> results;
    const size_t count = instruction.per_row ? 1 : elements_.size();
    for (size_t e = 0; e < count; ++e) {
      const Element& element = instruction.per_row ? row_ : elements_[e];
      std::vector<Val> operands;
      operands.reserve(instruction.operands.size());
      for (const plan::Operand& operand : instruction.operands) {
        operands.push_back(read(operand, element, e));
      }
      results.push_back(evaluate(instruction.kernel, operands));
    }
    return results;
  }

  [[nodiscard]] Val fold(const Instruction& instruction) {
    const float first = first_of(instruction.fold);
    Val mine = b_.real(first);
    for (size_t e = 0; e < elements_.size(); ++e) {
      const Element& element = elements_[e];
      const Val x = read(instruction.operands[0], element, e);
      mine = fold_two(instruction.fold, mine, element.inside ? pick(*element.inside, x, first) : x);
    }
    return fold_lanes(b_, shared_, {b_.lane() % lanes_, lanes_, 1}, instruction.fold, mine);
  }

  [[nodiscard]] Val read(const plan::Operand& operand, const Element& element, size_t e) {
    if (const auto* number = std::get_if<float>(&operand)) return b_.real(*number);
    if (const auto* result = std::get_if<plan::Result>(&operand)) {
      const std::vector<Val>& values = values_[at(result->instruction)];
      return values.size() == 1 ? values[0] : values[e];
    }
    const auto& memory = std::get<plan::Memory>(operand);
    if (given_ && given_->node == memory.node) return given_->value;
    const int from = draft_.operand({.node = memory.node, .offset = memory.view.offset});
    const Val place = place_in(memory.view, element.index);
    // Read once: nothing that is read again is written before.
    const auto [found, made] = loaded_.try_emplace({from, place.line});
    if (made) found->second = b_.load(from, place);
    return found->second;
  }

  void store(const Instruction& instruction, const std::vector<Val>& values) {
    const int to = draft_.writes(instruction.node);
    for (size_t e = 0; e < values.size(); ++e) {
      const Element& element = instruction.per_row ? row_ : elements_[e];
      if (element.inside) {
        b_.when(*element.inside, [&] { b_.store(to, element.index, values[e]); });
      } else {
        b_.store(to, element.index, values[e]);
      }
    }
  }

  const Cluster& cluster_;
  Draft& draft_;
  Builder& b_;
  std::optional<Given> given_;
  int lanes_ = 1;
  std::vector<Element> elements_;
  Element row_ = {};
  std::optional<Shared> shared_;
  std::vector<std::vector<Val>> values_;  // by instruction
  std::map<std::pair<int, int>, Val> loaded_;
};

}  // namespace

void write_element(Draft& draft, int out, const plan::Epilogue& then, Val index, Val value) {
  if (then.stored) draft.builder().store(draft.writes(out), index, value);
  if (!then.group) return;
  ClusterKernel(*then.group, draft).write_element(place_in(then.place, index), {{out, value}});
}

Lowered lower_cluster(const Cluster& cluster, int subgroup) {
  Draft draft("fused", threads, subgroup);
  return {.calls = {ClusterKernel(cluster, draft).write()}};
}

}  // namespace rivulet::exec::gpu
