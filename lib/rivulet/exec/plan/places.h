// The memory plan: where each node's value lies during a run, and when it may be overwritten.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/plan/limits.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::plan {

/// How a state takes its new value when a run ends.
struct Commit {
  enum class How : uint8_t {
    in_place,  ///< a fused group writes it where the state lies, and nothing reads the old one then
    copy,      ///< when all stages have run
    patch,     ///< then, too, a part of the state is written over
  };
  int state;
  int value;  ///< patch: the state itself
  How how;
  SliceUpdate patch = {};
};

/// Leaves (inputs, states, constants, and fills that some stage reads) have buffers of their own.
/// All other values share one arena, where a value's place is reused as soon as its last reader has
/// run. Results and new states stay to the end.
struct Place {
  enum class Kind : uint8_t {
    none,   ///< never stored: fused away, or not live
    leaf,   ///< its own buffer
    arena,  ///< at `offset`
    state,  ///< where `state` lies: its new value
  };
  Kind kind = Kind::none;
  int64_t offset = 0;  ///< in floats
  int state = -1;
};

struct Places {
  std::vector<int> roots;     ///< by node: whose memory it is, another's for aliases
  std::vector<Place> places;  ///< of roots
  int64_t arena = 0;          ///< its size in floats

  [[nodiscard]] int root(int node) const { return roots[static_cast<size_t>(node)]; }
  [[nodiscard]] const Place& of(int node) const { return places[static_cast<size_t>(root(node))]; }
};

/// In place are updates by the fused groups that end a run, where nobody needs the old value by
/// then. From the first of them on, a run is not interrupted (see first_write).
[[nodiscard]] std::vector<Commit> commits_of(const Graph& graph, std::span<const Stage> stages,
                                             std::span<const SliceUpdate> patches);

/// The first stage that changes a state in place, or the number of stages.
[[nodiscard]] int first_write(std::span<const Stage> stages, std::span<const Commit> commits);

[[nodiscard]] Places place_all(const Graph& graph, const Limits& limits,
                               std::span<const Stage> stages, std::span<const Commit> commits);

[[nodiscard]] std::string to_text(const Graph& graph, const Commit& commit);

}  // namespace rivulet::exec::plan
