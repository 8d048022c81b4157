#include "rivulet/models/states.h"

namespace rivulet::models {

io::SafeTensors states_of(const Program& program) {
  io::SafeTensors states;
  for (const std::string& name : program.state_names()) {
    const std::span<const float> values = program.read(name);
    states.tensors.push_back({name, {program.shape(name), {values.begin(), values.end()}}});
  }
  return states;
}

}  // namespace rivulet::models
