// The names of an enumeration's values: one table for cards, links, options and messages.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/error.h"

namespace rivulet {

/// Enum's values are 0, 1, ..., N-1, and `names` has theirs in that order.
template <class Enum, size_t N>
struct Names {
  std::string_view what;  ///< they are names of: "method", for messages
  std::array<std::string_view, N> names;
  std::array<std::string_view, N> old = {};  ///< what older files call them, where that differs

  [[nodiscard]] constexpr std::string_view of(Enum value) const {
    return names.at(static_cast<size_t>(value));
  }
  [[nodiscard]] std::optional<Enum> find(std::string_view name) const {
    for (size_t i = 0; i < N; ++i) {
      if (name == names[i] || (!old[i].empty() && name == old[i])) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }
  /// Throws Error listing the names.
  [[nodiscard]] Enum read(std::string_view name) const {
    if (const std::optional<Enum> found = find(name)) return *found;
    std::string known;
    for (const std::string_view one : names) (known += known.empty() ? "" : ", ") += one;
    fail(std::string(what), "there is no '" + std::string(name) + "', only " + known);
  }
  /// Of the first values alone, for where the others are not offered.
  template <size_t Count>
  [[nodiscard]] constexpr Names<Enum, Count> first() const {
    static_assert(Count <= N);
    Names<Enum, Count> some{what, {}};
    std::copy_n(names.begin(), Count, some.names.begin());
    std::copy_n(old.begin(), Count, some.old.begin());
    return some;
  }
  /// For options that list them.
  [[nodiscard]] std::vector<std::string> list() const { return {names.begin(), names.end()}; }
};

}  // namespace rivulet
