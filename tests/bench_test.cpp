#include "rivulet/exec/bench.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace rivulet;

TEST_SUITE_BEGIN("bench");

TEST_CASE("bench: every case runs and has a rate") {
  const exec::Peak peak = exec::measure_peak(0.01);
  CHECK(!peak.instructions.empty());
  CHECK(peak.flops > 1e8);
  CHECK(peak.bytes > 1e8);
  std::set<std::string> names;
  for (const exec::OpCase& op : exec::op_cases()) {
    if (op.large) continue;  // seconds each
    const exec::OpTiming timing = exec::time_op(op, cpu_device(), peak, {}, 0.0);
    CAPTURE(timing.name);
    CHECK(names.insert(timing.name).second);
    CHECK(timing.seconds > 0);
    CHECK(timing.rate > 0);
  }
}

TEST_SUITE_END();
