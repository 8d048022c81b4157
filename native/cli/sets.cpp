#include "cli/sets.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "cli/alive.h"
#include "rivulet/core/error.h"
#include "rivulet/data/picture_sets.h"

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
  const data::PictureSet* const set = data::find_picture_set(name);
  return set ? (fs::path(cache_folder()) / "data" / set->folder).string() : "";
}

data::Pictures load_set(const std::string& path, const std::string& name, data::Part part) {
  const std::string from = path.empty() ? usual_data(name) : path;
  if (from.empty()) {
    fail("data", "where the pictures '" + name + "' lie is not known: give them as --data PATH");
  }
  const Activity activity("reading pictures");
  std::error_code ignored;
  if (path.empty() && !fs::exists(from, ignored)) {
    const std::string way =
        name == "avatars"   ? "make it by: rivulet data make avatars --out " + from
        : name == "fashion" ? "install it by: apt-get install dataset-fashion-mnist"
                            : "put it there";
    fail("data", "the set '" + name + "' is not at " + from + ": " + way +
                     ", or say by --data where it is");
  }
  data::Pictures set = data::load_pictures(from, part);
  static std::set<std::string> told;  // both parts of a set say the same
  for (const std::string& note : set.notes) {
    if (!told.insert(note).second) continue;
    shown_on_terminal();
    fmt::print(stderr, "{}: {}\n", from, note);
  }
  return set;
}

std::vector<data::PictureSet> trainable_sets() {
  std::vector<data::PictureSet> sets(data::picture_sets.begin(), data::picture_sets.end());
  sets.push_back({.words = "pictures of your own"});
  return sets;
}

std::string command_name(const std::string& kind, const data::PictureSet& set) {
  return set.name.empty() ? kind : fmt::format("{}-{}", kind, set.name);
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
