#include "cli/sets.h"

#include <cstdlib>

namespace rivulet::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string cache_folder() {
  if (std::string own = environment("RIVULET_CACHE"); !own.empty()) return own;
  if (const std::string shared = environment("XDG_CACHE_HOME"); !shared.empty()) {
    return shared + "/rivulet";
  }
  return environment("HOME") + "/.cache/rivulet";
}

std::string usual_data(const std::string& name) {
  if (name == "avatars") return cache_folder() + "/data/avatars";
  if (name == "fashion") return "/usr/share/datasets/fashion-mnist";
  return "";
}

}  // namespace rivulet::cli
