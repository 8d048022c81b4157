// Routing by hand: some tokens, what each expert would make of them, and what a choice is worth.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/models/experts2d.h"

namespace rivulet::live::experts_balance {

/// Of each token, a bit for each expert that it uses.
using Choices = std::vector<uint32_t>;

/// Tokens before experts that no longer learn.
struct Hand {
  uint64_t run = 0;
  int64_t step = -1;  ///< of training, whose weights these are; -1: nothing yet
  int side = 0;
  float time = 0;
  int n = 0;
  int k = 0;
  nn::GateNorm gate = nn::GateNorm::none;
  std::vector<float> xy;     // [tokens,2]
  std::vector<float> truth;  // [tokens,2]: the velocity that is right
  models::Experts2dParts::Parts parts;
  Choices router;  ///< what the network itself chooses

  [[nodiscard]] int tokens() const { return static_cast<int>(xy.size() / 2); }
};

inline constexpr int hand_tokens = 24;

/// The velocity that the chosen experts make of a token.
[[nodiscard]] data::Point velocity_by(const Hand& hand, int token, uint32_t experts);
/// Half of its squared error, |v - truth|^2 / 2.
[[nodiscard]] float loss_by(const Hand& hand, int token, uint32_t experts);

struct Score {
  float loss = 0;       ///< mean over tokens
  float violation = 0;  ///< MaxVio
};
[[nodiscard]] Score score_of(const Hand& hand, const Choices& choices);
/// Tokens of each expert.
[[nodiscard]] std::vector<int> loads_of(const Choices& choices, int n);

/// k experts a token with the least loss, whatever the load.
[[nodiscard]] Choices best_choices(const Hand& hand);
/// The same where no expert has more than its share, rounded up: exact for k = 1 (an assignment);
/// else one expert of all tokens after another is assigned, until nothing gets better.
[[nodiscard]] Choices best_even_choices(const Hand& hand);

/// Columns for rows at the least cost [rows,columns], rows <= columns (Kuhn 1955, Munkres 1957).
[[nodiscard]] std::vector<int> assign(const std::vector<double>& cost, int rows, int columns);

}  // namespace rivulet::live::experts_balance
