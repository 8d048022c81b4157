// The weights of a program, to make another one of.
#pragma once

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"

namespace rivulet::models {

/// All of its states, as they are now.
[[nodiscard]] io::SafeTensors states_of(const Program& program);

}  // namespace rivulet::models
