// Options of a training that a checkpoint settles: they are part of the command that makes the same
// file again, and cannot be given when a training is resumed.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace rivulet::cli {

class SettledOptions {
 public:
  void add(CLI::Option* option) { options_.push_back(option); }
  /// An option of a number within limits.
  template <class T, class Limit>
  void number(CLI::App& command, const char* name, T& value, Limit low, Limit high,
              const char* help) {
    add(command.add_option(name, value, help)
            ->type_name(std::is_floating_point_v<Limit> ? "X" : "N")
            ->check(between(low, high))
            ->capture_default_str());
  }

  /// Throws CLI::ValidationError naming one that was given although a training is resumed.
  void refuse_beside(const std::string& resume) const;
  /// The command without where things lie and how often they are kept.
  [[nodiscard]] std::string command_of(const CLI::App& command, int64_t steps) const;

 private:
  std::vector<CLI::Option*> options_;
};

}  // namespace rivulet::cli
