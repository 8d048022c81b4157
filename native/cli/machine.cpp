#include "cli/machine.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

namespace rivulet::cli {
namespace {

/// Processors that a control group allows, from files such as "200000 100000" or "max 100000"; 0:
/// as many as there are.
int quota() {
  std::ifstream two("/sys/fs/cgroup/cpu.max");
  std::string allowed;
  double period = 0;
  if (two >> allowed >> period) {
    if (allowed == "max" || period <= 0) return 0;
    return static_cast<int>(std::ceil(std::strtod(allowed.c_str(), nullptr) / period));
  }
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double amount = 0;
  if (!(quota_file >> amount) || !(period_file >> period) || amount <= 0 || period <= 0) return 0;
  return static_cast<int>(std::ceil(amount / period));
}

}  // namespace

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = sched_getaffinity(0, sizeof set, &set) == 0
                  ? CPU_COUNT(&set)
                  : static_cast<int>(std::thread::hardware_concurrency());
  if (const int allowed = quota(); allowed > 0) count = std::min(count, allowed);
  return std::max(count, 1);
}

ThreadCount::operator int() const {
  static const int usable = usable_processors();
  static bool told = false;
  if (asked > usable && !told) {
    told = true;
    fmt::print(stderr, "{} threads were asked for, {} can run here at once: {} are used\n", asked,
               usable, usable);
  }
  return std::min(asked, usable);
}

}  // namespace rivulet::cli
