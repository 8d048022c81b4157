#include "rivulet/models/weights.h"

#include "rivulet/core/error.h"

namespace rivulet::models {

Program compile_with_weights(const Graph& graph, const nn::Params& params,
                             const io::SafeTensors& file, const Device& device,
                             const CompileOptions& options) {
  for (const nn::Param& param : params.all()) {
    const Tensor& tensor = file.at(param.name);
    if (!(tensor.shape() == param.value.shape())) {
      fail("weights", "'" + param.name + "' is " + tensor.shape().str() + ", not " +
                          param.value.shape().str());
    }
  }
  Program program = compile(graph, device, options);
  for (const nn::Param& param : params.all()) {
    program.write(param.name, file.at(param.name).span());
  }
  return program;
}

}  // namespace rivulet::models
