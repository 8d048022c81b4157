// The tensors of a network, by name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/io/safetensors.h"

namespace rivulet::nn {

/// How a tensor begins: `scale` times standard normal numbers, or `scale` everywhere.
struct Init {
  enum class Kind : uint8_t { constant, normal } kind = Kind::constant;
  float scale = 0;

  static constexpr Init zeros() { return {}; }
  static constexpr Init ones() { return {.kind = Kind::constant, .scale = 1}; }
  static constexpr Init normal(float deviation) {
    return {.kind = Kind::normal, .scale = deviation};
  }
  /// Standard deviation gain / sqrt(inputs): unit variance stays unit variance (LeCun et al. 1998);
  /// gain sqrt(2) makes up for a rectifier (He et al. 2015).
  static Init fan_in(int64_t inputs, float gain = 1);
};

struct Param {
  std::string name;  ///< the key in a safetensors file
  Value value;
  /// What the network itself makes of it in a training step, which then no optimiser moves: the
  /// mean, where the network was called several times. Empty: it is learned.
  std::vector<Value> next = {};
};

/// What a network asks for its tensors. A network is a pure function of its inputs and of this, so
/// calling it again with the same Params shares the weights, and calling it with `over` other
/// values evaluates it at averaged, frozen or perturbed weights.
class Params {
 public:
  /// Makes states of `graph`, named `prefix` + name, when they are first asked for. First values
  /// depend on seed and state's name only: adding a layer changes no other layer. Where there is a
  /// file they are its tensors of those names, as below.
  Params(Graph& graph, uint64_t seed, std::string prefix = {}, const io::SafeTensors* file = {})
      : graph_(&graph), seed_(seed), prefix_(std::move(prefix)), file_(file) {}
  /// Makes states that begin as the file's tensors of their names. Throws Error, before anything of
  /// that size is allocated, when one is missing or of another shape. The file must live until the
  /// graph is compiled.
  Params(Graph& graph, const io::SafeTensors& file)
      : graph_(&graph), file_(&file), settled_(true) {}
  /// Hands out these values; asking for any other name throws Error.
  static Params over(std::vector<Param> values);

  /// The tensor of that name; throws Error when it exists with another shape.
  [[nodiscard]] Value get(std::string_view name, const Shape& shape, Init init);

  /// Says what a training step makes of a tensor that was asked for (see Param::next). Of no effect
  /// on copies, on a file's tensors and on values that are no states of this network.
  void set(std::string_view name, Value next);

  /// In the order in which they were first asked for.
  [[nodiscard]] const std::vector<Param>& all() const { return params_; }
  [[nodiscard]] std::vector<Value> values() const;
  /// The same names over f(param).
  [[nodiscard]] Params map(const std::function<Value(const Param&)>& f) const;
  /// The same names over states `prefix` + name, each beginning as its original begins, and made
  /// when first asked for: with its original, where there is none yet. This must outlive them.
  [[nodiscard]] Params copy_states(const std::string& prefix);
  /// Those that an optimiser moves: of which the network has not said what becomes of them.
  [[nodiscard]] Params learned() const;
  /// The same names over values through which no gradient flows.
  [[nodiscard]] Params frozen() const;
  /// Numbers in all tensors.
  [[nodiscard]] int64_t count() const;

 private:
  Params() = default;

  Graph* graph_ = nullptr;  // null: makes nothing new
  uint64_t seed_ = 0;
  std::string prefix_;
  Params* original_ = nullptr;             // of copies
  const io::SafeTensors* file_ = nullptr;  // of what was trained before
  bool settled_ = false;                   // nothing that the network sets itself changes any more
  std::vector<Param> params_;
};

}  // namespace rivulet::nn
