#include "rivulet/models/tarflow_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/weights.h"

namespace rivulet::models {
namespace {

constexpr std::array<std::string_view, 3> method_names = {"sequential", "jacobi", "gsj"};

/// One block over a window of tokens, and what it remembers. Addresses never change.
struct WindowProgram {
  Program program;
  std::span<float> x = {}, position = {}, labels = {}, sharpness = {}, past = {};
  std::span<const float> mu = {}, alpha = {};                // [R,M,D]
  std::vector<std::span<float>> keys = {}, values = {};      // [R,H,E,N], [R,H,N,E] of each layer
  std::vector<std::span<const float>> key = {}, value = {};  // [R,H,M,E]
};

WindowProgram compile_window(const TarflowModel& model, const io::SafeTensors& file, int block,
                             int64_t rows, int64_t tokens, const Device& device,
                             const CompileOptions& options) {
  const nn::TarflowConfig config = model.config();
  const int64_t heads = config.layers.heads;
  const int64_t dims = config.layers.width / heads;
  const auto attributes = static_cast<int64_t>(config.classes.size());
  Graph graph;
  nn::Params params(graph, 0);
  nn::TarflowWindow window{
      .x = graph.input("x", {rows, tokens, config.dims}),
      .position = graph.input("position", {tokens}),
      .labels = attributes > 0 ? graph.input("labels", {rows, attributes}) : Value{},
      .sharpness = graph.input("sharpness", {rows, 1, 1, 1}),
      .past = graph.input("past", {1}),
      .keys = {},
      .values = {}};
  for (int i = 0; i < config.layers.depth; ++i) {
    const std::string layer = std::to_string(i);
    window.keys.push_back(graph.input("keys." + layer, {rows, heads, dims, config.tokens}));
    window.values.push_back(graph.input("values." + layer, {rows, heads, config.tokens, dims}));
  }
  const nn::TarflowNext next = nn::tarflow_next(config, params, block, window);
  graph.output("mu", next.affine.mu);
  graph.output("alpha", next.affine.alpha);
  for (int i = 0; i < config.layers.depth; ++i) {
    const auto layer = static_cast<size_t>(i);
    graph.output("key." + std::to_string(i), next.keys[layer]);
    graph.output("value." + std::to_string(i), next.values[layer]);
  }
  WindowProgram made{.program = compile_with_weights(graph, params, file, device, options)};
  made.x = made.program.input("x");
  made.position = made.program.input("position");
  if (attributes > 0) made.labels = made.program.input("labels");
  made.sharpness = made.program.input("sharpness");
  made.past = made.program.input("past");
  made.mu = made.program.read("mu");
  made.alpha = made.program.read("alpha");
  for (int i = 0; i < config.layers.depth; ++i) {
    const std::string layer = std::to_string(i);
    made.keys.push_back(made.program.input("keys." + layer));
    made.values.push_back(made.program.input("values." + layer));
    made.key.push_back(made.program.read("key." + layer));
    made.value.push_back(made.program.read("value." + layer));
  }
  return made;
}

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

std::string_view name_of(TarflowMethod method) {
  return method_names.at(static_cast<size_t>(method));
}

TarflowMethod tarflow_method(std::string_view name) {
  const auto found = std::ranges::find(method_names, name);
  if (found == method_names.end()) {
    fail("tarflow",
         "there is no sampler '" + std::string(name) + "', only sequential, jacobi and gsj");
  }
  return static_cast<TarflowMethod>(found - method_names.begin());
}

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
  need("tarflow", "guidance", request.guidance, 0, 20);
  need("tarflow", "temperature", request.temperature, 0.05F, 20);
  need("tarflow", "largest alpha", request.most_alpha, 0.1F, 50);
}

void guide(TarflowGuidance form, float w, std::span<float> mu, std::span<float> alpha,
           std::span<const float> other_mu, std::span<const float> other_alpha) {
  for (size_t i = 0; i < mu.size(); ++i) {
    if (form == TarflowGuidance::extrapolate) {
      mu[i] += w * (mu[i] - other_mu[i]);
      alpha[i] += w * (alpha[i] - other_alpha[i]);
      continue;
    }
    const float s = std::min(1.0F, std::exp(2 * (alpha[i] - other_alpha[i])));
    const float shrink = 1 + w - w * s;
    mu[i] += w * s / shrink * (mu[i] - other_mu[i]);
    alpha[i] -= 0.5F * std::log(shrink);
  }
}

struct TarflowSampler::Impl {
  TarflowModel model;
  nn::TarflowConfig config;
  int batch;
  io::SafeTensors file;
  const Device* device;
  CompileOptions options;
  std::vector<size_t> pixels;                                     // of tokens
  std::map<std::array<int64_t, 3>, WindowProgram> programs = {};  // by block, rows, tokens

