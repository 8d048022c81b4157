// Options that several commands share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/machine.h"
#include "rivulet/data/target2d.h"
#include "rivulet/exec/program.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::cli {

struct DeviceOptions {
  std::string name;
  ThreadCount threads;

  void add(Command command);
  [[nodiscard]] const Device& device() const { return rivulet::device(name); }
  [[nodiscard]] CompileOptions compile() const { return {.threads = threads}; }
};

/// The shapes that need no drawing.
[[nodiscard]] std::vector<std::string> drawable_targets();

/// What the plane's trainer is made of.
struct ToyOptions {
  train::Flow2dConfig config;
  std::string target = "eight-gaussians";
  std::string drawing;  // strokes, encoded
  std::string points;   // a file

  void add(Command command);
  /// Throws UsageError naming an option of these that was given: `why`.
  void refuse(const std::string& why) const;
  [[nodiscard]] train::Flow2dConfig finish() const;
  [[nodiscard]] data::Target2d make_target() const;

 private:
  std::string method_ = "shortcut";
  std::optional<float> bootstrap_;
  std::optional<float> self_weight_;
  std::vector<Option> options_;
};

}  // namespace rivulet::cli
