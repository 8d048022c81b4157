#include "cli/avatars.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/crc.h"

namespace rivulet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> script_files{"make.mjs", "package.json", "package-lock.json"};

/// The script in the source tree that the program was built in, or beside an installed program.
fs::path script_folder() {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  for (fs::path folder = program.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    for (const char* place : {"native/avatars", "share/rivulet/avatars"}) {
      if (fs::exists(folder / place / script_files[0])) return folder / place;
    }
  }
  fail("data", fmt::format("found no {} above {}: build in the source tree, or install",
                           script_files[0], program.string()));
}

fs::path cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  if (const fs::path own = variable("RIVULET_CACHE"); !own.empty()) return own;
  if (const fs::path users = variable("XDG_CACHE_HOME"); !users.empty()) return users / "rivulet";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".cache/rivulet";
  fail("data", "no cache folder: set RIVULET_CACHE");
}

/// Runs a program of PATH and returns its exit code; what it prints goes to stderr.
int run(std::vector<std::string> command, const char* package) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    fail("data", fmt::format("{} is missing: install the package {}", command[0], package));
  }
  if (error != 0) fail("data", fmt::format("cannot run {}: {}", command[0], std::strerror(error)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("data", fmt::format("lost {}: {}", command[0], std::strerror(errno)));
  }
  if (!WIFEXITED(status)) fail("data", fmt::format("{} was stopped by a signal", command[0]));
  return WEXITSTATUS(status);
}

/// A folder of the cache with the script and its packages: one for each version of the script.
fs::path installed_script() {
  const fs::path source = script_folder();
  io::Bytes all;
  for (const char* name : script_files) {
    const io::Bytes file = io::read_file((source / name).string());
    all.insert(all.end(), file.begin(), file.end());
  }
  const fs::path folder = cache_folder() / fmt::format("avatars-{:08x}", io::crc32(all));
  if (fs::exists(folder)) return folder / script_files[0];

  // Made elsewhere and renamed, so that a folder of this name is always complete.
  const fs::path part = folder.string() + fmt::format(".{}.part", getpid());
  fs::create_directories(part);
  for (const char* name : script_files) {
    fs::copy_file(source / name, part / name, fs::copy_options::overwrite_existing);
  }
  fmt::print(stderr, "installing the packages that draw avatars\n");
  const std::vector<std::string> install{
      "npm",        "ci",        "--prefix",         part.string(),
      "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"};
  const int code = [&] {
    try {
      return run(install, "npm");
    } catch (const Error&) {
      fs::remove_all(part);
      throw;
    }
  }();
  std::error_code taken;  // by a run beside this one, which installed the same
  if (code == 0) fs::rename(part, folder, taken);
  if (code != 0 || taken) fs::remove_all(part);
  if (code != 0) {
    fail("data", fmt::format("npm could not install the packages of {} (is there a network?)",
                             (source / "package.json").string()));
  }
  return folder / script_files[0];
}

}  // namespace

int make_avatars(const AvatarOptions& options) {
  const fs::path script = installed_script();
  // Before the work, and here, since Node takes very long to fail in some file systems.
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) fail("data", fmt::format("cannot make {}: {}", options.out, error.message()));
  return run(
      {"node", script.string(), "--out", options.out, "--seed", std::to_string(options.seed),
       "--count", std::to_string(options.count), "--held-out", std::to_string(options.held_out)},
      "nodejs");
}

}  // namespace rivulet::cli
