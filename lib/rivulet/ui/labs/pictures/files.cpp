// Weights and training pictures come in, pictures go out.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/io/png.h"
#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr int saved_side = 512;       // pixels, of a picture on its own
constexpr int saved_grid_side = 128;  // ... and of each in a grid
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
  files_.fetch(ui, weights_name(state_.model));
  if (!files_.bytes_of(weights_name(state_.model))) return;
  for (const int side : shown_sides()) files_.fetch(ui, weights_name(side));
  if (way_known()) files_.fetch(ui, training_name());
}

std::string PicturesLab::trouble(int side) const {
  if (std::string failed = files_.trouble(weights_name(side)); !failed.empty()) return failed;
  const pictures::Card* const card = engine_ ? &engine_->card(side) : nullptr;
  if (card && card->file && card->file == files_.bytes_of(weights_name(side))) return card->error;
  return {};
}

void PicturesLab::try_again(int side) {
  files_.forget(weights_name(side));
  if (!files_.trouble(training_name()).empty()) files_.forget(training_name());
}

// --- Out ---

void PicturesLab::save(Ui& ui, const std::string& name, std::span<const float> values,
                       int columns) {
  if (!ui.host->save) {
    ui.say(common().saved_nowhere, true);
    return;
  }
  std::vector<uint8_t> pixels(values.size());
  data::to_pixels(values, pixels);
  const int zoom = std::max(1, (columns == 1 ? saved_side : saved_grid_side) / pixel_side());
  const io::Image image =
      data::contact_sheet(pixels, pixel_side(), channels(), columns, zoom, columns == 1 ? 0 : 1);
  const std::string labelled =
      fmt::format("rivulet-{}-{}-{}-steps-seed-{}{}.png", state_.set->name,
                  pictures::kind_of(state_.model).name, state_.wish.steps, state_.wish.seed, name);
  saving_.push_back(ui.host->save(labelled, io::encode_png(image)));
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
