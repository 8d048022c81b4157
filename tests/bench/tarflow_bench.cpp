// TarFlow's samplers in the browser (tarflow.mjs): rivulet bench tarflow without its command line.
#include <emscripten.h>

#include <cstddef>
#include <string>

#include "rivulet/io/json.h"
#include "rivulet/models/tarflow_bench.h"

using namespace rivulet;

extern "C" {

/// Of a weight file: one batch size's timings as JSON, which lives until the next call.
EMSCRIPTEN_KEEPALIVE const char* tarflow_times(const std::byte* file, int size, int batch,
                                               int threads, float tolerance, double seconds) {
  static std::string text;
  io::Json list = io::Json::array();
  const models::TarflowCourse course{.batch = batch, .tolerance = tolerance, .seconds = seconds};
  for (const models::TarflowTiming& timing :
       models::time_tarflow(io::parse_safetensors({file, static_cast<size_t>(size)}), course,
                            cpu_device(), {.threads = threads, .static_states = true})) {
    list.push_back({{"sampler", timing.sampler},
                    {"seconds", timing.seconds},
                    {"forward", timing.forward},
                    {"difference", timing.difference},
                    {"work", timing.work},
                    {"runs", timing.runs}});
  }
  text = list.dump();
  return text.c_str();
}

}  // extern "C"
