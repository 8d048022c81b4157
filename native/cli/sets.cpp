#include "cli/sets.h"

#include <cstdlib>
#include <filesystem>

#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

namespace fs = std::filesystem;

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

std::string shipped_model(const std::string& file, const std::string& option) {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* folder : {"../../assets/models", "../share/rivulet/models", "assets/models"}) {
    const fs::path path = program / folder / file;
    if (fs::exists(path, ignored)) return path.lexically_normal().string();
  }
  fail("model", "no " + file + " lies beside this program: give one as " + option);
}

}  // namespace rivulet::cli
