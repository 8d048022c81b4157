#include "rivulet/models/tarflow_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/tarflow_block.h"

namespace rivulet::models {
namespace {

constexpr int narrower_windows = 3;  // of half the width each, for the end of a block

/// The pixel of each number of a picture's tokens, [N*D]: as nn::patchify puts them.
std::vector<size_t> pixels_of_tokens(const nn::DitConfig& net) {
  std::vector<size_t> pixels;
  const int n = net.side / net.patch;
  for (int token = 0; token < n * n; ++token) {
    for (int i = 0; i < net.patch * net.patch * net.channels; ++i) {
      const int row = token / n * net.patch + i / (net.patch * net.channels);
      const int column = token % n * net.patch + i / net.channels % net.patch;
      pixels.push_back(static_cast<size_t>((row * net.side + column) * net.channels) +
                       static_cast<size_t>(i % net.channels));
    }
  }
  return pixels;
}

}  // namespace

void validate(const TarflowRequest& request, const TarflowModel& model, int batch) {
  const std::vector<int>& classes = model.pictures.net.classes;
  if (request.labels.size() != static_cast<size_t>(batch) * classes.size()) {
    fail("tarflow", std::to_string(request.labels.size()) + " labels for " + std::to_string(batch) +
                        " pictures of " + std::to_string(classes.size()) + " attributes");
  }
  for (size_t i = 0; i < request.labels.size(); ++i) {
    need("tarflow", "label", request.labels[i], 0, static_cast<float>(classes[i % classes.size()]));
  }
  need("tarflow", "group", request.group, 1, 4096);
  need("tarflow", "tolerance", request.tolerance, 0, 1);
  need("tarflow", "guidance", request.guidance, 1, 20);
  need("tarflow", "attention temperature", request.attention_temperature, 0.05F, 20);
  need("tarflow", "largest alpha", request.most_alpha, 0.1F, 50);
}

TarflowRule guide(TarflowGuidance form, float w, TarflowRule own, TarflowRule other) {
  const float more = w - 1;
  if (form == TarflowGuidance::extrapolate) {
    return {.mu = own.mu + more * (own.mu - other.mu),
            .alpha = own.alpha + more * (own.alpha - other.alpha)};
  }
  const float s = std::min(1.0F, std::exp(2 * (own.alpha - other.alpha)));
  const float shrink = w - more * s;
  return {.mu = own.mu + more * s / shrink * (own.mu - other.mu),
          .alpha = own.alpha - 0.5F * std::log(shrink)};
}

struct TarflowSampler::Impl {
  TarflowModel model;
  nn::TarflowConfig config;
  int batch;
  io::SafeTensors file;
  const Device* device;
  CompileOptions options;
  std::vector<size_t> pixels;                                    // of tokens
  std::map<std::array<int64_t, 3>, TarflowBlock> programs = {};  // by block, rows, window

  TarflowRequest request = {};
  TarflowReport report = {};
  std::vector<float> x = {};  // [batch,N,D] in reading order of the block
  std::vector<float> z = {};  // the same, as it came into the block
  int block = 0;
  int64_t start = 0;           // in reading order, the last token that is solved for good
  TarflowBlock* at = nullptr;  // what ran last in this block

