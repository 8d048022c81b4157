// Layers of experts in the browser (moe.mjs): rivulet bench moe without its command line.
#include <emscripten.h>

#include <string>

#include "rivulet/io/json.h"
#include "rivulet/train/moe_bench.h"

using namespace rivulet;

extern "C" {

/// Both races as JSON, which lives until the next call.
EMSCRIPTEN_KEEPALIVE const char* moe_times(int tokens, int threads, double seconds) {
  static std::string text;
  io::Json list = io::Json::array();
  for (const train::MoeRace& race :
       train::race_experts({.tokens = tokens}, cpu_device(), threads, seconds)) {
    const train::TimedWay& dense = race.ways.front();
    for (const train::TimedWay& way : race.ways) {
      list.push_back({{"what", race.what},
                      {"name", way.name},
                      {"seconds", way.median()},
                      {"to_dense", way.ratio(dense)},
                      {"fastest_to_dense", way.fastest() / dense.fastest()}});
    }
  }
  text = list.dump();
  return text.c_str();
}

}  // extern "C"
