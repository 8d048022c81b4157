// Pictures to DDCM codes and back, by a network: what a program needs that has no wish to look on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/ddcm_file.h"

namespace rivulet::models {

/// How an encoder looks for codes; a decoder need not know.
struct CodeSearch {
  Choice choice = Choice::argmax;
  int effort = 0;     ///< 0: the best at each step; 1..max_effort: beam search, single form only
  uint64_t seed = 1;  ///< of choices that are drawn
};

inline constexpr int max_effort = 5;
/// Codes kept at each step, and of each how many ways on are tried: 4 x 4 at effort 1, twice as
/// many codes with each more.
struct Beam {
  int beams;
  int candidates;
};
[[nodiscard]] Beam beam_of(int effort);

/// Called after each step.
using CodeTick = std::function<void(int step, int steps)>;

/// A weight file at work on pictures of 8 bits, [side,side,channels]. Not for two threads at once.
class PictureCodec {
 public:
  explicit PictureCodec(io::SafeTensors file, const Device& device,
                        const CompileOptions& options = {.static_states = true});
  PictureCodec(PictureCodec&&) noexcept;
  PictureCodec& operator=(PictureCodec&&) noexcept;
  ~PictureCodec();

  [[nodiscard]] const DiffusionModel& model() const;
  [[nodiscard]] const DdcmModel& fingerprint() const;

  /// Codes of pictures [n,D]; labels are those of all of them, or none. Throws Error.
  [[nodiscard]] std::vector<DdcmFile> encode(std::span<const uint8_t> pictures,
                                             const DdcmSettings& settings,
                                             const std::vector<int>& labels = {},
                                             const CodeSearch& search = {},
                                             const CodeTick& tick = {});
  /// The picture that a code stands for, [D].
  [[nodiscard]] std::vector<uint8_t> decode(const DdcmFile& file, const CodeTick& tick = {});
  /// Of codes with the same settings and labels, [n,D].
  [[nodiscard]] std::vector<uint8_t> decode(std::span<const DdcmFile> files,
                                            const CodeTick& tick = {});

  /// Seconds that all of this has taken so far.
  [[nodiscard]] const DdcmTimes& times() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::models