  [[nodiscard]] bool guided() const { return request.guidance > 1; }
  [[nodiscard]] bool halves() const { return config.given == nn::Given::half_of_a_token; }
  [[nodiscard]] bool turned() const { return !halves() && config.backwards(block); }
  [[nodiscard]] int64_t rows() const { return guided() ? 2 * int64_t{batch} : batch; }
  [[nodiscard]] int64_t window() const;
  void choose_program();
  void instruct();
  void enter_block();
  void turn();
  void fill();
  void run();
  void settle();
  float solve(int64_t i, int64_t token);
  [[nodiscard]] TarflowRule rule(size_t row, int64_t i, size_t d,
                                 std::span<const float> token) const;
  [[nodiscard]] float strength(int64_t token) const;
};

/// Tokens of the next run. The last of all steers none, and narrower windows do for the last few.
int64_t TarflowSampler::Impl::window() const {
  const int64_t most = std::max<int64_t>(config.tokens - 1, 1);
  if (config.at_once(nn::Direction::to_data)) return most;
  const bool first = block == config.blocks - 1;
  if (request.method == TarflowMethod::sequential || (first && request.first_in_order)) return 1;
  const bool jacobi = request.method == TarflowMethod::jacobi;
  int64_t wide = jacobi ? most : std::min<int64_t>(request.group, most);
  const int64_t left = config.tokens - 1 - start;
  for (int i = 0; i < narrower_windows && (wide + 1) / 2 >= left; ++i) wide = (wide + 1) / 2;
  return wide;
}

void TarflowSampler::Impl::choose_program() {
  const std::array<int64_t, 3> key{block, rows(), window()};
  auto found = programs.find(key);
  if (found == programs.end()) {
    found = programs
                .emplace(key, compile_tarflow_block(model, file, block, rows(), window(), *device,
                                                    options))
                .first;
  }
  if (at == &found->second) return;
  if (at != nullptr) remember(found->second, *at);
  at = &found->second;
  instruct();
}

/// Labels and sharpness of both opinions.
void TarflowSampler::Impl::instruct() {
  std::ranges::copy(request.labels, at->labels.begin());
  std::ranges::fill(at->sharpness, 1.0F);
  if (!guided()) return;
  const auto half = static_cast<std::ptrdiff_t>(batch);
  std::fill(at->sharpness.begin() + half, at->sharpness.end(), 1 / request.attention_temperature);
  const size_t attributes = config.classes.size();
  for (size_t i = request.labels.size(); i < at->labels.size(); ++i) {
    at->labels[i] = request.without_labels ? static_cast<float>(config.classes[i % attributes])
                                           : request.labels[i - request.labels.size()];
  }
}

/// Tokens from reading order to that of the picture, or back, where the block reads backwards.
void TarflowSampler::Impl::turn() {
  if (!turned()) return;
  const auto dims = static_cast<std::ptrdiff_t>(config.dims);
  const std::ptrdiff_t row = dims * config.tokens;
  for (auto from = x.begin(); from != x.end(); from += row) {
    for (std::ptrdiff_t k = 0; k < config.tokens / 2; ++k) {
      std::swap_ranges(from + k * dims, from + (k + 1) * dims, from + row - (k + 1) * dims);
    }
  }
}

void TarflowSampler::Impl::enter_block() {
  turn();
  z = x;
  start = 0;
  at = nullptr;
  report.runs.push_back(0);
}

/// What steers: tokens of the window, where those after the last are the last again, as nothing
/// looks at them.
void TarflowSampler::Impl::fill() {
  const auto dims = static_cast<size_t>(config.dims);
  const auto tokens = static_cast<size_t>(config.tokens);
  const auto m = static_cast<size_t>(at->window);
  const std::vector<float>& steering = config.at_once(nn::Direction::to_data) ? z : x;
  for (size_t i = 0; i < m; ++i) {
    const size_t k = std::min(static_cast<size_t>(start) + i, tokens - 1);
    if (!halves()) at->position[i] = static_cast<float>(turned() ? tokens - 1 - k : k);
    for (size_t row = 0; row < static_cast<size_t>(rows()); ++row) {
      const size_t from = ((row % static_cast<size_t>(batch)) * tokens + k) * dims;
      std::copy_n(steering.begin() + static_cast<std::ptrdiff_t>(from), dims,
                  at->x.begin() + static_cast<std::ptrdiff_t>((row * m + i) * dims));
    }
  }
  if (!halves()) at->past[0] = static_cast<float>(start);
}

/// By which rule a row of the program makes number d of its i-th token, of which those before d are
/// known.
TarflowRule TarflowSampler::Impl::rule(size_t row, int64_t i, size_t d,
                                       std::span<const float> token) const {
  const size_t dims = token.size();
  const size_t number = (row * static_cast<size_t>(at->window) + static_cast<size_t>(i)) * dims + d;
  TarflowRule made{.mu = at->mu[number], .alpha = at->alpha[number]};
  if (at->lower.empty()) return made;
  const float* lower = at->lower.data() + number * dims;
  for (size_t j = 0; j < d; ++j) made.mu += lower[j] * token[j];
  return made;
}

/// w of a token.
float TarflowSampler::Impl::strength(int64_t token) const {
  if (!request.ramp || halves()) return request.guidance;  // halves know no first token
  return 1 +
         (request.guidance - 1) * static_cast<float>(token) / static_cast<float>(config.tokens - 1);
}

/// A token of all pictures, the i-th that the program gave, guided and cut; returns how far its
/// numbers moved.
float TarflowSampler::Impl::solve(int64_t i, int64_t token) {
  const auto dims = static_cast<size_t>(config.dims);
  float moved = 0;
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row) {
    const size_t to =
        (row * static_cast<size_t>(config.tokens) + static_cast<size_t>(token)) * dims;
    const std::span<float> numbers = std::span(x).subspan(to, dims);
    for (size_t d = 0; d < dims; ++d) {
      TarflowRule own = rule(row, i, d, numbers);
      if (guided()) {
        const TarflowRule other = rule(row + static_cast<size_t>(batch), i, d, numbers);
        own = guide(request.form, strength(token), own, other);
      }
      if (!(std::fabs(own.alpha) <= request.most_alpha)) {  // a NaN too
        own.alpha = std::copysign(request.most_alpha, own.alpha);
        ++report.cut;
      }
      const float solved = z[to + d] * std::exp(own.alpha) + own.mu;
      const float distance = std::fabs(solved - numbers[d]);
      if (!(distance <= moved)) moved = distance;  // keeps NaN
      numbers[d] = solved;
    }
  }
  return moved;
}

