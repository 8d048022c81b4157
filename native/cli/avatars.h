// The avatar set is drawn by a Node script, native/avatars/make.mjs.
#pragma once

#include <cstdint>
#include <string>

namespace rivulet::cli {

struct AvatarOptions {
  std::string out;  ///< folder
  uint32_t seed = 0;
  int count = 60000;
  int held_out = 5000;
};

/// Runs the script, after installing its npm packages into the cache folder where they are missing.
/// Returns the script's exit code; throws Error when node, npm or the script is not there.
[[nodiscard]] int make_avatars(const AvatarOptions& options);

}  // namespace rivulet::cli
