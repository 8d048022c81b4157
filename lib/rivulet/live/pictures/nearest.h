// The training picture that is most like a given one.
#pragma once

#include <optional>
#include <span>

#include "rivulet/data/pictures.h"
#include "rivulet/live/pictures/engine.h"

namespace rivulet::live::pictures {

/// Training pictures, of which some picture is the nearest to any other.
class TrainingSheet {
 public:
  /// Another PNG sheet, or none; true when it is another one.
  bool set(const FileBytes& file);
  [[nodiscard]] explicit operator bool() const { return file_ != nullptr; }
  /// To the finished picture of that trace; a count of 0 where no training picture is of its size.
  [[nodiscard]] Nearest nearest(const Trace& trace);

 private:
  void read(int side, int channels);
  void search(std::span<const float> picture, Nearest& found) const;

  FileBytes file_;
  std::optional<data::Pictures> pictures_;  // cut when first asked for, to the size of a trace
};

}  // namespace rivulet::live::pictures
