#include "kernel_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "rivulet/io/half.h"

namespace rivulet::testing {
namespace {

using namespace exec::gpu;

float real_of_bits(int32_t bits) { return std::bit_cast<float>(bits); }
int32_t bits_of_real(float value) { return std::bit_cast<int32_t>(value); }

/// One group of a kernel: all threads take each line together, those that it concerns.
class Group {
 public:
  Group(const Kernel& kernel, const Dispatch& dispatch, std::span<const int> blocks, Blocks& memory,
        int64_t group)
      : kernel_(kernel),
        dispatch_(dispatch),
        blocks_(blocks),
        memory_(memory),
        group_(group),
        threads_(kernel.threads),
        ends_(ends_of(kernel)),
        values_(kernel.lines.size(), std::vector<int32_t>(at(threads_))) {
    for (const SharedArray& array : kernel.shared) shared_.emplace_back(array.size);
    for (Watched& array : shared_) {
      std::ranges::fill(array.values, std::numeric_limits<float>::quiet_NaN());
    }
  }

  void run() {
    std::vector<uint8_t> left(at(threads_));
    run_lines(0, kernel_.lines.size(), std::vector<uint8_t>(at(threads_), 1), left);
  }

 private:
  using Mask = std::vector<uint8_t>;

  /// The line of the end of each loop and condition.
  static std::map<size_t, size_t> ends_of(const Kernel& kernel) {
    std::map<size_t, size_t> ends;
    std::vector<size_t> open;
    for (size_t i = 0; i < kernel.lines.size(); ++i) {
      const Code code = kernel.lines[i].code;
      if (code == Code::loop || code == Code::when) open.push_back(i);
      if (code != Code::end) continue;
      ends[open.back()] = i;
      open.pop_back();
    }
    return ends;
  }

  [[noreturn]] void fault(const std::string& what) const {
    wrong(fmt::format("kernel \"{}\", group {}: {}", kernel_.name, group_, what));
  }

  /// `left`: those that have left the innermost loop.
  void run_lines(size_t first, size_t last, const Mask& mask, Mask& left) {
    for (size_t i = first; i < last; ++i) {
      const Line& line = kernel_.lines[i];
      if (line.code == Code::loop || line.code == Code::when) {
        Mask inside = mask;
        for (size_t t = 0; t < inside.size(); ++t) inside[t] = inside[t] && !left[t];
        line.code == Code::loop ? run_loop(i, inside) : run_when(i, inside, left);
        i = ends_.at(i);
      } else if (line.code == Code::barrier) {
        pass_barrier(mask, left);
      } else if (of_matrices(line)) {
        meet(mask, left, [&](int leader) { run_matrix(i, leader); });
      } else if (line.code == Code::shuffle) {
        meet(mask, left, [&](int leader) { run_shuffle(i, leader); });
      } else {
        for (int t = 0; t < threads_; ++t) {
          if (!mask[at(t)] || left[at(t)]) continue;
          if (line.code == Code::leave) {
            left[at(t)] = value(line.args[0], t) != 0;
          } else {
            values_[i][at(t)] = result(line, t, values_[i][at(t)]);
          }
        }
      }
    }
  }

  void run_loop(size_t i, const Mask& mask) {
    const Line& line = kernel_.lines[i];
    Mask inside = mask;
    Mask left(inside.size());
    for (int t = 0; t < threads_; ++t) {
      if (mask[at(t)]) values_[i][at(t)] = value(line.args[0], t);
    }
    for (;;) {
      for (int t = 0; t < threads_; ++t) {
        inside[at(t)] = inside[at(t)] && !left[at(t)] && values_[i][at(t)] < value(line.args[1], t);
      }
      if (std::ranges::find(inside, 1) == inside.end()) return;
      run_lines(i + 1, ends_.at(i), inside, left);
      for (int t = 0; t < threads_; ++t) {
        if (inside[at(t)]) values_[i][at(t)] += line.number;
      }
    }
  }

