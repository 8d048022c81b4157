// TarFlow (article 10667; Zhai et al., arXiv 2412.06329): an invertible map between data and
// Gaussian noise, in blocks of affine coupling that causal transformers steer.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/graph/graph.h"
#include "rivulet/nn/causal.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

enum class Coupling : uint8_t {
  affine,      ///< z = (x - mu) exp(-alpha): numbers of a token are independent, given earlier ones
  additive,    ///< alpha = 0, which keeps volumes (NICE, Dinh et al. 2014)
  triangular,  ///< z = (x - mu - L x) exp(-alpha), L strictly lower triangular: a Gaussian of full
               ///< covariance for each token, at the same log-determinant
};
inline constexpr Names<Coupling, 3> coupling_names{"coupling",
                                                   {"affine", "additive", "triangular"}};
[[nodiscard]] constexpr std::string_view name_of(Coupling coupling) {
  return coupling_names.of(coupling);
}

/// What steers the coupling of a block.
enum class Given : uint8_t {
  earlier_tokens,   ///< of token k, those before it
  half_of_a_token,  ///< of each token's other half, the first halves of all (RealNVP, Dinh et al.)
};
inline constexpr Names<Given, 2> given_names{
    "given", {"tokens", "halves"}, {"earlier tokens", "half of a token"}};

/// The direction in which a block is given all that steers it, so that its tokens pass at once. In
/// the other they pass one after the other. Of two tokens, z_1 being x_1, both are one family of
/// maps at one cost; so are they of halves.
enum class Direction : uint8_t {
  to_noise,  ///< x steers: densities and training in one pass, samples token by token
  to_data,   ///< z steers, x_k = z_k exp(alpha(z_<k)) + mu(z_<k): train slowly, sample in one pass
};
inline constexpr Names<Direction, 2> direction_names{
    "direction", {"to-noise", "to-data"}, {"to noise", "to data"}};

struct TarflowConfig {
  int tokens = 64;                     ///< N
  int dims = 12;                       ///< D, numbers of a token
  int blocks = 4;                      ///< T
  CausalConfig layers = {.heads = 2};  ///< of each block
  Coupling coupling = Coupling::affine;
  Given given = Given::earlier_tokens;
  Direction direction = Direction::to_noise;
  float bound = 0;        ///< alpha = bound tanh(a / bound), which keeps places far from all data
                          ///< finite; 0: alpha = a, as in the paper
  bool alternate = true;  ///< every other block reads backwards; of halves, is given the other
  std::vector<int> classes = {};  ///< values of each attribute; empty: unconditional

  /// Whether that block reads the tokens from last to first (is given the second halves).
  [[nodiscard]] bool backwards(int block) const { return alternate && block % 2 == 1; }
  /// Whether all tokens of a block pass at once in that direction.
  [[nodiscard]] bool at_once(Direction way) const {
    return way == direction || given == Given::half_of_a_token;
  }
  friend bool operator==(const TarflowConfig&, const TarflowConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const TarflowConfig& config);

/// Of one block: z = (x - mu - L x) exp(-alpha), and 0 for what the block leaves alone.
struct Affine {
  Value mu;          ///< [B,N,D]
  Value alpha;       ///< [B,N,D]
  Value lower = {};  ///< L [B,N,D,D] of a triangular coupling, else none

  [[nodiscard]] bool triangular() const { return lower.graph != nullptr; }
};

/// mu, alpha and L of a block that x [B,N,D] steers: data, or noise where that does. Token k's
/// depend on the tokens before k alone (after k, where the block reads backwards). labels [B,K] as
/// in DitInputs, of which classes[k] is the mean of all values of attribute k; sharpness as in
/// TarflowWindow, or none. Parameters: block.T.{in,position,label.K,layers.*,out,lower}.
[[nodiscard]] Affine tarflow_affine(const TarflowConfig& config, Params& params, int block, Value x,
                                    Value labels, Value sharpness = {});

/// What the whole flow makes of its input: forward pass and log-determinant of the Jacobian.
struct Flowed {
  std::vector<Value> x;  ///< data, what each block makes of it, the last of which is z: T+1 of
                         ///< [B,N,D]
  Value log_det;         ///< [B,1]: log |det dz/dx| = - sum alpha

  [[nodiscard]] Value z() const { return x.back(); }
};

/// Data to noise, through all blocks. Where the direction of these is the other, token after token,
/// N networks of one token in a row for each block, which remember the keys and values of earlier
/// ones: as many operations as one pass over all tokens, and gradients through all of them.
[[nodiscard]] Flowed tarflow(const TarflowConfig& config, Params& params, Value x, Value labels);

/// The same map the other way, noise to data: x.back() is the z that is given, x.front() its data.
[[nodiscard]] Flowed tarflow_inverse(const TarflowConfig& config, Params& params, Value z,
                                     Value labels);

/// log q(x) = log N(z; 0, I) + log |det dz/dx|, in nats: [B,1].
[[nodiscard]] Value log_density(const Flowed& flowed);

/// 0.5 mean(z^2) + sum over blocks of mean(alpha): -log q(x) per dimension, in nats, without the
/// constant 0.5 log 2 pi. One element.
[[nodiscard]] Value tarflow_loss(const Flowed& flowed);

/// What steers one block, over a window of M tokens in reading order, the keys and values of
/// earlier ones remembered (a KV cache).
struct TarflowWindow {
  Value x;         ///< [B,M,D]
  Value position;  ///< [M]: the place of each token, by which its embedding is found
  Value labels;    ///< [B,K]
  Value
      sharpness;  ///< [B,1,1,1], what attention's scores are multiplied by: its inverse temperature
  Value past;     ///< [1]: how many tokens are remembered
  std::vector<Value> keys;    ///< of each layer, [B,H,D,N]
  std::vector<Value> values;  ///< of each layer, [B,H,N,D]
};

/// mu, alpha and L of the M tokens that follow each of the window, and what is to be remembered of
/// it.
struct TarflowNext {
  Affine affine;
  std::vector<Value> keys;    ///< of each layer, [B,H,M,D]
  std::vector<Value> values;  ///< the same
};

/// For sampling, Given::earlier_tokens only. Equal to tarflow_affine with its tokens put in reading
/// order and its results shifted back.
[[nodiscard]] TarflowNext tarflow_next(const TarflowConfig& config, Params& params, int block,
                                       const TarflowWindow& window);

}  // namespace rivulet::nn
