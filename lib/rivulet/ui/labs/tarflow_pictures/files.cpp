// Weights and pictures come in, pictures go out.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/data/fit.h"
#include "rivulet/data/palette.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/png.h"
#include "rivulet/live/picture_text.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr size_t most_colours = 48;
constexpr int greys = 16;

/// A few colours to draw pictures of this set with, [n,channels].
std::vector<uint8_t> colours_of(const data::Pictures& pictures) {
  std::vector<uint8_t> colours;
  if (pictures.channels == 1) {
    for (int i = 0; i < greys; ++i) {
      colours.push_back(static_cast<uint8_t>(i * 255 / (greys - 1)));
    }
    return colours;
  }
  colours = data::palette_of(pictures);
  colours.resize(std::min(colours.size(), most_colours * 3));
  return colours;
}

}  // namespace

std::string TarflowPicturesLab::weights_name() const {
  return "models/" + data::weights_file("tarflow", state_.set->name);
}

std::string TarflowPicturesLab::exact_name() const {
  return "models/" + data::weights_file("tarflow-nll", state_.set->name);
}

std::string TarflowPicturesLab::held_out_name() const {
  return "pictures/" + data::sheet_file(state_.set->name, data::Part::test);
}

void TarflowPicturesLab::fetch_files(const Ui& ui) {
  frame.files.fetch(ui, weights_name());
  frame.files.fetch(ui, held_out_name());
  if (judges_bytes()) frame.files.fetch(ui, exact_name());
}

ModelFile TarflowPicturesLab::weights() const {
  return model_file(frame.files, weights_name(), engine_->card());
}

std::string TarflowPicturesLab::trouble() const {
  std::string wrong = weights().error;
  if (!wrong.empty() || !judges_bytes()) return wrong;
  return model_file(frame.files, exact_name(), engine_->exact_card()).error;
}

void TarflowPicturesLab::try_again() {
  for (const std::string& name : {weights_name(), exact_name(), held_out_name()}) {
    const bool bad_weights = name == weights_name() && !engine_->card().error.empty();
    const bool bad_exact = name == exact_name() && !engine_->exact_card().error.empty();
    if (bad_weights || bad_exact || !frame.files.trouble(name).empty()) frame.files.forget(name);
  }
}

/// Those of the model in sight; the set's usual size until it is here.
int TarflowPicturesLab::side() const {
  if (ready()) return engine_->card().model.pictures.net.side;
  return state_.set->side;
}

int TarflowPicturesLab::channels() const {
  if (ready()) return engine_->card().model.pictures.net.channels;
  return state_.set->channels;
}

/// A sheet that is damaged counts as an empty one: the visitor can still sample, draw and drop.
void TarflowPicturesLab::cut_held_out() {
  const FileBytes bytes = frame.files.bytes_of(held_out_name());
  if (!bytes) {
    held_out_ = {};
    cut_from_ = nullptr;
    return;
  }
  const bool same = held_out_.side == side() && held_out_.channels == channels();
  if (bytes == cut_from_ && (same || held_out_.side == 0)) return;
  cut_from_ = bytes;
  try {
    held_out_ = data::cut_sheet(io::decode_png(*bytes, channels()), side(), channels());
  } catch (const Error&) {
    held_out_ = {};
  }
  colours_ = held_out_.side > 0 ? colours_of(held_out_) : std::vector<uint8_t>{0, 0, 0};
}

std::vector<float> TarflowPicturesLab::held_out_values(int picture) const {
  if (picture >= held_out_.count()) return {};
  std::vector<float> values(static_cast<size_t>(held_out_.numel()));
  data::to_model(held_out_.picture(picture), values);
  return values;
}

std::vector<float> TarflowPicturesLab::sample_values(int picture) const {
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  if (sheet.run == 0 || picture >= sheet.count) return {};
  if (sheet.side != side() || sheet.channels != channels()) return {};
  const bool denoised = state_.denoise && picture < sheet.denoised();
  const auto values = sheet.of(denoised && state_.snap ? sheet.clean : sheet.raw, picture);
  std::vector<float> out(values.begin(), values.end());
  if (denoised && !state_.snap) {
    const auto moved = sheet.of(sheet.moved, picture);
    for (size_t i = 0; i < out.size(); ++i) out[i] += moved[i];
  }
  return out;
}

std::vector<float> TarflowPicturesLab::source_values() const {
  if (state_.source == tarflow_pictures::Source::sampled) {
    const tarflow_pictures::Sheet& sheet = engine_->sheet();
    const bool there = sheet.run > 0 && state_.chosen < sheet.denoised();
    return there ? sample_values(state_.chosen) : std::vector<float>{};
  }
  if (state_.source == tarflow_pictures::Source::held_out) return held_out_values(state_.picture);
  std::vector<float> values(own_.size());
  data::to_model(own_, values);
  return values;
}

// --- In ---

void TarflowPicturesLab::read_own() {
  if (state_.source != tarflow_pictures::Source::own) return;
  if (own_text_ == state_.own && own_side_ == side() * channels()) return;
  own_text_ = state_.own;
  own_side_ = side() * channels();
  try {
    own_ = data::fit_picture(io::decode_png(io::from_base64url(state_.own), 3, 64), side(),
                             channels());
  } catch (const Error& error) {
    frame.complain(common().bad_file, error);
    state_.source = tarflow_pictures::Source::held_out;
    state_.own.clear();
  }
}

/// Pixels [side,side,channels] become the visitor's picture.
void TarflowPicturesLab::choose_own(std::span<const uint8_t> pixels) {
  own_.assign(pixels.begin(), pixels.end());
  std::vector<uint8_t> rgb(static_cast<size_t>(side() * side()) * 3);
  data::convert_pixels(own_, channels(), rgb, 3);
  state_.source = tarflow_pictures::Source::own;
  state_.own = picture_text(rgb, side());
  own_text_ = state_.own;
  own_side_ = side() * channels();
}

bool TarflowPicturesLab::take_file(const io::Bytes& bytes) {
  if (!is_png(bytes)) return false;
  const std::vector<uint8_t> pixels = data::fit_picture(io::decode_png(bytes), side(), channels());
  editor_.close();
  if (state_.view == View::sample) choose_view(View::latent);
  choose_own(pixels);
  return true;
}

/// The picture in sight becomes the visitor's own.
void TarflowPicturesLab::open_editor() {
  const std::vector<float> values = source_values();
  if (values.empty() || colours_.empty()) return;
  choose_view(View::latent);
  std::vector<uint8_t> pixels(values.size());
  data::to_pixels(values, pixels);
  editor_.open(pixels, side(), channels(), colours_);
  choose_own(pixels);
  frame.sheet.open = false;
}

// --- Out ---

void TarflowPicturesLab::save(Ui& ui, const std::string& name, std::span<const float> values,
                              int columns) {
  if (values.empty()) return;
  const std::string labelled =
      fmt::format("rivulet-tarflow-{}-seed-{}{}.png", state_.set->name, state_.seed, name);
  frame.save(ui, labelled, saved_pictures(values, side(), channels(), columns));
}

}  // namespace rivulet::ui
