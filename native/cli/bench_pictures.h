// rivulet bench pictures
#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace rivulet::cli {

void add_bench_pictures(CLI::App& bench, Action& action);

}  // namespace rivulet::cli
