#include "rivulet/core/memory.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "rivulet/core/error.h"

namespace rivulet {
namespace {

constexpr int64_t unknown = -1;

int64_t first_number(const char* path) {
  std::ifstream file(path);
  int64_t value = unknown;
  return file >> value ? value : unknown;
}

/// In gigabytes with one digit, rounded so that what is needed never looks as if it were there.
std::string gigabytes(int64_t bytes, bool up) {
  const double tenths = static_cast<double>(bytes) * 1e-8;
  const auto whole = static_cast<int64_t>(up ? std::ceil(tenths) : std::floor(tenths));
  return std::to_string(whole / 10) + "." + std::to_string(whole % 10) + " GB";
}

}  // namespace

int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  int64_t kilobytes = 0;
  std::string unit;
  int64_t available = unknown;
  while (available == unknown && file >> key >> kilobytes >> unit) {
    if (key == "MemAvailable:") available = kilobytes * 1024;
  }
  const int64_t limit = first_number("/sys/fs/cgroup/memory.max");
  const int64_t used = first_number("/sys/fs/cgroup/memory.current");
  if (limit >= 0 && used >= 0) {
    const int64_t left = std::max<int64_t>(limit - used, 0);
    available = available == unknown ? left : std::min(available, left);
  }
  return available;
}

void need_memory(const char* where, int64_t bytes) {
  constexpr int64_t small = int64_t{64} << 20;  // not worth asking
  if (bytes < small) return;
  const int64_t available = available_memory();
  if (available < 0 || bytes <= available) return;
  fail(where, "this needs " + gigabytes(bytes, true) + " of memory, and " +
                  gigabytes(available, false) +
                  " are free: a smaller batch, picture or network needs less");
}

}  // namespace rivulet