/// After a run: tokens that follow the window's. The first of them is exact, and so is each whose
/// predecessors in the window did not move: what is exact is never computed again.
void TarflowSampler::Impl::settle() {
  const bool once = config.at_once(nn::Direction::to_data);
  const int64_t reach = std::min(at->window, config.tokens - 1 - start);
  int64_t exact = 1;
  for (int64_t i = 0; i < reach; ++i) {
    const float moved = solve(i, start + i + 1);
    const bool still = once || moved <= request.tolerance;
    if (still && exact == i + 1 && exact < reach) ++exact;
  }
  start += exact;
}

void TarflowSampler::Impl::run() {
  choose_program();
  fill();
  models::run(*at);
  ++report.runs.back();
  report.tokens += batch * at->window;
  if (!halves()) return settle();
  for (int64_t k = 0; k < config.tokens; ++k) (void)solve(k, k);
  start = config.tokens - 1;
}

TarflowSampler::TarflowSampler(const io::SafeTensors& file, int batch, const Device& device,
                               const CompileOptions& options) {
  need("tarflow", "batch", batch, 1, 4096);
  TarflowModel model = tarflow_model(file);
  std::vector<size_t> pixels = pixels_of_tokens(model.pictures.net);
  impl_ = std::make_unique<Impl>(Impl{.model = model,
                                      .config = model.config(),
                                      .batch = batch,
                                      .file = file,
                                      .device = &device,
                                      .options = options,
                                      .pixels = std::move(pixels)});
}
TarflowSampler::TarflowSampler(TarflowSampler&&) noexcept = default;
TarflowSampler& TarflowSampler::operator=(TarflowSampler&&) noexcept = default;
TarflowSampler::~TarflowSampler() = default;

const TarflowModel& TarflowSampler::model() const { return impl_->model; }
int TarflowSampler::batch() const { return impl_->batch; }
const TarflowReport& TarflowSampler::report() const { return impl_->report; }
int TarflowSampler::block() const { return impl_->block; }
int TarflowSampler::solved() const {
  return static_cast<int>(std::min<int64_t>(impl_->start + 1, impl_->config.tokens));
}

void TarflowSampler::begin(const TarflowRequest& request, std::span<const float> z) {
  Impl& self = *impl_;
  validate(request, self.model, self.batch);
  const size_t d = self.pixels.size();
  if (z.size() != static_cast<size_t>(self.batch) * d) {
    fail("tarflow", std::to_string(z.size()) + " numbers of noise for " +
                        std::to_string(self.batch) + " pictures of " + std::to_string(d));
  }
  self.request = request;
  self.report = {};
  self.x.resize(z.size());
  for (size_t i = 0; i < z.size(); ++i) self.x[i] = z[i / d * d + self.pixels[i % d]];
  self.block = self.config.blocks - 1;
  self.enter_block();
}

bool TarflowSampler::advance() {
  Impl& self = *impl_;
  if (self.block < 0) return true;
  if (self.config.tokens > 1 || self.halves()) self.run();
  if (self.start + 1 < self.config.tokens) return false;
  self.turn();
  --self.block;
  if (self.block >= 0) self.enter_block();
  return self.block < 0;
}

void TarflowSampler::look(std::span<float> x) const {
  const Impl& self = *impl_;
  const size_t d = self.pixels.size();
  const auto dims = static_cast<size_t>(self.config.dims);
  const bool turned = self.block >= 0 && self.turned();
  for (size_t i = 0; i < self.x.size(); ++i) {
    const size_t token = i % d / dims;
    const size_t from = turned ? d / dims - 1 - token : token;
    x[i / d * d + self.pixels[i % d]] =
        picture_of_tone(self.model.tone, self.x[i / d * d + from * dims + i % dims]);
  }
}

TarflowReport TarflowSampler::sample(const TarflowRequest& request, std::span<float> z) {
  begin(request, z);
  while (!advance()) {
  }
  look(z);
  return report();
}

}  // namespace rivulet::models
