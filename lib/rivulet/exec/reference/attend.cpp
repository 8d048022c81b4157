#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

/// One query of one head: what attend does with the first `past` of those remembered and `tokens`
/// of the window.
void attend_query(const Call& c, int64_t head, int64_t token, int64_t past) {
  const int64_t window = c.node.shape[2];
  const int64_t dims = c.node.shape[3];
  const int64_t remembered = c.shapes[4][2];
  const float* q = c.inputs[0] + (head * window + token) * dims;
  const auto in_window = [&](size_t input, int64_t j) {
    return c.inputs[input] + (head * window + j) * dims;
  };
  std::vector<double> weights;
  for (int64_t n = 0; n < past; ++n) {
    const float* keys = c.inputs[3] + head * dims * remembered + n;  // [D,N]
    double score = 0;
    for (int64_t d = 0; d < dims; ++d) score += double{q[d]} * double{keys[d * remembered]};
    weights.push_back(score);
  }
  for (int64_t j = 0; j <= token; ++j) {
    weights.push_back(std::inner_product(q, q + dims, in_window(1, j), 0.0));
  }
  const double most = *std::ranges::max_element(weights);
  double total = 0;
  for (double& weight : weights) total += weight = std::exp(weight - most);
  for (int64_t d = 0; d < dims; ++d) {
    double sum = 0;
    for (int64_t n = 0; n < past + token + 1; ++n) {
      const float* value =
          n < past ? c.inputs[4] + (head * remembered + n) * dims : in_window(2, n - past);
      sum += weights[static_cast<size_t>(n)] * double{value[d]};
    }
    c.out[(head * window + token) * dims + d] = static_cast<float>(sum / total);
  }
}

}  // namespace

void attend(const Call& c) {
  const auto remembered = static_cast<float>(c.shapes[4][2]);
  const auto past = static_cast<int64_t>(std::clamp(c.inputs[5][0], 0.0F, remembered));
  for (int64_t head = 0; head < c.node.shape[0] * c.node.shape[1]; ++head) {
    for (int64_t token = 0; token < c.node.shape[2]; ++token) attend_query(c, head, token, past);
  }
}

}  // namespace rivulet::exec::reference
