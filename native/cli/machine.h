// What this machine can give to one process.
#pragma once

#include <cstdint>

namespace rivulet::cli {

/// Processors that this process may use: of the machine, less where it was bound to some of them or
/// a container has a quota. At least 1.
[[nodiscard]] int usable_processors();

/// A number of threads that was asked for; as a number, never more than there are processors to run
/// them, which is told once.
struct ThreadCount {
  int asked = 1;

  operator int() const;
};

}  // namespace rivulet::cli
