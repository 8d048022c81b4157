// Why a mixture of experts keeps the longest vectors: a sum of n vectors, and what is left of it
// when only k of them are kept (spec of the system: the best k are the k longest, exactly so where
// the vectors are orthogonal).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/core/random.h"

namespace rivulet::models {

/// Of how many experts all subsets are tried.
inline constexpr int most_experts = 12;

/// Who chooses the vectors that are kept.
enum class ExpertRule : uint8_t {
  longest,  ///< an oracle: the largest true norms
  best,     ///< the subset whose sum comes closest, by trying all
  router,   ///< the largest predicted norms
  random,
};
inline constexpr int expert_rule_count = 4;

/// The inner products of n vectors, all that distances between their sums depend on.
class ExpertGram {
 public:
  /// `vectors` is [n,dims]; throws Error where it is not, or n is not 1..most_experts.
  ExpertGram(std::span<const float> vectors, int n);

  [[nodiscard]] int count() const { return n_; }
  [[nodiscard]] double product(int i, int j) const {
    return products_[static_cast<size_t>(i * n_ + j)];
  }
  [[nodiscard]] float norm(int i) const;
  [[nodiscard]] std::vector<float> norms() const;
  /// ||sum_i v_i - sum_i w_i v_i||^2: w is 1 for what is kept and 0 for what is dropped; a kept
  /// vector may have a wrong length as well.
  [[nodiscard]] double missing(std::span<const float> weights) const;

 private:
  int n_;
  std::vector<double> products_;  // [n,n]
};

/// What k = 0..n kept vectors miss of the sum, as squared distances; the first is the sum's square.
struct ExpertErrors {
  std::vector<double> squared;  // [n+1]
  std::vector<uint32_t> kept;   // [n+1], a bit for each vector; empty where there is no one choice

  /// Of the sum's square.
  [[nodiscard]] float relative(int k) const;
};

/// Indices by falling score; equal ones stay in their order.
[[nodiscard]] std::vector<int> by_score(std::span<const float> scores);
/// The first k of `order`, each by its weight (1: as it is).
[[nodiscard]] ExpertErrors ranked_errors(const ExpertGram& gram, std::span<const int> order,
                                         std::span<const float> weights = {});
/// The least that any k can miss: tries all 2^n subsets.
[[nodiscard]] ExpertErrors best_errors(const ExpertGram& gram);
/// The mean over all subsets of k, without drawing any.
[[nodiscard]] ExpertErrors random_errors(const ExpertGram& gram);

/// n vectors in random directions, their norms within 0.35..1.65: [n,dims].
[[nodiscard]] std::vector<float> random_experts(int n, int dims, Rng& rng);
/// n vectors of such norms with |cos| = overlap between any two: 0 orthogonal, 1 all on one line,
/// forth or back. v_i = r_i (sqrt(1-overlap) q_i +- sqrt(overlap) q_0) with orthonormal q:
/// [n,n+1], q_0 last.
[[nodiscard]] std::vector<float> overlapping_experts(int n, float overlap, Rng& rng);
/// What a router that is not perfect predicts: norm * exp(noise * N(0,1)).
[[nodiscard]] std::vector<float> noisy_norms(std::span<const float> norms, float noise, Rng& rng);

}  // namespace rivulet::models
