// From noise to pictures: the inverse of TarFlow, one token after the other or many at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "rivulet/models/tarflow.h"

namespace rivulet::models {

/// How a block x_k = z_k exp(alpha(x_<k)) + mu(x_<k) (+ L(x_<k) x_k of triangular ones) is solved.
/// All give the same x. Blocks that z or halves steer need no solving but one run.
enum class TarflowMethod : uint8_t {
  sequential,    ///< token by token: N-1 runs of one token, earlier ones remembered (KV cache)
  jacobi,        ///< all tokens at once, again until nothing moves. Those at the beginning that do
                 ///< not move any more are remembered too: later sweeps are of the rest
  gauss_seidel,  ///< the same over a window of `group` tokens that slides on as its first ones are
                 ///< solved (GS-Jacobi, arXiv 2505.12849, where windows stay until all are)
};

inline constexpr Names<TarflowMethod, 3> tarflow_method_names{"sampler",
                                                              {"sequential", "jacobi", "gsj"}};
[[nodiscard]] constexpr std::string_view name_of(TarflowMethod method) {
  return tarflow_method_names.of(method);
}

/// How two opinions (predictions of mu and alpha: conditional, and of the guide) become one.
enum class TarflowGuidance : uint8_t {
  extrapolate,  ///< a_u + w (a - a_u), of mu (with L x of numbers made already) and alpha; the
                ///< paper's w is this less 1
  bounded,      ///< STARFlow's (arXiv 2506.06276): the scale only shrinks
};
inline constexpr Names<TarflowGuidance, 2> tarflow_guidance_names{"form of guidance",
                                                                  {"extrapolate", "bounded"}};

struct TarflowRequest {
  std::vector<float> labels = {};  ///< [batch,K]; classes[k] means "any"
  TarflowMethod method = TarflowMethod::sequential;
  int group = 4;               ///< gauss_seidel: tokens of the window
  bool first_in_order = true;  ///< jacobi, gauss_seidel: the first block is solved sequentially
                               ///< (SeJD, arXiv 2503.15796: it moves most)
  float tolerance = 3e-5F;     ///< a token stands still whose numbers move by no more
  float guidance = 1;          ///< w, as PictureRequest's; 1: none
  TarflowGuidance form = TarflowGuidance::bounded;
  bool without_labels = true;       ///< the other opinion is unconditional ...
  float attention_temperature = 1;  ///< ... and its attention's scores are divided by this
  bool ramp = true;      ///< w grows from 1 at the first token to its full value at the last
  float most_alpha = 5;  ///< |alpha| is cut here, and cuts are counted

  friend bool operator==(const TarflowRequest&, const TarflowRequest&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const TarflowRequest& request, const TarflowModel& model, int batch);

/// What a sampling did.
struct TarflowReport {
  std::vector<int> runs = {};  ///< of each block, in sampling order: network runs (sweeps)
  int64_t tokens = 0;          ///< that went through a block, all rows together
  int64_t cut = 0;             ///< alphas that were cut, also in sweeps that were made again
};

/// How one number is made: mu + exp(alpha) z.
struct TarflowRule {
  float mu;
  float alpha;
};
/// One rule out of two opinions. w = 1 gives the first back.
[[nodiscard]] TarflowRule guide(TarflowGuidance form, float w, TarflowRule own, TarflowRule other);

/// Samples with given weights. Programs are compiled when they are first needed and kept.
class TarflowSampler {
 public:
  TarflowSampler(const io::SafeTensors& file, int batch, const Device& device,
                 const CompileOptions& options = {.static_states = true});
  TarflowSampler(TarflowSampler&&) noexcept;
  TarflowSampler& operator=(TarflowSampler&&) noexcept;
  ~TarflowSampler();

  [[nodiscard]] const TarflowModel& model() const;
  [[nodiscard]] int batch() const;

  /// Noise z [batch,D], in the order of pixels, to noisy pictures in place.
  TarflowReport sample(const TarflowRequest& request, std::span<float> z);

  /// The same in pieces: begin, then advance until it returns true. Each advance runs the network
  /// once; `look` gives what there is: tokens that are solved in this block, others as they came
  /// into it.
  void begin(const TarflowRequest& request, std::span<const float> z);
  [[nodiscard]] bool advance();
  void look(std::span<float> x) const;
  [[nodiscard]] const TarflowReport& report() const;
  /// The block that is being solved, in the order of the forward direction (T-1 first), and how
  /// many of its tokens are.
  [[nodiscard]] int block() const;
  [[nodiscard]] int solved() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::models
