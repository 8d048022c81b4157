// Options of a training that a checkpoint settles: they are part of the command that makes the same
// file again, and cannot be given when a training is resumed.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"

namespace rivulet::cli {

class SettledOptions {
 public:
  void add(Option option) { options_.push_back(option); }
  /// An option of a number within limits.
  template <class T, class Limit>
  void number(Command command, const char* name, T& value, Limit low, Limit high,
              const char* help) {
    add(command.add_option(name, value, help)
            .type_name(std::is_floating_point_v<Limit> ? "X" : "N")
            .between(low, high)
            .capture_default_str());
  }

  /// Throws UsageError naming one that was given although a training is resumed.
  void refuse_beside(const std::string& resume) const;
  /// The command without where things lie and how often they are kept.
  [[nodiscard]] std::string command_of(Command command, int64_t steps) const;

 private:
  std::vector<Option> options_;
};

}  // namespace rivulet::cli