  TarflowRequest request = {};
  TarflowReport report = {};
  std::vector<float> x = {};   // [batch,N,D] in reading order of the block
  std::vector<float> z = {};   // the same, as it came into the block
  std::vector<float> mu = {};  // [batch,D] of one token, while it is made
  std::vector<float> alpha = {};
  int block = 0;
  int64_t start = 0;  // of the group, in reading order: its first token is solved
  int sweeps = 0;     // of this group

  [[nodiscard]] bool guided() const { return request.guidance > 0; }
  [[nodiscard]] int64_t rows() const { return guided() ? 2 * int64_t{batch} : batch; }
  [[nodiscard]] int64_t window() const;
  WindowProgram& program();
  void enter_block();
  void turn();
  void fill(WindowProgram& at);
  void run(WindowProgram& at);
  float solve(const WindowProgram& at, int64_t i);
  void opinion(const WindowProgram& at, size_t row, int64_t i);
  void remember(WindowProgram& at);
};

/// Tokens of one run in this block.
int64_t TarflowSampler::Impl::window() const {
  const int64_t tokens = config.tokens;
  const bool first = block == config.blocks - 1;
  if (request.method == TarflowMethod::sequential || (first && request.first_in_order)) return 1;
  return request.method == TarflowMethod::jacobi ? tokens
                                                 : std::min<int64_t>(request.group, tokens);
}

WindowProgram& TarflowSampler::Impl::program() {
  const std::array<int64_t, 3> key{block, rows(), window()};
  auto found = programs.find(key);
  if (found == programs.end()) {
    found =
        programs
            .emplace(key, compile_window(model, file, block, rows(), window(), *device, options))
            .first;
  }
  return found->second;
}

/// Tokens from reading order to that of the picture, or back, where the block reads backwards.
void TarflowSampler::Impl::turn() {
  if (!config.backwards(block)) return;
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
  sweeps = 0;
  report.runs.push_back(0);
  WindowProgram& at = program();
  if (at.labels.empty()) {
    std::ranges::fill(at.sharpness, 1.0F);
  } else {
    std::ranges::copy(request.labels, at.labels.begin());
    std::ranges::fill(at.sharpness, 1.0F);
  }
  if (!guided()) return;
  const auto half = static_cast<std::ptrdiff_t>(batch);
  std::fill(at.sharpness.begin() + half, at.sharpness.end(), 1 / request.temperature);
  const size_t attributes = config.classes.size();
  for (size_t i = request.labels.size(); i < at.labels.size(); ++i) {
    at.labels[i] = request.without_labels ? static_cast<float>(config.classes[i % attributes])
                                          : request.labels[i - request.labels.size()];
  }
}

/// The window's tokens; those after the last are the last again: nothing looks at them.
void TarflowSampler::Impl::fill(WindowProgram& at) {
  const auto dims = static_cast<size_t>(config.dims);
  const auto tokens = static_cast<size_t>(config.tokens);
  const auto m = static_cast<size_t>(window());
  for (size_t i = 0; i < m; ++i) {
    const size_t k = std::min(static_cast<size_t>(start) + i, tokens - 1);
    at.position[i] = static_cast<float>(config.backwards(block) ? tokens - 1 - k : k);
    for (size_t row = 0; row < static_cast<size_t>(rows()); ++row) {
      const size_t from = ((row % static_cast<size_t>(batch)) * tokens + k) * dims;
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(from), dims,
                  at.x.begin() + static_cast<std::ptrdiff_t>((row * m + i) * dims));
    }
  }
  at.past[0] = static_cast<float>(start);
}

/// mu and alpha that follow token i of the window, guided and cut.
void TarflowSampler::Impl::opinion(const WindowProgram& at, size_t row, int64_t i) {
  const auto dims = static_cast<size_t>(config.dims);
  const auto place = [&](size_t r) {
    return (r * static_cast<size_t>(window()) + static_cast<size_t>(i)) * dims;
  };
  std::ranges::copy(at.mu.subspan(place(row), dims), mu.begin());
  std::ranges::copy(at.alpha.subspan(place(row), dims), alpha.begin());
  if (guided()) {
    const size_t other = place(row + static_cast<size_t>(batch));
    const auto k = static_cast<float>(start + i + 1);
    const float ramp = request.ramp ? k / static_cast<float>(config.tokens - 1) : 1;
    guide(request.form, request.guidance * ramp, mu, alpha, at.mu.subspan(other, dims),
          at.alpha.subspan(other, dims));
  }
  for (float& a : alpha) {
    if (std::fabs(a) <= request.most_alpha) continue;
    a = std::copysign(request.most_alpha, a);
    ++report.cut;
  }
}

