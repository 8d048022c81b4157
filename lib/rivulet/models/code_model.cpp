#include "rivulet/models/code_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/card_names.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/kind.h"

namespace rivulet::models {
namespace {

constexpr float first_logits = 0.3F;  // their deviation before training

void check_codes(const DdcmSettings& settings) {
  validate(settings);
  if (settings.form != CodeForm::single) {
    fail("code model", "its codes are single indices; those of several vectors a step are not");
  }
}

/// All vectors of all steps, [N*K,D].
Tensor codebook_rows(const CodeModel& model) {
  const int64_t size = model.settings.size();
  const Codebook codebook(model.settings.codebook, model.settings.seed, size, model.dimensions);
  Tensor rows({model.settings.codes * size, model.dimensions});
  const auto d = static_cast<size_t>(model.dimensions);
  for (int step = 0; step < model.settings.codes; ++step) {
    for (int64_t k = 0; k < size; ++k) {
      codebook.vector(step, k, rows.span().subspan(static_cast<size_t>(step * size + k) * d, d));
    }
  }
  return rows;
}

/// The tables of a file, made once: tokens look the same in every evaluation.
std::array<std::vector<float>, 2> tables_of(const CodeModel& model, const io::SafeTensors& file,
                                            const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, file);
  const nn::SequenceTables tables = code_tables(model, graph, params);
  graph.output("tables", concat({tables.in, tables.out}, 0));  // [2*N*K,C]
  Program program = compile(graph, device, options);
  program.run();
  const std::span<const float> both = program.read("tables");
  const size_t half = both.size() / 2;
  return {std::vector<float>(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(half)),
          std::vector<float>(both.begin() + static_cast<std::ptrdiff_t>(half), both.end())};
}

/// log2 of the sum of exp2.
double log2_sum(std::span<const float> logits, double scale, double largest) {
  double sum = 0;
  for (const float logit : logits) sum += std::exp2(logit * scale - largest);
  return largest + std::log2(sum);
}

constexpr double log2_e = 1.4426950408889634;

/// -log2 of the softmax at k.
double bits_of(std::span<const float> logits, size_t k) {
  const double largest = std::ranges::max(logits) * log2_e;
  return log2_sum(logits, log2_e, largest) - logits[k] * log2_e;
}

uint32_t draw(std::span<const float> logits, float temperature, float u) {
  const double scale = log2_e / double{temperature};
  const double largest = std::ranges::max(logits) * scale;
  const double total = log2_sum(logits, scale, largest);
  double left = u;
  for (size_t k = 0; k < logits.size(); ++k) {
    left -= std::exp2(logits[k] * scale - total);
    if (left < 0) return static_cast<uint32_t>(k);
  }
  return static_cast<uint32_t>(logits.size() - 1);  // rounding
}

}  // namespace

std::vector<float> CodeModel::any() const { return {net.classes.begin(), net.classes.end()}; }

CodeModel code_model_for(const DdcmSettings& settings, TokenLook look,
                         const DiffusionModel& decoder, uint32_t decoder_hash) {
  check_codes(settings);
  return {.net = {.tokens = settings.codes,
                  .vocabulary = static_cast<int>(settings.size()),
                  .classes = decoder.pictures.net.classes},
          .look = look,
          .settings = settings,
          .dimensions = decoder.pixels(),
          .decoder = decoder_hash,
          .dataset = decoder.pictures.dataset,
          .attributes = decoder.pictures.attributes};
}

io::Card ddcm_settings_card(const DdcmSettings& settings) {
  return {{"codes", fmt::to_string(settings.codes)},
          {"bits", fmt::to_string(settings.bits)},
          {"codebook", std::string(codebook_names.of(settings.codebook))},
          {"codebook_seed", fmt::to_string(settings.seed)},
          {"tail", fmt::to_string(settings.tail)},
          {"rho", fmt::to_string(settings.rho)},
          {"posterior_noise", fmt::to_string(settings.noise)},
          {"snap", settings.snap ? "1" : "0"}};
}

DdcmSettings ddcm_settings(const io::Card& card) {
  const auto integer = [&](const char* key, int64_t low, int64_t high) {
    return io::card_integer(card, key, low, high);
  };
  const DdcmSettings settings{
      .codebook = card_value(card, "codebook", codebook_names),
      .codes = static_cast<int>(integer("codes", 1, 1000)),
      .bits = static_cast<int>(integer("bits", 1, 16)),
      .tail = static_cast<int>(integer("tail", 0, 255)),
      .rho = io::card_number(card, "rho"),
      .noise = io::card_number(card, "posterior_noise"),
      .snap = integer("snap", 0, 1) == 1,
      .seed = static_cast<uint32_t>(integer("codebook_seed", 0, UINT32_MAX))};
  validate(settings);
  return settings;
}

