#include "rivulet/train/code_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"

namespace rivulet::train {
namespace {

constexpr int64_t most_codes = int64_t{1} << 24;

/// The share of earlier tokens that the network does not see: codes are so many bits and so few
/// that it would learn each by heart.
constexpr float token_dropout = 0.3F;
constexpr float unseen = -1e7F;  ///< in place of a token: no row of any table

enum : uint64_t { unseen_stream = guidance_stream + 1 };

std::vector<Loss> build(Graph& graph, nn::Params& params, const models::CodeModel& model,
                        int64_t batch) {
  const Value tokens = graph.input("tokens", {batch, model.net.tokens});
  const Value seen = graph.input("seen", {batch, model.net.tokens});
  const Value labels = models::labels_input(graph, batch, model.net.classes);
  const nn::SequenceTables tables = models::code_tables(model, graph, params);
  const Value logits = nn::sequence_logits(model.net, params, tables, seen, labels);
  const Value loss = reshape(nn::sequence_loss(logits, tokens), {});
  return {{"loss", loss}, {"bits", loss * std::numbers::log2e_v<float>}};
}

void check(const CodeSet& set, const models::CodeModel& model) {
  const std::vector<int>& classes = model.net.classes;
  const auto n = static_cast<int64_t>(set.codes.size());
  if (n < 1 || n > most_codes) {
    fail("codes", "there are " + std::to_string(n) + " of them; 1..16777216 are allowed");
  }
  for (const models::DdcmCode& code : set.codes) validate(code, model.settings);
  bool known = set.labels.size() == set.codes.size() * classes.size();
  for (size_t i = 0; known && i < set.labels.size(); ++i) {
    const float label = set.labels[i];
    known = label >= 0 && label <= static_cast<float>(classes[i % classes.size()]) &&
            label == std::floor(label);
  }
  if (!known) fail("codes", "a code has a label without a meaning");
}

/// Draws the batches.
class Feeder {
 public:
  Feeder(const models::CodeModel& model, const PictureRows& rows,
         std::shared_ptr<const CodeSet> codes)
      : classes_(model.net.classes), rows_(rows), codes_(std::move(codes)) {
    const auto batch = static_cast<size_t>(rows.batch);
    places_ = static_cast<size_t>(model.net.tokens);
    tokens_.resize(batch * places_);
    seen_.resize(tokens_.size());
    labels_.resize(batch * classes_.size());
  }

  void operator()(const Rng& rng, Program& program) {
    Rng which = rng.fork(picture_stream);
    Rng dropout = rng.fork(dropout_stream);
    const size_t attributes = classes_.size();
    for (size_t row = 0; std::cmp_less(row, rows_.batch); ++row) {
      const auto i = size_t{which.below(static_cast<uint32_t>(codes_->codes.size()))};
      std::ranges::copy(codes_->codes[i].indices,
                        tokens_.begin() + static_cast<std::ptrdiff_t>(row * places_));
      const std::span labels = std::span(labels_).subspan(row * attributes, attributes);
      std::ranges::copy(std::span(codes_->labels).subspan(i * attributes, attributes),
                        labels.begin());
      drop_labels(rows_, classes_, dropout, labels);
    }
    Rng blind = rng.fork(unseen_stream);
    std::ranges::transform(tokens_, seen_.begin(), [&](float token) {
      return blind.uniform() < token_dropout ? unseen : token;
    });
    program.write("tokens", tokens_);
    program.write("seen", seen_);
    models::write_labels(program, labels_);
  }

 private:
  std::vector<int> classes_;
  PictureRows rows_;
  std::shared_ptr<const CodeSet> codes_;
  size_t places_ = 0;
  std::vector<float> tokens_, seen_, labels_;
};

/// What of a model's card the codes depend on.
io::Card card_of_codes(const models::CodeModel& model) {
  io::Card card = models::ddcm_settings_card(model.settings);
  const io::Card all = models::code_model_card(model);
  for (const char* key : {"dataset", "attributes", "dimensions", "decoder"}) {
    card[key] = all.at(key);
  }
  return card;
}

void add(io::SafeTensors& file, const std::string& name, const CodeSet& set) {
  if (set.codes.empty()) return;
  const auto n = static_cast<int64_t>(set.codes.size());
  const size_t places = set.codes.front().indices.size();
  Tensor tokens({n, static_cast<int64_t>(places)});
  for (size_t row = 0; row < set.codes.size(); ++row) {
    std::ranges::copy(set.codes[row].indices,
                      tokens.span().begin() + static_cast<std::ptrdiff_t>(row * places));
  }
  file.tensors.push_back({name + ".tokens", std::move(tokens)});
  if (set.labels.empty()) return;
  const Shape shape{n, static_cast<int64_t>(set.labels.size()) / n};
  file.tensors.push_back({name + ".labels", Tensor(shape, set.labels)});
}

CodeSet read(const io::SafeTensors& file, const std::string& name, const models::CodeModel& model) {
  CodeSet set;
  const Tensor& tokens = file.at(name + ".tokens");
  const int64_t places = model.net.tokens;
  if (tokens.shape().rank() != 2 || tokens.shape()[1] != places) {
    fail("codes", "'" + name + ".tokens' is " + tokens.shape().str() + ", not (N," +
                      std::to_string(places) + ")");
  }
  const auto past = static_cast<float>(model.net.vocabulary);
  for (int64_t row = 0; row < tokens.shape()[0]; ++row) {
    models::DdcmCode& code = set.codes.emplace_back();
    for (int64_t i = 0; i < places; ++i) {
      const float token = tokens[row * places + i];
      if (!(token >= 0 && token < past) || token != std::floor(token)) {
        fail("codes", fmt::format("'{}.tokens' holds {}", name, token));
      }
      code.indices.push_back(static_cast<uint32_t>(token));
    }
  }
  if (!model.net.classes.empty()) {
    const std::span<const float> labels = file.at(name + ".labels").span();
    set.labels.assign(labels.begin(), labels.end());
  }
  check(set, model);
  return set;
}

}  // namespace

io::SafeTensors code_file(const CodeSets& sets, const models::CodeModel& model) {
  io::SafeTensors file{.metadata = card_of_codes(model), .tensors = {}};
  add(file, "train", sets.train);
  add(file, "held_out", sets.held_out);
  return file;
}

CodeSets code_sets(const io::SafeTensors& file, const models::CodeModel& model) {
  for (const auto& [key, text] : card_of_codes(model)) {
    const auto found = file.metadata.find(key);
    const std::string has = found == file.metadata.end() ? "nothing" : found->second;
    if (has != text) {
      fail("codes", "they are others: of " + key + " = '" + has.substr(0, 40) + "', not '" +
                        text.substr(0, 40) + "'");
    }
  }
  return {.train = read(file, "train", model), .held_out = read(file, "held_out", model)};
}

Objective code_objective(const models::CodeModel& model, const PictureRows& rows,
                         std::shared_ptr<const CodeSet> codes) {
  validate(rows);
  nn::validate(model.net);
  check(*codes, model);
  const auto count = std::to_string(codes->codes.size());
  Objective objective =
      simple_objective({.build =
                            [model, batch = rows.batch](Graph& graph, Nets& nets) {
                              return build(graph, nets.weights(), model, batch);
                            },
                        .feed = [feeder = std::make_shared<Feeder>(model, rows, std::move(codes))](
                                    const Rng& rng, Program& program) { (*feeder)(rng, program); }},
                       models::code_model_card(model));
  objective.card.merge(picture_rows_card(rows));
  objective.card["pictures"] = count;
  return objective;
}

}  // namespace rivulet::train
