#include "rivulet/live/experts_balance/hand.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace rivulet::live::experts_balance {
namespace {

constexpr float least_gate = 1e-4F;

bool uses(uint32_t experts, int i) { return (experts >> i & 1U) != 0; }

/// What gates are divided by.
float norm_of(const Hand& hand, int token, uint32_t experts) {
  if (hand.gate == nn::GateNorm::none) return 1;
  const auto first = static_cast<size_t>(token * hand.n);
  float sum = 0;
  for (int i = 0; i < hand.n; ++i) {
    const bool counts = hand.gate == nn::GateNorm::before || uses(experts, i);
    if (counts) sum += hand.parts.scores[first + static_cast<size_t>(i)];
  }
  return std::max(sum, least_gate);
}

/// Seats, one for each token that an expert may have, beside those that others of a token take.
std::vector<int> seats_of(const Hand& hand, const Choices& others) {
  const int most = (hand.tokens() * hand.k + hand.n - 1) / hand.n;
  const std::vector<int> taken = loads_of(others, hand.n);
  std::vector<int> seats;
  for (int i = 0; i < hand.n; ++i) {
    seats.insert(seats.end(), static_cast<size_t>(std::max(0, most - taken[size_t(i)])), i);
  }
  return seats;
}

/// One more expert for each token.
Choices with_one_more(const Hand& hand, const Choices& others) {
  constexpr double never = 1e6;  // twice the same expert
  const std::vector<int> seats = seats_of(hand, others);
  std::vector<double> cost;
  for (int token = 0; token < hand.tokens(); ++token) {
    const uint32_t has = others[size_t(token)];
    for (const int seat : seats) {
      cost.push_back(uses(has, seat) ? never : loss_by(hand, token, has | 1U << seat));
    }
  }
  const std::vector<int> seat = assign(cost, hand.tokens(), static_cast<int>(seats.size()));
  Choices out = others;
  for (size_t token = 0; token < out.size(); ++token) {
    out[token] |= 1U << seats[size_t(seat[token])];
  }
  return out;
}

/// The i-th of a token's experts, counted from the lowest.
uint32_t nth_bit(uint32_t experts, int i) {
  for (; i > 0; --i) experts &= experts - 1;
  return experts & (~experts + 1U);
}

}  // namespace

data::Point velocity_by(const Hand& hand, int token, uint32_t experts) {
  const auto at = static_cast<size_t>(2 * token);
  const float share = 1 / norm_of(hand, token, experts);
  data::Point v{hand.parts.base[at], hand.parts.base[at + 1]};
  for (int i = 0; i < hand.n; ++i) {
    if (!uses(experts, i)) continue;
    const size_t adds = hand.xy.size() * size_t(i) + at;
    v.x += share * hand.parts.adds[adds];
    v.y += share * hand.parts.adds[adds + 1];
  }
  return v;
}

float loss_by(const Hand& hand, int token, uint32_t experts) {
  const data::Point v = velocity_by(hand, token, experts);
  const float dx = v.x - hand.truth[static_cast<size_t>(2 * token)];
  const float dy = v.y - hand.truth[static_cast<size_t>(2 * token) + 1];
  return (dx * dx + dy * dy) / 2;
}

std::vector<int> loads_of(const Choices& choices, int n) {
  std::vector<int> loads(size_t(n), 0);
  for (const uint32_t experts : choices) {
    for (int i = 0; i < n; ++i) loads[size_t(i)] += uses(experts, i) ? 1 : 0;
  }
  return loads;
}

Score score_of(const Hand& hand, const Choices& choices) {
  Score score;
  int all = 0;
  for (int token = 0; token < hand.tokens(); ++token) {
    score.loss += loss_by(hand, token, choices[size_t(token)]) / static_cast<float>(hand.tokens());
    all += std::popcount(choices[size_t(token)]);
  }
  const int most = std::ranges::max(loads_of(choices, hand.n));
  score.violation = static_cast<float>(hand.n * most) / static_cast<float>(std::max(all, 1)) - 1;
  return score;
}

Choices best_choices(const Hand& hand) {
  Choices out;
  for (int token = 0; token < hand.tokens(); ++token) {
    uint32_t best = 0;
    float least = std::numeric_limits<float>::infinity();
    for (uint32_t experts = 0; experts < 1U << hand.n; ++experts) {
      if (std::popcount(experts) != hand.k) continue;
      const float loss = loss_by(hand, token, experts);
      if (loss >= least) continue;
      least = loss;
      best = experts;
    }
    out.push_back(best);
  }
  return out;
}

Choices best_even_choices(const Hand& hand) {
  Choices best(static_cast<size_t>(hand.tokens()), 0);
  for (int i = 0; i < hand.k; ++i) best = with_one_more(hand, best);
  float least = score_of(hand, best).loss;
  for (bool better = hand.k > 1; better;) {
    better = false;
    for (int i = 0; i < hand.k; ++i) {
      Choices others = best;
      for (uint32_t& experts : others) experts &= ~nth_bit(experts, i);
      const Choices tried = with_one_more(hand, others);
      const float loss = score_of(hand, tried).loss;
      const bool whole = std::ranges::all_of(
          tried, [&](uint32_t experts) { return std::popcount(experts) == hand.k; });
      if (!whole || loss >= least - 1e-6F) continue;
      best = tried;
      least = loss;
      better = true;
    }
  }
  return best;
}

std::vector<int> assign(const std::vector<double>& cost, int rows, int columns) {
  // Rows one after another; shortest augmenting paths by reduced costs. Row and column 0 are none.
  const auto at = [&](int row, int column) {
    return cost[static_cast<size_t>((row - 1) * columns + column - 1)];
  };
  std::vector<double> of_row(size_t(rows) + 1, 0.0);
  std::vector<double> of_column(size_t(columns) + 1, 0.0);
  std::vector<int> row_of(size_t(columns) + 1, 0);
  std::vector<int> before(size_t(columns) + 1, 0);
  for (int row = 1; row <= rows; ++row) {
    std::vector<double> least(size_t(columns) + 1, std::numeric_limits<double>::infinity());
    std::vector<bool> done(size_t(columns) + 1, false);
    row_of[0] = row;
    int column = 0;
    while (row_of[size_t(column)] != 0) {
      done[size_t(column)] = true;
      const int from = row_of[size_t(column)];
      double step = std::numeric_limits<double>::infinity();
      int next = 0;
      for (int j = 1; j <= columns; ++j) {
        if (done[size_t(j)]) continue;
        const double reduced = at(from, j) - of_row[size_t(from)] - of_column[size_t(j)];
        if (reduced < least[size_t(j)]) {
          least[size_t(j)] = reduced;
          before[size_t(j)] = column;
        }
        if (least[size_t(j)] < step) {
          step = least[size_t(j)];
          next = j;
        }
      }
      for (int j = 0; j <= columns; ++j) {
        if (done[size_t(j)]) {
          of_row[size_t(row_of[size_t(j)])] += step;
          of_column[size_t(j)] -= step;
        } else {
          least[size_t(j)] -= step;
        }
      }
      column = next;
    }
    for (; column != 0; column = before[size_t(column)]) {
      row_of[size_t(column)] = row_of[size_t(before[size_t(column)])];
    }
  }
  std::vector<int> out(size_t(rows), 0);
  for (int j = 1; j <= columns; ++j) {
    if (row_of[size_t(j)] > 0) out[size_t(row_of[size_t(j)]) - 1] = j - 1;
  }
  return out;
}

}  // namespace rivulet::live::experts_balance
