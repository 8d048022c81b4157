// Sets of vectors: the one that is shown, at once, and many more for the mean over sets.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "rivulet/live/experts_geometry/engine.h"

namespace rivulet::live::experts_geometry {

class Sets final : public Worker<Order> {
 public:
  explicit Sets(Outbox& out) : out_(out) {}

  void obey(const Order& order) override;
  /// The set of the order, or one more set for each overlap; false when there are enough.
  bool slice() override;

 private:
  /// Sums over sets, [n+1] each.
  struct Sums {
    std::vector<double> longest;
    std::vector<double> best;
  };

  void arrange();
  void begin_gap();
  void add_set();

  Outbox& out_;
  Order order_;
  bool arranged_ = true;
  std::array<Sums, overlap_count> sums_;
  Gap gap_;
};

/// The vectors of an arrangement, and what each rule keeps.
[[nodiscard]] Vectors vectors_of(const Arrangement& arrangement);
/// What each rule keeps of vectors with these products, where a router predicts these norms.
void judge(const models::ExpertGram& gram, std::span<const float> predicted, bool weighed,
           std::array<models::ExpertErrors, models::expert_rule_count>& errors);
/// The order in which the random rule keeps n vectors.
[[nodiscard]] std::vector<int> lots(int n, uint64_t seed);

}  // namespace rivulet::live::experts_geometry
