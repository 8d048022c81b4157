// DDCM: a diffusion model as codec (article 10711; arXiv 2502.01189). The noise that sampling adds
// is chosen from a codebook, step by step, so that the picture comes out: what was chosen is the
// code. Decoding replays the choices and takes none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "rivulet/models/codebook.h"
#include "rivulet/models/ddpm.h"

namespace rivulet::models {

enum class CodeForm : uint8_t {
  single,   ///< one vector a step (DDCM)
  pursuit,  ///< M vectors a step with C-bit coefficients, by matching pursuit (DDCM, section 3.3)
  turbo,    ///< the M vectors of largest |<eps_k, r>| with signs (Turbo-DDCM)
};
inline constexpr Names<CodeForm, 3> code_form_names{"form", {"single", "pursuit", "turbo"}};

/// What a code was made with; a decoder needs the same.
struct DdcmSettings {
  CodeForm form = CodeForm::single;
  CodebookKind codebook = CodebookKind::per_step;
  int codes = 16;            ///< steps that carry a code, 1..1000; then `tail` steps, then the end
  int bits = 8;              ///< of an index: K = 2^bits vectors, 1..16
  int atoms = 1;             ///< M: pursuit 1..16, turbo 1..64, single 1
  int coefficient_bits = 2;  ///< C, pursuit only: 1..8
  int tail = 0;              ///< DDIM steps after the coded ones, 0..255
  float rho = 2;             ///< of noise_levels, 1..4 by quarters
  float noise = 0.75F;       ///< scale of sigma_t, 1/16..1 by sixteenths
  bool snap = true;   ///< the decoder moves pixels to the set's few colours, where it has any
  uint32_t seed = 0;  ///< of codebooks and of the first noise

  [[nodiscard]] int64_t size() const { return int64_t{1} << bits; }  ///< K
  friend bool operator==(const DdcmSettings&, const DdcmSettings&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const DdcmSettings& settings);

/// Settings with rho and noise tuned on training pictures (avatars) for so many codes of 8 bits.
[[nodiscard]] DdcmSettings tuned_settings(int codes);

/// What the decoder does last: rows x [n,D] to the model's palette, where the settings say so and
/// it has one.
void snap_colours(const DiffusionModel& model, const DdcmSettings& settings, std::span<float> x);
/// Makes what a decoder shows of a row [D].
using Shown = std::function<void(std::span<float> x)>;
/// snap_colours of one row; null where it does nothing.
[[nodiscard]] Shown colours_shown(const DiffusionModel& model, const DdcmSettings& settings);

/// single: codes * log2 K; pursuit: codes * (M log2 K + (M-1) C);
/// turbo: codes * (ceil(log2 binom(K,M)) + M).
[[nodiscard]] int64_t code_bits(const DdcmSettings& settings);

/// What was chosen, step by step.
struct DdcmCode {
  std::vector<uint32_t> indices;  ///< [codes,M]; turbo: ascending within a step
  /// pursuit: [codes,M-1], c of the share g = (c+1)/2^C in z <- norm(sqrt(g) z + sqrt(1-g) eps_k);
  /// turbo: [codes,M] signs, 1: negative
  std::vector<uint32_t> coefficients;