io::Card code_model_card(const CodeModel& model) {
  io::Card card = ddcm_settings_card(model.settings);
  card.merge(io::Card{{"architecture", std::string(architecture_of(ModelKind::code))},
                      {"dataset", model.dataset},
                      {"attributes", attributes_text(model.attributes)},
                      {"look", std::string(name_of(model.look))},
                      {"dimensions", fmt::to_string(model.dimensions)},
                      {"decoder", fmt::to_string(model.decoder)},
                      {"width", fmt::to_string(model.net.layers.width)},
                      {"depth", fmt::to_string(model.net.layers.depth)},
                      {"heads", fmt::to_string(model.net.layers.heads)},
                      {"mlp_ratio", fmt::to_string(model.net.layers.mlp_ratio)}});
  return card;
}

CodeModel code_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  check_architecture(card, ModelKind::code);
  const auto integer = [&](const char* key) {
    return static_cast<int>(io::card_integer(card, key, 1, 4096));
  };
  CodeModel model{
      .net = {.layers = {.width = integer("width"),
                         .depth = integer("depth"),
                         .heads = integer("heads"),
                         .mlp_ratio = integer("mlp_ratio")}},
      .look = card_value(card, "look", token_look_names),
      .settings = ddcm_settings(card),
      .dimensions = io::card_integer(card, "dimensions", 1, int64_t{1} << 20),
      .decoder = static_cast<uint32_t>(io::card_integer(card, "decoder", 0, UINT32_MAX)),
      .dataset = io::card_text(card, "dataset"),
      .attributes = attributes_of(io::card_text(card, "attributes"))};
  model.net.tokens = model.settings.codes;
  model.net.vocabulary = static_cast<int>(model.settings.size());
  model.net.classes = classes_of(model.attributes);
  nn::validate(model.net);
  return model;
}

nn::SequenceTables code_tables(const CodeModel& model, Graph& graph, nn::Params& params) {
  const int64_t width = model.net.layers.width;
  const auto logits = static_cast<float>(first_logits / std::sqrt(static_cast<double>(width)));
  if (model.look == TokenLook::index) {
    const Shape shape{int64_t{model.net.tokens} * model.net.vocabulary, width};
    return {.in = params.get("in.table", shape, nn::Init::normal(1)),
            .out = params.get("out.table", shape, nn::Init::normal(logits))};
  }
  need<int64_t>("code model", "numbers of all codebooks",
                int64_t{model.net.tokens} * model.net.vocabulary * model.dimensions, 1,
                int64_t{1} << 26);
  const Value rows = graph.constant(codebook_rows(model));  // [N*K,D]
  const Shape shape{model.dimensions, width};
  const auto map = [&](const char* name, float gain) {
    return matmul(rows, params.get(name, shape, nn::Init::fan_in(model.dimensions, gain)));
  };
  return {.in = map("in.map", 1), .out = map("out.map", logits)};
}

struct CodeSampler::Impl {
  CodeModel model;
  int64_t batch;
  Program program;
  std::vector<float> tokens;  // [batch,N]
  std::vector<float> labels;  // [batch,A]

  /// Logits [N,batch,K] of what `tokens` and `labels` hold.
  std::span<const float> evaluate() {
    program.write("tokens", tokens);
    write_labels(program, labels);
    program.run();
    return program.read("logits");
  }
  [[nodiscard]] std::span<const float> at(std::span<const float> logits, size_t place,
                                          size_t row) const {
    const auto k = static_cast<size_t>(model.net.vocabulary);
    return logits.subspan((place * static_cast<size_t>(batch) + row) * k, k);
  }
  /// Labels of rows first.. of [n,A] into those of a batch; returns how many rows there are.
  size_t take_labels(std::span<const float> all, int64_t first, int64_t n) {
    const size_t attributes = model.net.classes.size();
    const auto rows = static_cast<size_t>(std::min(batch, n - first));
    std::ranges::copy(all.subspan(static_cast<size_t>(first) * attributes, rows * attributes),
                      labels.begin());
    return rows;
  }
  void check_labels(std::span<const float> all, int64_t n) const {
    const std::vector<int>& classes = model.net.classes;
    if (all.size() != static_cast<size_t>(n) * classes.size()) {
      fail("code model",
           fmt::format("{} labels for {} codes of {} attributes", all.size(), n, classes.size()));
    }
    for (size_t i = 0; i < all.size(); ++i) {
      need("code model", "label", all[i], 0, static_cast<float>(classes[i % classes.size()]));
    }
  }
};

