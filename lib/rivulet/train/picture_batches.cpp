#include "rivulet/train/picture_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/picture_card.h"

namespace rivulet::train {
namespace {

constexpr int64_t most_pictures = int64_t{1} << 24;

std::string size_text(int side, int channels) {
  return std::to_string(side) + "x" + std::to_string(side) + "x" + std::to_string(channels);
}

void check(const nn::DitConfig& net, const data::Pictures& pictures) {
  nn::validate(net);
  if (net.side != pictures.side || net.channels != pictures.channels) {
    fail("pictures", size_text(pictures.side, pictures.channels) + " pictures for a network of " +
                         size_text(net.side, net.channels));
  }
  if (pictures.count() == 0) fail("pictures", "there are none to train on");
  if (pictures.count() > most_pictures) fail("pictures", "there are more than 16 million");
  if (models::classes_of(pictures.attributes) != net.classes) {
    fail("pictures", "the network has " + std::to_string(net.classes.size()) +
                         " attributes of other counts than the pictures' " +
                         std::to_string(pictures.attributes.size()));
  }
}

}  // namespace

void validate(const PictureRows& rows) {
  need("pictures", "batch", rows.batch, 1, 4096);
  need("pictures", "label dropout", rows.label_dropout, 0, 1);
  need("pictures", "value dropout", rows.value_dropout, 0, 1);
}

io::Card picture_rows_card(const PictureRows& rows) {
  return {{"batch", fmt::to_string(rows.batch)},
          {"label_dropout", fmt::to_string(rows.label_dropout)},
          {"value_dropout", fmt::to_string(rows.value_dropout)}};
}

PictureRows picture_rows(const io::Card& card) {
  const PictureRows rows{.batch = static_cast<int>(io::card_integer(card, "batch", 1, 4096)),
                         .label_dropout = io::card_number(card, "label_dropout"),
                         .value_dropout = io::card_number(card, "value_dropout")};
  validate(rows);
  return rows;
}

void drop_labels(const PictureRows& rows, const std::vector<int>& classes, Rng& rng,
                 std::span<float> labels) {
  const bool none = rng.uniform() < rows.label_dropout;
  for (size_t k = 0; k < labels.size(); ++k) {
    const bool any = none || (labels.size() > 1 && rng.uniform() < rows.value_dropout);
    if (any) labels[k] = static_cast<float>(classes[k]);
  }
}

PictureInputs::PictureInputs(Graph& graph, const nn::DitConfig& net, int64_t batch)
    : noise(graph.input("noise", {batch, net.pixels()})),
      pictures(graph.input("pictures", {batch, net.pixels()})),
      labels(models::labels_input(graph, batch, net.classes)) {}

PictureBatches::PictureBatches(const nn::DitConfig& net, const PictureRows& rows,
                               std::shared_ptr<const data::Pictures> pictures)
    : net_(net), rows_(rows), pictures_(std::move(pictures)) {
  validate(rows_);
  check(net_, *pictures_);
  const auto batch = static_cast<size_t>(rows_.batch);
  noise_.resize(batch * static_cast<size_t>(net_.pixels()));
  x_.resize(noise_.size());
  labels_.resize(batch * net_.classes.size());
}

void PictureBatches::write(const Rng& rng, Program& program) {
  Rng noise = rng.fork(noise_stream);
  noise.normal(noise_);
  draw_pictures(rng);
  program.write("noise", noise_);
  program.write("pictures", x_);
  models::write_labels(program, labels_);
}

void PictureBatches::draw_pictures(const Rng& rng) {
  Rng which = rng.fork(picture_stream);
  Rng dropout = rng.fork(dropout_stream);
  const auto values = static_cast<size_t>(net_.pixels());
  const size_t attributes = net_.classes.size();
  for (size_t row = 0; std::cmp_less(row, rows_.batch); ++row) {
    const auto i = int64_t{which.below(static_cast<uint32_t>(pictures_->count()))};
    data::to_model(pictures_->picture(i), std::span(x_).subspan(row * values, values));
    const std::span labels = std::span(labels_).subspan(row * attributes, attributes);
    std::ranges::copy(pictures_->labels_of(i), labels.begin());
    drop_labels(rows_, net_.classes, dropout, labels);
  }
}

}  // namespace rivulet::train
