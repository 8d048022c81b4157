// Stopping politely.
#pragma once

namespace rivulet::cli {

/// While one lives, the first SIGINT, SIGTERM or SIGHUP raises a flag and is answered at once; a
/// second one ends the process.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] static bool raised();
};

}  // namespace rivulet::cli
