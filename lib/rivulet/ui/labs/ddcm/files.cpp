// Weights, pictures and codes come in; pictures and codes go out.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/data/palette.h"
#include "rivulet/io/png.h"
#include "rivulet/ui/host.h"
#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > ' ') out += c;
  }
  return out;
}

/// Could this text be meant as a UUID?
bool like_uuid(std::string_view text) {
  const auto dashes = std::ranges::count(text, '-');
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-' ||
           c == '{' || c == '}';
  };
  return text.starts_with("urn:uuid:") ||
         (std::ranges::all_of(text, hex) && text.size() >= 30 && (dashes == 4 || dashes == 0));
}

/// Codes of this kind begin so, and there is no lab "DD...".
bool like_code(std::string_view text) {
  return text.starts_with("DD") && text.size() > 12 &&
         text.find_first_of("?=#/:.") == std::string_view::npos;
}

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void DdcmLab::fetch_files(const Ui& ui) {
  frame.files.fetch(ui, ddcm::samples_file);
  if (state_.view != ddcm::View::plane) frame.files.fetch(ui, ddcm::model_file);
}

ModelFile DdcmLab::weights() const {
  return model_file(frame.files, ddcm::model_file, engine_->card());
}

void DdcmLab::try_again() {
  frame.files.forget(ddcm::model_file);
  if (!frame.files.trouble(ddcm::samples_file).empty()) frame.files.forget(ddcm::samples_file);
}

int DdcmLab::side() const {
  return ready() ? engine_->card().model.pictures.net.side : ddcm::usual_side;
}

/// A sheet that is damaged counts as an empty one: the visitor can still draw, drop and paste.
void DdcmLab::cut_samples() {
  const FileBytes bytes = frame.files.bytes_of(ddcm::samples_file);
  if (!bytes || bytes == cut_from_) return;
  cut_from_ = bytes;
  try {
    samples_ = data::cut_sheet(io::decode_png(*bytes, 3), ddcm::usual_side, 3);
  } catch (const Error&) {
    samples_ = {};
  }
  colours_ = data::palette_of(samples_);
  colours_.resize(std::min(colours_.size(), ddcm::most_colours * 3));
}

Pixels DdcmLab::source() const {
  if (state_.source == ddcm::Source::own) return own_;
  if (state_.source != ddcm::Source::sample || state_.picture >= samples_.count()) return {};
  const auto pixels = samples_.picture(state_.picture);
  return {pixels.begin(), pixels.end()};
}

std::vector<float> DdcmLab::source_values() const {
  const Pixels pixels = source();
  std::vector<float> values(pixels.size());
  data::to_model(pixels, values);
  return values;
}

Pixels DdcmLab::decoded() const {
  const ddcm::CodeTrace& trace = engine_->trace();
  if (!trace.finished() || trace.channels != 3) return {};
  Pixels pixels(static_cast<size_t>(trace.pixels()));
  data::to_pixels(trace.belief(trace.steps), pixels);
  return pixels;
}

// --- In ---

bool DdcmLab::take_text(const std::string& given) {
  const std::string text = without_blanks(given);
  if (like_uuid(text)) {
    choose_code(models::uuid_text(models::parse_uuid(text)));
    return true;
  }
  if (!like_code(text)) return false;
  (void)models::ddcm_of_text(text);
  if (text.size() > ddcm::most_code_text)
    fail("code", "this code is longer than any that is shown here");
  choose_code(text);
  return true;
}

bool DdcmLab::take_file(const io::Bytes& bytes) {
  if (is_png(bytes)) {
    const Pixels pixels = fitted_picture(bytes, side());
    close_editor();
    if (state_.view == ddcm::View::plane) choose_view(ddcm::View::code);
    choose_own(pixels);
    return true;
  }
  // A .ddcm, or a text file that holds a code.
  if (bytes.size() > models::max_ddcm_bytes) return false;
  const std::string text = models::ddcm_text(bytes);
  return take_text(like_code(text) ? text : as_text(bytes));
}

void DdcmLab::read_own() {
  if (state_.source != ddcm::Source::own || own_text_ == state_.own) return;
  own_text_ = state_.own;
  try {
    own_ = picture_of_text(state_.own, side());
  } catch (const Error& error) {
    frame.complain(common().bad_file, error);
    choose_sample(state_.picture);
  }
}

