// rivulet bench tarflow --backprop.
#pragma once

#include <vector>

#include "cli/options.h"

namespace rivulet::cli {

struct BenchBackprop {
  DeviceOptions device;
  int batch = 8;
  std::vector<int> blocks = {4, 8, 16};
  double seconds = 1;
  bool json = false;
};

/// Memory, time and gradients of the three ways back through TarFlows of the usual size.
int bench_tarflow_backprop(const BenchBackprop& options);

}  // namespace rivulet::cli
