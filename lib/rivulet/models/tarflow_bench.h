// How long the ways to invert a TarFlow take, beside one pass forward.
#pragma once

#include <string>
#include <vector>

#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::models {

/// One sampler at one batch size.
struct TarflowTiming {
  std::string sampler;    ///< "sequential", "jacobi", "gsj 8"
  int batch = 0;          ///< pictures at once
  double seconds = 0;     ///< the fastest of every run of the network, added up
  double forward = 0;     ///< seconds of the fastest pass forward
  double difference = 0;  ///< largest, of pixels in [-1,1] to those drawn token by token
  double work = 0;        ///< tokens that went through a block, in passes forward
  std::vector<int> runs;  ///< of each block
};

struct TarflowCourse {
  int batch = 1;
  std::vector<int> groups = {4, 8, 16};          ///< of GS-Jacobi
  float tolerance = TarflowRequest{}.tolerance;  ///< of both Jacobi ways
  double seconds = 1;                            ///< for each sampler, about
};

/// Sequential, Jacobi, and GS-Jacobi in groups of each size, on the same noise.
[[nodiscard]] std::vector<TarflowTiming> time_tarflow(
    const io::SafeTensors& file, const TarflowCourse& course, const Device& device,
    const CompileOptions& options = {.static_states = true});

}  // namespace rivulet::models