  void run_when(size_t i, Mask mask, Mask& left) {
    bool any = false;
    for (int t = 0; t < threads_; ++t) {
      mask[at(t)] = mask[at(t)] && value(kernel_.lines[i].args[0], t) != 0;
      any = any || mask[at(t)];
    }
    if (any) run_lines(i + 1, ends_.at(i), mask, left);
  }

  void pass_barrier(const Mask& mask, const Mask& left) {
    int here = 0;
    for (size_t t = 0; t < mask.size(); ++t) here += mask[t] && !left[t] ? 1 : 0;
    if (here != threads_ && here != 0) {
      fault(fmt::format("{} of {} threads come to a barrier", here, threads_));
    }
    ++phase_;
  }

  // Small matrices: one of each line a subgroup.

  static bool of_matrices(const Line& line) {
    return line.type == Type::left || line.type == Type::right || line.type == Type::product ||
           line.code == Code::multiply || line.code == Code::store_product;
  }

  /// visit(first thread) for each subgroup.
  template <class Visit>
  void meet(const Mask& mask, const Mask& left, const Visit& visit) {
    const int size = kernel_.subgroup;
    if (threads_ % size != 0) fault("the last subgroup is not full");
    for (int first = 0; first < threads_; first += size) {
      int here = 0;
      for (int t = first; t < first + size; ++t) here += mask[at(t)] && !left[at(t)] ? 1 : 0;
      if (here == 0) continue;
      if (here != size) fault(fmt::format("{} of {} threads of a subgroup meet", here, size));
      visit(first);
    }
  }

  void run_shuffle(size_t i, int first) {
    const auto& [x, from, none] = kernel_.lines[i].args;
    for (int t = first; t < first + kernel_.subgroup; ++t) {
      const int32_t number = value(from, t);
      const bool known = number >= 0 && number < kernel_.subgroup;
      const float nan = std::numeric_limits<float>::quiet_NaN();
      values_[i][at(t)] = known ? value(x, first + number) : bits_of_real(nan);
    }
  }

  void run_matrix(size_t i, int first) {
    const Line& line = kernel_.lines[i];
    for (int t = first; t < first + kernel_.subgroup && line.code != Code::multiply; ++t) {
      if (value(line.args[0], t) != value(line.args[0], first)) {
        fault("threads of a subgroup come to different matrices");
      }
    }
    const auto& [m, n, k] = kernel_.unit;
    const int nth = first / kernel_.subgroup;
    const auto matrix = [&](int of) -> std::vector<float>& { return matrices_[{of, nth}]; };
    const auto& [a, b, c] = line.args;
    if (line.code == Code::variable) {
      matrix(static_cast<int>(i)).assign(at(m * n), real(a, first));
    } else if (line.code == Code::multiply) {
      for (int e = 0; e < m * n * k; ++e) {
        const int row = e / k / n;
        const int column = e / k % n;
        matrix(a)[at(row * n + column)] +=
            matrix(b)[at(row * k + e % k)] * matrix(c)[at(e % k * n + column)];
      }
    } else if (line.code == Code::store_product) {
      for (int e = 0; e < m * n; ++e) {
        const int place = value(a, first) + e / n * value(b, first) + e % n;
        in_shared(line.number, place, first, true) = matrix(c)[at(e)];
      }
    } else {
      const int rows = line.type == Type::left ? m : k;
      const int columns = line.type == Type::left ? k : n;
      if (!kernel_.shared[at(line.number)].halves) fault("factors have to be halves");
      std::vector<float>& loaded = matrix(static_cast<int>(i));
      loaded.resize(at(rows * columns));
      for (int e = 0; e < rows * columns; ++e) {
        const int place = value(a, first) + e / columns * value(b, first) + e % columns;
        loaded[at(e)] = in_shared(line.number, place, first, false);
      }
    }
  }

