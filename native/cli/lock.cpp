#include "cli/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

/// Whether the file that is open still goes by that name: who ended removed it meanwhile.
bool still_named(int handle, const std::string& path) {
  struct stat open_one {};
  struct stat named {};
  return fstat(handle, &open_one) == 0 && stat(path.c_str(), &named) == 0 &&
         open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

[[noreturn]] void not_writable(const std::string& out, int reason) {
  const std::filesystem::path folder = std::filesystem::path(out).parent_path();
  const std::string place = folder.empty() ? "this folder" : "the folder " + folder.string();
  if (reason == ENOENT) {
    fail("train", fmt::format("cannot write {}: {} is not there; make it by mkdir -p, or give "
                              "another place by --out",
                              out, place));
  }
  fail("train", fmt::format("cannot write {} in {}: {}; give another place by --out", out, place,
                            std::strerror(reason)));
}

}  // namespace

OutputLock::OutputLock(std::string path, const std::string& out) : path_(std::move(path)) {
  if (std::filesystem::is_directory(out)) {
    fail("train", fmt::format("{} is a folder: give a file in it by --out", out));
  }
  for (;;) {
    handle_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (handle_ < 0) not_writable(out, errno);
    if (flock(handle_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) break;  // a file system without locks
      std::array<char, 32> holder{};
      const ssize_t count = read(handle_, holder.data(), holder.size() - 1);
      close(handle_);
      handle_ = -1;
      fail("train",
           fmt::format(
               "{} is being written by another run (process {}): wait for it, or "
               "give another place by --out",
               out, std::string_view(holder.data(), static_cast<size_t>(count > 0 ? count : 0))));
    }
    if (still_named(handle_, path_)) break;
    close(handle_);
  }
  const std::string own = std::to_string(getpid());
  if (ftruncate(handle_, 0) != 0 ||
      write(handle_, own.data(), own.size()) != static_cast<ssize_t>(own.size())) {
    // A full disk has no room for the number, but the lock holds all the same.
    errno = 0;
  }
}

OutputLock::~OutputLock() {
  if (handle_ < 0) return;
  unlink(path_.c_str());
  close(handle_);
}

}  // namespace rivulet::cli
