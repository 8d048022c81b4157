// rivulet bench pictures
#pragma once

#include "cli/command.h"
#include "cli/commands.h"

namespace rivulet::cli {

void add_bench_pictures(Command bench, Action& action);

}  // namespace rivulet::cli