  friend bool operator==(const DdcmCode&, const DdcmCode&) = default;
};
/// Throws Error unless the code is one of these settings: numbers of entries and their ranges.
void validate(const DdcmCode& code, const DdcmSettings& settings);
/// Every code equally likely: random generation (with turbo and pursuit as well).
[[nodiscard]] DdcmCode random_code(const DdcmSettings& settings, uint64_t seed);

/// How a vector is chosen.
enum class Choice : uint8_t {
  argmax,    ///< largest <eps_k, r>
  distance,  ///< smallest ||eps_k - c_t r||: for few dimensions, where argmax prefers long vectors
  article,   ///< drawn with p(k) ~ exp(-||eps_k - c_t r||^2 / 2), as the article has it
  importance,  ///< that over the density the vectors come from, p(k) ~ exp(c_t <eps_k, r>): then
               ///< K -> infinity draws from q(x_s | x_t, x_0) and gives DDPM back
};
inline constexpr Names<Choice, 4> choice_names{"choice",
                                               {"argmax", "distance", "article", "importance"}};

/// What one step looked like, for whoever watches. Views are valid until the next step.
struct DdcmStep {
  int step = 0;                      ///< 0..steps-1
  int steps = 0;                     ///< codes + tail + 1
  NoiseLevel level;                  ///< of x_t
  std::span<const float> x_t;        ///< [n,D]
  std::span<const float> x0;         ///< x0hat, [n,D]
  std::span<const float> dots;       ///< <eps_k, r>, [n,K]; empty where nothing was chosen
  std::span<const uint32_t> chosen;  ///< this step's indices of row 0, [M]; empty in the tail
};

/// Where the picture is to be pulled at a step: fills r [n,D], given x_t and x0hat [n,D].
using Pull = std::function<void(NoiseLevel level, std::span<const float> x_t,
                                std::span<const float> x0, std::span<float> r)>;
/// r = x_0 - x0hat: coding of pictures [n,D].
[[nodiscard]] Pull pull_to(std::vector<float> pictures);

/// Seconds spent in the stages of a run.
struct DdcmTimes {
  double network = 0;
  double codebook = 0;  ///< making vectors
  double search = 0;    ///< inner products with them
};

struct DdcmResult {
  std::vector<DdcmCode> codes;  ///< n of them
  std::vector<float> x;         ///< [n,D] what they decode to, before colours are snapped
};

/// Work on codes, one network evaluation at a time.
class DdcmRun {
 public:
  struct Impl;  ///< in ddcm_run.h

  DdcmRun(DdcmRun&&) noexcept;
  DdcmRun& operator=(DdcmRun&&) noexcept;
  ~DdcmRun();

  /// One step more; false when there is none left.
  bool step();
  /// A piece of a step: x0hat of so many rows at most, or inner products with some vectors, or what
  /// comes after; true when the step is complete, or there is none left. Lets a frame loop
  /// interleave; what comes out is the same.
  bool step_some(int rows);
  [[nodiscard]] bool finished() const;
  /// The step that was taken last.
  [[nodiscard]] const DdcmStep& seen() const;
  /// Where it led: the rows as they are now, [n,D].
  [[nodiscard]] std::span<const float> moved() const;
  [[nodiscard]] const DdcmTimes& times() const;
  /// All steps that are left; then, or after the last step(), what has come out.
  [[nodiscard]] DdcmResult finish();

 private:
  friend class Ddcm;
  explicit DdcmRun(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Starts work on rows of D numbers with a denoiser, which must outlive the runs and may serve one
/// of them at a time.
class Ddcm {
 public:
  Ddcm(const DdcmSettings& settings, Denoise denoise, int64_t dimensions);

  [[nodiscard]] const DdcmSettings& settings() const { return settings_; }

  /// Chooses for n rows at once; importance sampling draws from `seed`.
  [[nodiscard]] DdcmRun choose(Pull pull, int64_t n, Choice choice = Choice::argmax,
                               uint64_t seed = 1) const;
  /// As choose(pull_to(picture), 1), but keeps the best `beams` of beams*candidates codes at each
  /// step, by the next step's error ||x_0 - x0hat||, and of the last ones that of the least error
  /// as `shown` (null: as it is). The greedy code is always among these, so the one found is never
  /// worse. Single form only (Error). The row seen is the best so far.
  [[nodiscard]] DdcmRun search(std::vector<float> picture, int beams, int candidates,
                               Shown shown = nullptr) const;
  /// Codes of n pictures to rows [n,D].
  [[nodiscard]] DdcmRun replay(std::vector<DdcmCode> codes) const;

 private:
  DdcmSettings settings_;
  Denoise denoise_;
  int64_t dimensions_;
};

}  // namespace rivulet::models
