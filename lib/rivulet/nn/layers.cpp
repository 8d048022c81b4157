#include "rivulet/nn/layers.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"

namespace rivulet::nn {
namespace {

Value row_of(Value like, std::vector<float> numbers) {  // [1,N]
  const Shape shape{1, static_cast<int64_t>(numbers.size())};
  return like.graph->constant(Tensor(shape, std::move(numbers)));
}

void need_column(const char* where, Value t) {
  if (t.shape().rank() != 2 || t.shape()[1] != 1) {
    fail(where, "needs one number a row, (B,1), not " + t.shape().str());
  }
}

}  // namespace

Value linear(Params& params, const std::string& name, Value x, int64_t outputs,
             LinearOptions options) {
  const int64_t inputs = x.shape()[-1];
  const Init init = options.gain == 0 ? Init::zeros() : Init::fan_in(inputs, options.gain);
  const Value weight = params.get(name + ".weight", {inputs, outputs}, init);  // [I,O]
  const Value y = matmul(x, weight);                                           // [..,O]
  return options.bias ? y + params.get(name + ".bias", {outputs}, Init::zeros()) : y;
}

Value layer_norm(Value x, float epsilon) {
  const Value centred = x - mean(x, {-1});  // [..,C]
  return centred * rsqrt(mean(square(centred), {-1}) + epsilon);
}

Value layer_norm(Params& params, const std::string& name, Value x, float epsilon) {
  const int64_t channels = x.shape()[-1];
  const Value scale = params.get(name + ".scale", {channels}, Init::ones());
  const Value bias = params.get(name + ".bias", {channels}, Init::zeros());
  return layer_norm(x, epsilon) * scale + bias;
}

Value rms_norm(Value x, float epsilon) { return x * rsqrt(mean(square(x), {-1}) + epsilon); }

Value rms_norm(Params& params, const std::string& name, Value x, float epsilon) {
  const Value scale = params.get(name + ".scale", {x.shape()[-1]}, Init::ones());
  return rms_norm(x, epsilon) * scale;
}

Value sinusoidal_embedding(Value t, int64_t dims, float scale) {
  need_column("sinusoidal_embedding", t);
  if (dims < 2 || dims % 2 != 0) {
    fail("sinusoidal_embedding", "needs an even number of dimensions, not " + std::to_string(dims));
  }
  const int64_t half = dims / 2;
  std::vector<float> frequencies(static_cast<size_t>(half));
  for (int64_t i = 0; i < half; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(half);
    frequencies[static_cast<size_t>(i)] = static_cast<float>(scale * std::pow(1e4, -share));
  }
  const Value angles = t * row_of(t, std::move(frequencies));  // [B,dims/2]
  return concat({sin(angles), cos(angles)}, 1);                // [B,dims]
}

Value fourier_embedding(Value t, int octaves) {
  need_column("fourier_embedding", t);
  if (octaves < 0 || octaves > 16) {
    fail("fourier_embedding", "octaves must be 0..16, not " + std::to_string(octaves));
  }
  if (octaves == 0) return t;
  std::vector<float> frequencies;
  frequencies.reserve(static_cast<size_t>(octaves));
  for (int i = 0; i < octaves; ++i) {
    frequencies.push_back(std::numbers::pi_v<float> * static_cast<float>(1 << i));
  }
  const Value angles = t * row_of(t, std::move(frequencies));  // [B,octaves]
  return concat({t, sin(angles), cos(angles)}, 1);
}

Value fourier_features(Value x, const Tensor& frequencies) {
  const Value angles = matmul(x, x.graph->constant(frequencies));  // [B,M]
  return concat({sin(angles), cos(angles)}, 1);
}

Tensor plane_waves(int octaves) {
  constexpr int directions = 4;
  Tensor waves({2, int64_t{directions} * octaves});
  for (int i = 0; i < directions * octaves; ++i) {
    const double frequency = std::numbers::pi / 4 * (1 << (i / directions));
    const double angle = std::numbers::pi * (i % directions) / directions;
    waves[i] = static_cast<float>(frequency * std::cos(angle));
    waves[int64_t{directions} * octaves + i] = static_cast<float>(frequency * std::sin(angle));
  }
  return waves;
}

Value log_step(Value d, float smallest) {
  const float whole = std::log1p(1.0F / smallest);
  return log(1.0F + d / smallest) / whole;
}

}  // namespace rivulet::nn
