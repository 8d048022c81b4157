// Attention of one query by one group of threads: keys in parts, each part's maximum and sum
// correcting what came before, so that scores are never stored.
#include <algorithm>
#include <limits>

#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/math.h"

namespace rivulet::exec::gpu {
namespace {

constexpr int threads = 64;
constexpr float never = -std::numeric_limits<float>::infinity();

class AttendKernel {
 public:
  AttendKernel(const plan::Attend& attend, int subgroup)
      : heads_(attend.shape[0] * attend.shape[1]),
        window_(attend.shape[2]),
        dims_(attend.shape[3]),
        remembered_(attend.remembered),
        draft_("attend", threads, subgroup),
        b_(draft_.builder()),
        weights_(b_.share(threads)),
        out_(draft_.writes(attend.out)) {
    for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i] = draft_.reads(attend.inputs[i]);
  }

  Call write() {
    head_ = b_.group() / window_;
    token_ = b_.group() % window_;
    const auto most = static_cast<float>(remembered_);
    const Val asked = b_.load(inputs_[5], b_.integer(0));
    const Val cut = pick(less(asked, most), asked, most);
    past_ = to_integer(pick(less(0.0F, cut), cut, 0.0F));
    most_ = b_.variable(b_.real(never));
    total_ = b_.variable(b_.real(0));
    for (int64_t d = 0; d < dims_; d += threads) sums_.push_back(b_.variable(b_.real(0)));
    b_.loop(b_.integer(0), b_.integer(remembered_ + window_), threads,
            [&](Val first) { add_part(first); });
    write_out();
    return draft_.finish(heads_ * window_);
  }

 private:
  /// Whether this query sees key n: of those remembered, then of the window.
  [[nodiscard]] Val sees(Val n) {
    return either(less(n, past_), both(at_most(remembered_, n), at_most(n, token_ + remembered_)));
  }

  [[nodiscard]] Val score(Val n) {
    const Val result = b_.variable(b_.real(never));
    const Val query = (head_ * window_ + token_) * dims_;
    const Val in_window = (head_ * window_ + (n - remembered_)) * dims_;
    const Val in_memory = head_ * (dims_ * remembered_) + n;  // [D,N]
    b_.when(sees(n), [&] {
      b_.set(result, b_.real(0));
      const Val old = less(n, remembered_);
      b_.when(old, [&] {
        add_dot(result, [&](Val d) {
          return std::pair{b_.load(inputs_[0], query + d),
                           b_.load(inputs_[3], in_memory + d * remembered_)};
        });
      });
      b_.when(opposite(old), [&] {
        add_dot(result, [&](Val d) {
          return std::pair{b_.load(inputs_[0], query + d), b_.load(inputs_[1], in_window + d)};
        });
      });
    });
    return b_.get(result);
  }

  template <class Factors>
  void add_dot(Val result, const Factors& factors) {
    b_.loop(b_.integer(0), b_.integer(dims_), 1, [&](Val d) {
      const auto [x, y] = factors(d);
      b_.set(result, fma(x, y, b_.get(result)));
    });
  }

  void add_part(Val first) {
    const Lanes all{b_.lane(), threads, 1};
    const Val mine = score(first + b_.lane());
    const Val part_most = fold_lanes(b_, folds_, all, plan::Fold::max, mine);
    const Val before = b_.get(most_);
    const Val most = pick(less(before, part_most), part_most, before);
    // A part of which nothing is seen changes nothing.
    const Val weight = pick(equal(mine, never), 0.0F, exp_of(mine - most));
    const Val correction = pick(equal(before, never), 0.0F, exp_of(before - most));
    const Val sum = fold_lanes(b_, folds_, all, plan::Fold::sum, weight);
    b_.set(total_, b_.get(total_) * correction + sum);
    b_.set(most_, most);
    b_.store(weights_, b_.lane(), weight);
    b_.barrier();
    for (size_t j = 0; j < sums_.size(); ++j) add_values(first, j, correction);
    b_.barrier();
  }

  void add_values(Val first, size_t j, Val correction) {
    const Val d = b_.lane() + static_cast<int64_t>(j) * threads;
    b_.when(less(d, dims_), [&] {
      const Val sum = sums_[j];
      b_.set(sum, b_.get(sum) * correction);
      b_.loop(b_.integer(0), b_.integer(threads), 1, [&](Val k) {
        const Val n = first + k;
        const Val value = b_.variable(b_.real(0));
        b_.when(sees(n), [&] {
          const Val old = less(n, remembered_);
          b_.when(old, [&] {
            const Val place = (head_ * remembered_ + n) * dims_ + d;
            b_.set(value, b_.load(inputs_[4], place));
          });
          b_.when(opposite(old), [&] {
            const Val place = (head_ * window_ + (n - remembered_)) * dims_ + d;
            b_.set(value, b_.load(inputs_[2], place));
          });
        });
        b_.set(sum, fma(b_.load(weights_, k), b_.get(value), b_.get(sum)));
      });
    });
  }

  void write_out() {
    for (size_t j = 0; j < sums_.size(); ++j) {
      const Val d = b_.lane() + static_cast<int64_t>(j) * threads;
      b_.when(less(d, dims_), [&] {
        const Val place = (head_ * window_ + token_) * dims_ + d;
        b_.store(out_, place, b_.get(sums_[j]) / b_.get(total_));
      });
    }
  }

  int64_t heads_;
  int64_t window_;
  int64_t dims_;
  int64_t remembered_;
  Draft draft_;
  Builder& b_;
  Shared weights_;
  std::optional<Shared> folds_;
  int out_;
  std::array<int, 6> inputs_{};
  Val head_;
  Val token_;
  Val past_;
  Val most_;   // of the scores so far
  Val total_;  // of the weights so far
  std::vector<Val> sums_;
};

}  // namespace

Lowered lower_attend(const plan::Attend& attend, int subgroup) {
  return {.calls = {AttendKernel(attend, subgroup).write()}};
}

}  // namespace rivulet::exec::gpu
