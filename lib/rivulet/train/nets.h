// The weights of several nets in one graph.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/nn/params.h"

namespace rivulet::train {

/// Groups of weights, each as they are and averaged: what a training step is built from.
class Nets {
 public:
  /// A group, and what its weights begin as: a file's tensors, which live until the graph is
  /// compiled, or random numbers.
  struct Beginning {
    std::string group;
    const io::SafeTensors* file = nullptr;
  };
  /// States "GROUP.WEIGHT", or "WEIGHT" where a group's name is empty, and "ema." + that.
  Nets(Graph& graph, uint64_t seed, std::span<const Beginning> groups);
  Nets(const Nets&) = delete;  // averages point to their weights
  Nets& operator=(const Nets&) = delete;

  /// Of a group by name, the first by default; throws Error when there is none of that name.
  [[nodiscard]] nn::Params& weights(std::string_view group) { return find(group).weights; }
  [[nodiscard]] nn::Params& weights() { return nets_.front().weights; }
  /// The same weights averaged over steps (EMA), for targets.
  [[nodiscard]] nn::Params& averages(std::string_view group) { return find(group).averages; }
  [[nodiscard]] nn::Params& averages() { return nets_.front().averages; }

 private:
  struct Net {
    std::string name;
    nn::Params weights;
    nn::Params averages;
    Net(Graph& graph, uint64_t seed, const Beginning& beginning);
  };
  Net& find(std::string_view group);

  std::deque<Net> nets_;
};

/// Before the names of a group's states: "GROUP.", or nothing.
[[nodiscard]] std::string state_prefix(std::string_view group);
/// Before that, in the names of averages.
inline constexpr std::string_view averages_prefix = "ema.";

}  // namespace rivulet::train