CodeSampler::CodeSampler(const io::SafeTensors& file, int batch, const Device& device,
                         const CompileOptions& options) {
  need("code model", "batch", batch, 1, 4096);
  CodeModel model = code_model(file);
  const auto [in, out] = tables_of(model, file, device, options);
  const auto attributes = static_cast<int64_t>(model.net.classes.size());
  Graph graph;
  nn::Params params(graph, file);
  const Shape shape{int64_t{model.net.tokens} * model.net.vocabulary, model.net.layers.width};
  const nn::SequenceTables tables{.in = graph.input("in", shape), .out = graph.input("out", shape)};
  const Value tokens = graph.input("tokens", {batch, model.net.tokens});
  const Value labels = labels_input(graph, batch, model.net.classes);
  graph.output("logits", nn::sequence_logits(model.net, params, tables, tokens, labels));
  Program program = compile(graph, device, options);
  program.write("in", in);
  program.write("out", out);
  const auto rows = static_cast<size_t>(batch);
  const auto places = static_cast<size_t>(model.net.tokens);
  impl_ = std::make_unique<Impl>(
      Impl{.model = std::move(model),
           .batch = batch,
           .program = std::move(program),
           .tokens = std::vector<float>(rows * places),
           .labels = std::vector<float>(rows * static_cast<size_t>(attributes))});
}
CodeSampler::CodeSampler(CodeSampler&&) noexcept = default;
CodeSampler& CodeSampler::operator=(CodeSampler&&) noexcept = default;
CodeSampler::~CodeSampler() = default;

const CodeModel& CodeSampler::model() const { return impl_->model; }

std::vector<DdcmCode> CodeSampler::sample(std::span<const float> labels, int64_t n,
                                          float temperature, uint64_t seed) {
  need("code model", "temperature", temperature, 0.01F, 100);
  Impl& self = *impl_;
  self.check_labels(labels, n);
  const auto places = static_cast<size_t>(self.model.net.tokens);
  std::vector<DdcmCode> codes;
  for (int64_t first = 0; first < n; first += self.batch) {
    const size_t rows = self.take_labels(labels, first, n);
    std::vector<Rng> streams;
    for (size_t row = 0; row < rows; ++row) {
      streams.emplace_back(seed, static_cast<uint64_t>(first) + row);
      codes.emplace_back();
    }
    for (size_t place = 0; place < places; ++place) {
      const std::span<const float> logits = self.evaluate();
      for (size_t row = 0; row < rows; ++row) {
        const uint32_t token =
            draw(self.at(logits, place, row), temperature, streams[row].uniform());
        self.tokens[row * places + place] = static_cast<float>(token);
        codes[codes.size() - rows + row].indices.push_back(token);
      }
    }
  }
  return codes;
}

std::vector<double> CodeSampler::bits(std::span<const DdcmCode> codes,
                                      std::span<const float> labels) {
  Impl& self = *impl_;
  const auto n = static_cast<int64_t>(codes.size());
  self.check_labels(labels, n);
  for (const DdcmCode& code : codes) validate(code, self.model.settings);
  const auto places = static_cast<size_t>(self.model.net.tokens);
  std::vector<double> bits(places);
  for (int64_t first = 0; first < n; first += self.batch) {
    const size_t rows = self.take_labels(labels, first, n);
    const std::span<const DdcmCode> part = codes.subspan(static_cast<size_t>(first), rows);
    for (size_t row = 0; row < rows; ++row) {
      std::ranges::copy(part[row].indices,
                        self.tokens.begin() + static_cast<std::ptrdiff_t>(row * places));
    }
    const std::span<const float> logits = self.evaluate();
    for (size_t place = 0; place < places; ++place) {
      for (size_t row = 0; row < rows; ++row) {
        bits[place] +=
            bits_of(self.at(logits, place, row), part[row].indices[place]) / static_cast<double>(n);
      }
    }
  }
  return bits;
}

}  // namespace rivulet::models