/// The token after the window's i-th, of all pictures; returns how far its numbers moved.
float TarflowSampler::Impl::solve(const WindowProgram& at, int64_t i) {
  const auto dims = static_cast<size_t>(config.dims);
  float moved = 0;
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row) {
    opinion(at, row, i);
    const size_t to =
        (row * static_cast<size_t>(config.tokens) + static_cast<size_t>(start + i + 1)) * dims;
    for (size_t d = 0; d < dims; ++d) {
      const float solved = z[to + d] * std::exp(alpha[d]) + mu[d];
      const float distance = std::fabs(solved - x[to + d]);
      if (!(distance <= moved)) moved = distance;  // keeps NaN
      x[to + d] = solved;
    }
  }
  return moved;
}

/// Keys and values of a window that is solved.
void TarflowSampler::Impl::remember(WindowProgram& at) {
  const auto tokens = static_cast<size_t>(config.tokens);
  const auto m = static_cast<size_t>(window());
  const auto first = static_cast<size_t>(start);
  const size_t count = std::min(m, tokens - first);
  const auto dims = static_cast<size_t>(config.layers.width / config.layers.heads);
  const size_t heads = static_cast<size_t>(rows()) * static_cast<size_t>(config.layers.heads);
  for (size_t layer = 0; layer < at.keys.size(); ++layer) {
    for (size_t head = 0; head < heads; ++head) {
      for (size_t i = 0; i < count; ++i) {
        const auto from = static_cast<std::ptrdiff_t>((head * m + i) * dims);
        std::copy_n(at.value[layer].begin() + from, dims,
                    at.values[layer].begin() +
                        static_cast<std::ptrdiff_t>((head * tokens + first + i) * dims));
        float* to = &at.keys[layer][head * dims * tokens + first + i];
        for (size_t d = 0; d < dims; ++d) {
          to[d * tokens] = at.key[layer][static_cast<size_t>(from) + d];
        }
      }
    }
  }
}

/// One sweep over the group; then on to the next, where nothing moves any more.
void TarflowSampler::Impl::run(WindowProgram& at) {
  fill(at);
  at.program.run();
  ++sweeps;
  ++report.runs.back();
  report.tokens += batch * window();
  const int64_t inside = std::min(window(), config.tokens - start) - 1;
  float moved = 0;
  for (int64_t i = 0; i < inside; ++i) moved = std::max(moved, solve(at, i));
  if (moved > request.tolerance && sweeps <= inside) return;
  const int64_t next = start + window();
  if (next < config.tokens) {
    (void)solve(at, window() - 1);
    remember(at);
  }
  start = next;
  sweeps = 0;
}

TarflowSampler::TarflowSampler(const io::SafeTensors& file, int batch, const Device& device,
                               const CompileOptions& options) {
  need("tarflow", "batch", batch, 1, 4096);
  TarflowModel model = tarflow_model(file);
  if (model.config().at_once(nn::Direction::to_data)) {
    fail("tarflow", "blocks that make all tokens at once are not sampled token by token");
  }
  const auto dims = static_cast<size_t>(model.config().dims);
  std::vector<size_t> pixels = pixels_of_tokens(model.pictures.net);
  impl_ = std::make_unique<Impl>(Impl{.model = model,
                                      .config = model.config(),
                                      .batch = batch,
                                      .file = file,
                                      .device = &device,
                                      .options = options,
                                      .pixels = std::move(pixels),
                                      .mu = std::vector<float>(dims),
                                      .alpha = std::vector<float>(dims)});
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
  if (self.config.tokens > 1) self.run(self.program());
  // The last token of all steers nothing.
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
  const bool turned = self.block >= 0 && self.config.backwards(self.block);
  for (size_t i = 0; i < self.x.size(); ++i) {
    const size_t token = i % d / dims;
    const size_t from = turned ? d / dims - 1 - token : token;
    x[i / d * d + self.pixels[i % d]] = self.x[i / d * d + from * dims + i % dims];
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
