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
  return fmt::format("models/{}-{}.safetensors", side == 0 ? "shortcut" : "flow",
                     name_of(state_.set));
}

std::string PicturesLab::training_name() const {
  return fmt::format("pictures/{}-train.png", name_of(state_.set));
}

/// What this view needs, the first picture's model first.
void PicturesLab::fetch_files(const Ui& ui) {
  files_.fetch(ui, weights_name(chosen_side()));
  if (!files_.bytes_of(weights_name(chosen_side()))) return;
  if (shows(1 - chosen_side())) files_.fetch(ui, weights_name(1 - chosen_side()));
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
      fmt::format("rivulet-{}-{}-{}-steps-seed-{}{}.png", name_of(state_.set),
                  models::name_of(state_.method), state_.steps, state_.seed, name);
  saving_.push_back(ui.host->save(labelled, io::encode_png(image)));
}

void PicturesLab::save_picture(Ui& ui) {
  const pictures::Trace& trace = engine_->trace();
  if (!way_known()) return;
  const size_t pixels = trace.places.size() / static_cast<size_t>(trace.steps + 1);
  save(ui, fmt::format("-picture-{}", state_.chosen + 1), std::span(trace.places).last(pixels), 1);
}

void PicturesLab::save_grid(Ui& ui) {
  const pictures::Sheet& grid = engine_->grid(chosen_side());
  if (grid.finished()) save(ui, {}, grid.values, saved_columns);
}

}  // namespace rivulet::ui