  [[nodiscard]] int32_t value(int line, int thread) const { return values_[at(line)][at(thread)]; }
  [[nodiscard]] float real(int line, int thread) const { return real_of_bits(value(line, thread)); }

  // Memory

  /// Where an operand's number lies in its block.
  [[nodiscard]] size_t place_of(int operand, int64_t index, int thread) const {
    const Spot& spot = dispatch_.touched[at(operand)].spot;
    const int64_t place = dispatch_.places[at(operand)] + index;
    if (place < spot.offset || place >= spot.offset + spot.floats) {
      fault(fmt::format("operand {} has {} floats, thread {} is at {}", operand, spot.floats,
                        thread, place - spot.offset));
    }
    return at(place);
  }

  float load(int operand, int64_t index, int thread) {
    const size_t place = place_of(operand, index, thread);
    const Watched& block = memory_.card[at(blocks_[at(operand)])];
    const Visit& visit = block.visits[place];
    const bool raced = memory_.again && visit.era == memory_.dispatches && visit.writer != nobody &&
                       visit.writer != group_ * threads_ + thread;
    return raced ? std::numeric_limits<float>::quiet_NaN() : block.values[place];
  }

  void store(int operand, int64_t index, int thread, float stored) {
    const size_t place = place_of(operand, index, thread);
    if (!dispatch_.touched[at(operand)].written) {
      fault(fmt::format("operand {} is only read", operand));
    }
    Watched& block = memory_.card[at(blocks_[at(operand)])];
    if (!block.visits[place].come(memory_.dispatches, group_ * threads_ + thread, true)) {
      fault(fmt::format("operand {}: two threads write at {}", operand, index));
    }
    block.values[place] = stored;
  }

  float& in_shared(int array, int64_t index, int thread, bool writes) {
    Watched& of = shared_[at(array)];
    if (index < 0 || at(index) >= of.values.size()) {
      fault(fmt::format("array {} has {} floats, thread {} is at {}", array, of.values.size(),
                        thread, index));
    }
    if (!of.visits[at(index)].come(phase_, thread, writes)) {
      fault(fmt::format("array {}: two threads are at {}", array, index));
    }
    return of.values[at(index)];
  }

  // Values

  /// What a line gives; `before`: what it had, for those that give nothing.
  int32_t result(const Line& line, int t, int32_t before) {
    const auto& [a, b, c] = line.args;
    switch (line.code) {
      case Code::real:
      case Code::integer:
        return line.number;
      case Code::group:
        return static_cast<int32_t>(group_);
      case Code::lane:
        return t;
      case Code::subgroup:
        return t / kernel_.subgroup;
      case Code::load:
        return bits_of_real(load(line.number, value(a, t), t));
      case Code::store:
        store(line.number, value(a, t), t, real(b, t));
        return before;
      case Code::load_shared:
        return bits_of_real(in_shared(line.number, value(a, t), t, false));
      case Code::store_shared:
        in_shared(line.number, value(a, t), t, true) = kernel_.shared[at(line.number)].halves
                                                           ? io::from_half(io::to_half(real(b, t)))
                                                           : real(b, t);
        return before;
      case Code::variable:
      case Code::get:
      case Code::bits_of:
      case Code::real_of:
        return value(a, t);
      case Code::set:
        values_[at(a)][at(t)] = value(b, t);
        return before;
      case Code::select:
        return value(a, t) != 0 ? value(b, t) : value(c, t);
      case Code::both:
        return value(a, t) & value(b, t);
      case Code::either:
        return value(a, t) | value(b, t);
      case Code::opposite:
        return value(a, t) ^ 1;
      case Code::to_real:
        return bits_of_real(static_cast<float>(value(a, t)));
      case Code::to_integer:
        return whole(real(a, t));
      default:
        return type_of(a) == Type::real
                   ? of_reals(line, real(a, t), b < 0 ? 0 : real(b, t), c < 0 ? 0 : real(c, t))
                   : of_integers(line, value(a, t), b < 0 ? 0 : value(b, t));
    }
  }

