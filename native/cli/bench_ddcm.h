// rivulet bench ddcm
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/codec.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "rivulet/data/pictures.h"
#include "rivulet/metrics/frechet.h"
#include "rivulet/models/judge.h"

namespace rivulet::cli {

struct DdcmBenchOptions {
  CodecOptions codec;
  std::string data;
  std::string judge;
  std::optional<int> n;
  int effort = 1;
  int steps = 50;
  std::vector<int> sizes;
  std::string only;
  uint64_t seed = 1;
  bool curve = false;
  int uuids = 0;
  bool json = false;
  bool csv = false;

  [[nodiscard]] int count(int usual) const { return n.value_or(usual); }
};

/// What all measurements need.
struct DdcmBench {
  models::PictureCodec codec;
  models::Judge judge;
  data::Pictures test;           // held out
  std::vector<uint8_t> palette;  // of the training pictures, [n,3]; empty: they have many colours

  explicit DdcmBench(const DdcmBenchOptions& options);
  /// The held-out set with these pixels in place of its own.
  [[nodiscard]] data::Pictures like_test(std::vector<uint8_t> pixels) const;
  /// Of the judge's features.
  [[nodiscard]] metrics::Gaussian gaussian(const data::Pictures& pictures);
  /// Codes of one kind, a batch at a time.
  [[nodiscard]] data::Pictures decode(const std::string& what,
                                      const std::vector<models::DdcmFile>& files);
};

/// Bytes against fidelity, beside other formats.
int run_ddcm_rates(const DdcmBenchOptions& options, DdcmBench& bench);
/// How good pictures of random codes are, by the size of the codebook.
int run_ddcm_curve(const DdcmBenchOptions& options, DdcmBench& bench);
/// How many of all UUIDs are faces.
int run_ddcm_uuids(const DdcmBenchOptions& options, DdcmBench& bench);

void add_bench_ddcm(Command bench, Action& action);

}  // namespace rivulet::cli
