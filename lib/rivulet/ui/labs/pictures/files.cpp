// Weights and training pictures come in, pictures go out.
#include <fmt/format.h>

#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr int saved_columns = 6;

}  // namespace

std::string PicturesLab::weights_name(int side) const {
  return "models/" + data::weights_file(pictures::kind_of(side).weights, state_.set->name);
}

std::string PicturesLab::training_name() const {
  return "pictures/" + data::sheet_file(state_.set->name, data::Part::train);
}

/// What this view needs, the first picture's model first.
void PicturesLab::fetch_files(const Ui& ui) {
  frame.files.fetch(ui, weights_name(state_.model));
  if (!frame.files.bytes_of(weights_name(state_.model))) return;
  for (const int side : shown_sides()) frame.files.fetch(ui, weights_name(side));
  if (way_known()) frame.files.fetch(ui, training_name());
}

ModelFile PicturesLab::weights(int side) const {
  return model_file(frame.files, weights_name(side), engine_->card(side));
}

void PicturesLab::try_again(int side) {
  frame.files.forget(weights_name(side));
  if (!frame.files.trouble(training_name()).empty()) frame.files.forget(training_name());
}

// --- Out ---

void PicturesLab::save(Ui& ui, const std::string& name, std::span<const float> values,
                       int columns) {
  const std::string labelled = fmt::format("rivulet-{}-{}-{}-steps-seed-{}{}.png", state_.set->name,
                                           pictures::kind_of(state_.model).name,
                                           steps_of(state_, state_.model), state_.wish.seed, name);
  frame.save(ui, labelled, saved_pictures(values, pixel_side(), channels(), columns));
}

void PicturesLab::save_picture(Ui& ui) {
  const pictures::Trace& trace = engine_->trace();
  if (!way_known()) return;
  const size_t pixels = trace.places.size() / static_cast<size_t>(trace.steps + 1);
  save(ui, fmt::format("-picture-{}", state_.chosen + 1), std::span(trace.places).last(pixels), 1);
}

void PicturesLab::save_grid(Ui& ui) {
  const pictures::Sheet& grid = engine_->grid(state_.model);
  if (grid.finished()) save(ui, {}, grid.values, saved_columns);
}

}  // namespace rivulet::ui