/// A pasted code becomes numbers as soon as the model is here that it was made with.
void DdcmLab::read_code() {
  if (state_.source != ddcm::Source::code || !ready()) return;
  const FileBytes model = engine_->card().file;
  if (read_.text == state_.code && read_.model == model) return;
  read_ = {};
  read_.text = state_.code;
  read_.model = model;
  try {
    if (like_uuid(state_.code)) {
      read_.uuid = true;
      read_.file = {.settings = models::uuid_settings(),
                    .code = models::uuid_code(models::parse_uuid(state_.code))};
    } else {
      read_.file = models::decode_ddcm(models::ddcm_of_text(state_.code), engine_->card().coder);
    }
  } catch (const Error& error) {
    frame.complain(common().bad_text, error);
    choose_sample(state_.picture);
  }
}

// --- Out ---

/// The finished trace as text: a UUID where it can be one.
void DdcmLab::write_code() {
  const ddcm::CodeTrace& trace = engine_->trace();
  if (!trace.finished() || written_.run == trace.run || !ready()) return;
  written_ = {};
  written_.run = trace.run;
  models::DdcmFile file{.settings = trace.settings, .code = trace.code};
  if (trace.settings == models::uuid_settings() && trace.labels.empty()) {
    const models::Uuid uuid = models::uuid_of(trace.code);
    written_.uuid = true;
    written_.text = models::uuid_text(uuid);
    written_.bytes = written_.file_bytes = uuid.size();
    written_.file.assign(uuid.begin(), uuid.end());
    return;
  }
  const models::DdcmModel& coder = engine_->card().coder;
  if (!trace.labels.empty()) {
    file.labels.assign(coder.classes.begin(), coder.classes.end());
    for (size_t k = 0; k < std::min(trace.labels.size(), file.labels.size()); ++k) {
      const int label = trace.labels[k];
      if (label >= 0 && label < coder.classes[k]) file.labels[k] = label;
    }
  }
  written_.file = models::encode_ddcm(file, coder);
  written_.text = models::ddcm_text(written_.file);
  written_.bytes = models::ddcm_payload_bytes(file, coder.classes);
  written_.file_bytes = written_.file.size();
}

void DdcmLab::save_picture(Ui& ui) {
  const ddcm::CodeTrace& trace = engine_->trace();
  if (decoded().empty()) return;
  frame.save(ui, fmt::format("rivulet-ddcm-{}-bytes.png", written_.bytes),
             saved_pictures(trace.belief(trace.steps), side(), 3, 1));
}

void DdcmLab::save_code(Ui& ui) {
  if (written_.text.empty()) {
    ui.say(words().no_code, true);
  } else if (written_.uuid) {
    const auto text = std::as_bytes(std::span(written_.text));
    frame.save(ui, "rivulet-uuid.txt", {text.begin(), text.end()});
  } else {
    frame.save(ui, fmt::format("rivulet-{}-bytes.ddcm", written_.bytes), written_.file);
  }
}

void DdcmLab::copy_code(Ui& ui, bool link) {
  if (written_.text.empty()) {
    ui.say(words().no_code, true);
    return;
  }
  std::string text = written_.text;
  if (link) {  // shows the picture that the code makes, on whatever machine it is opened
    ddcm::State shared;
    shared.source = ddcm::Source::code;
    shared.code = text;
    text = to_fields(shared).text();
  }
  if (link && ui.host->copy) {
    ui.host->copy(text);
  } else if (!link && ui.host->copy_text) {
    ui.host->copy_text(text);
  } else {
    ImGui::SetClipboardText(text.c_str());
  }
  ui.say(link ? words().copied_link : words().copied_code);
}

void DdcmLab::paste_code(Ui& ui) {
  if (ui.host->paste) {
    ui.host->paste();  // the answer comes by take_text
    return;
  }
  const char* text = ImGui::GetClipboardText();
  give_text(ui, text ? text : "");
}

void DdcmLab::give_text(Ui& ui, const std::string& text) {
  try {
    if (!take_text(text)) ui.say(words().not_a_code, true);
  } catch (const Error& error) {
    ui.say(common().bad_text + ui.error(words_of(error)), true);
  }
}

}  // namespace rivulet::ui
