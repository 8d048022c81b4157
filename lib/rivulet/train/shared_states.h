// Several programs over the same states.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/program.h"

namespace rivulet::train {

/// Programs whose states of one name are one state. Each holds a copy of its own; what one run has
/// changed, another program is given when it runs next.
class SharedStates {
 public:
  /// `graph` is what the program was compiled from.
  void add(const Graph& graph, Program program);

  [[nodiscard]] size_t size() const { return members_.size(); }
  [[nodiscard]] Program& program(size_t i) { return members_[i].program; }
  [[nodiscard]] const Program& program(size_t i) const { return members_[i].program; }

  /// Runs a program on the newest states.
  void run(size_t i);

  /// Of all programs, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Shape shape(const std::string& name) const;
  /// The newest value of a state. Throws Error when no program has it.
  [[nodiscard]] std::span<const float> read(const std::string& name) const;
  /// In every program that has it, which may be none.
  void write(const std::string& name, std::span<const float> values);

 private:
  struct Member {
    Program program;
    std::vector<std::string> changes;     // states that a run moves
    std::map<std::string, size_t> stale;  // states that were moved since, and by which member
  };
  [[nodiscard]] const Program& holder(const std::string& name) const;

  std::vector<Member> members_;
};

}  // namespace rivulet::train