  [[nodiscard]] Type type_of(int line) const { return kernel_.lines[at(line)].type; }

  static int32_t whole(float x) {
    constexpr float most = 2147483520.0F;  // the largest below 2^31
    return std::isnan(x) ? 0 : static_cast<int32_t>(std::clamp(x, -most, most));
  }

  [[nodiscard]] int32_t of_reals(const Line& line, float a, float b, float c) const {
    switch (line.code) {
      case Code::add:
        return bits_of_real(a + b);
      case Code::sub:
        return bits_of_real(a - b);
      case Code::mul:
        return bits_of_real(a * b);
      case Code::div:
        return bits_of_real(a / b);
      case Code::fma:
        return bits_of_real(std::fma(a, b, c));
      case Code::floor:
        return bits_of_real(std::floor(a));
      case Code::sqrt:
        return bits_of_real(std::sqrt(a));
      case Code::abs:
        return bits_of_real(std::fabs(a));
      case Code::sin:
        return bits_of_real(std::sin(a));
      case Code::cos:
        return bits_of_real(std::cos(a));
      case Code::less:
        return a < b ? 1 : 0;
      case Code::at_most:
        return a <= b ? 1 : 0;
      case Code::equal:
        return a == b ? 1 : 0;
      default:
        fault("an operation that reals do not have");
    }
  }

  [[nodiscard]] int32_t of_integers(const Line& line, int32_t a, int32_t b) const {
    const auto wrapped = [](int64_t x) { return static_cast<int32_t>(static_cast<uint32_t>(x)); };
    switch (line.code) {
      case Code::add:
        return wrapped(int64_t{a} + b);
      case Code::sub:
        return wrapped(int64_t{a} - b);
      case Code::mul:
        return wrapped(int64_t{a} * b);
      case Code::div:
      case Code::rem:
        if (b == 0) fault("a whole number is divided by zero");
        return wrapped(line.code == Code::div ? int64_t{a} / b : int64_t{a} % b);
      case Code::abs:
        return wrapped(std::abs(int64_t{a}));
      case Code::less:
        return a < b ? 1 : 0;
      case Code::at_most:
        return a <= b ? 1 : 0;
      case Code::equal:
        return a == b ? 1 : 0;
      case Code::shift_left:
        return wrapped(int64_t{a} << line.number);
      case Code::shift_right:
        return a >> line.number;
      case Code::bit_and:
        return a & b;
      case Code::bit_xor:
        return a ^ b;
      default:
        fault("an operation that whole numbers do not have");
    }
  }

  const Kernel& kernel_;
  const Dispatch& dispatch_;
  std::span<const int> blocks_;
  Blocks& memory_;
  int64_t group_;
  int threads_;
  std::map<size_t, size_t> ends_;
  std::vector<std::vector<int32_t>> values_;                    // of each line, by thread
  std::map<std::pair<int, int>, std::vector<float>> matrices_;  // by line and subgroup
  std::vector<Watched> shared_;
  int64_t phase_ = 0;  // barriers passed: the era of shared memory
};

}  // namespace

void wrong(const std::string& what) { throw std::logic_error(what); }

void run_groups(const Kernel& kernel, const Dispatch& dispatch, std::span<const int> blocks,
                Blocks& memory) {
  ++memory.dispatches;
  const auto once = [&] {
    for (int64_t group = 0; group < kernel.groups; ++group) {
      Group(kernel, dispatch, blocks, memory, group).run();
    }
  };
  std::vector<std::vector<float>> before;
  for (const Watched& block : memory.card) before.push_back(block.values);
  once();
  for (size_t i = 0; i < before.size(); ++i) memory.card[i].values = std::move(before[i]);
  memory.again = true;
  once();
  memory.again = false;
}

}  // namespace rivulet::testing
