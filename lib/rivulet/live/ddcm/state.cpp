#include "rivulet/live/ddcm/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/live/transfer.h"
#include "rivulet/models/ddcm_file.h"

namespace rivulet::live::ddcm {
namespace {

using rows::at;
using rows::bad;
using rows::counting;
using rows::flag;
using rows::Kind;
using rows::most_whole;
using rows::named;
using rows::number;
using rows::Part;
using rows::Row;
using rows::validated;
using words::Common;
using Words = words::Ddcm;
using S = State;
using Settings = models::DdcmSettings;

constexpr Names<View, 3> view_names{"view", {"code", "restore", "plane"}};
constexpr Names<Source, 3> source_names{"source", {"sample", "own", "code"}};
constexpr auto codebook_names = models::codebook_names.first<3>();
constexpr Names<RestoreTask, 5> task_names{"task", {"inpaint", "2x", "4x", "noise", "colour"}};
constexpr Names<PlaneChoice, plane_choices> plane_names{
    "plane", {"random", "argmax", "distance", "article", "importance"}};
constexpr int most_bits = 12;
constexpr std::array<int, 7> index_bits = {1, 2, 4, 6, 8, 10, 12};

std::string mask_text(const Mask& mask) {
  io::Bytes bits(mask.size() / 8);
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) bits[i / 8] |= std::byte{128} >> (i % 8);
  }
  return io::base64url(bits);
}

Mask read_mask(const std::string& text) {
  io::Bytes bits;
  try {
    bits = io::from_base64url(rows::plain("mask", text, 64));
  } catch (const Error& error) {
    bad("the mask cannot be read: " + words_of(error));
  }
  Mask mask{};
  if (bits.size() != mask.size() / 8) bad(fmt::format("the mask has {} bytes", bits.size()));
  for (size_t i = 0; i < mask.size(); ++i) {
    mask[i] = (bits[i / 8] & (std::byte{128} >> (i % 8))) != std::byte{0} ? 1 : 0;
  }
  return mask;
}

bool in(const S& s, View view) { return s.view == view; }
bool single(const S& s) { return s.details.form == models::CodeForm::single; }

/// One atom of a single code, two of others at least, and none more than there are vectors.
void fit_atoms(S& s, const S& /*before*/) {
  models::DdcmSettings& d = s.details;
  d.atoms = single(s) ? 1 : std::max(2, d.atoms);
  d.atoms = static_cast<int>(std::min<int64_t>(d.atoms, d.size()));
}

/// Shows what follows from the code's length until the visitor chooses; then nothing follows.
Row<S> tuned(Row<S> row, float models::DdcmSettings::*field) {
  row.get = [field](const S& s) { return code_settings(s).*field; };
  row.control.value = [row](const S& s, const words::Words&) {
    return rows::number_text(row.get(s));
  };
  row.control.then = [field](S& s, const S& before) {
    const models::DdcmSettings shown = code_settings(before);
    const float chosen = s.details.*field;
    s.details.rho = shown.rho;
    s.details.noise = shown.noise;
    s.details.*field = chosen;
    s.tuned = false;
  };
  return row;
}

std::string length_text(const S& s, const words::Words& all) {
  const models::DdcmSettings settings = code_settings(s);
  if (settings == models::uuid_settings()) return all.ddcm.uuid_value;
  return fmt::format(fmt::runtime(all.ddcm.bytes_value), (models::code_bits(settings) + 7) / 8);
}

/// The code: its length, its form, what it is of.
rows::Table<S> code_rows() {
  return {
      named("view", at(&S::view), view_names),
      named("source", at(&S::source), source_names),
      number("picture", at(&S::picture), {0, sample_count - 1}),
      rows::text("own", at(&S::own), most_own_text),
      rows::text("code", at(&S::code), most_code_text),
      rows::labels("labels", at(&S::labels)),
      number("seed", at(&S::details, &Settings::seed), {0, most_whole}),
      number("time", at(&S::time), {0, 1}),
      flag("tuned", at(&S::tuned)),
      rows::one_of("bytes", at(&S::bytes), code_lengths,
                   {.kind = Kind::dial,
                    .words = &Words::bytes,
                    .hint = &Words::bytes_hint,
                    .symbol = "S",
                    .shown = [](const S& s) { return in(s, View::code); },
                    .value = length_text}),
      number("effort", at(&S::effort), {0, most_effort},
             {.kind = Kind::dial,
              .over = counting(0, most_effort),
              .words = &Words::effort,
              .hint = &Words::effort_hint,
              .choices = &Words::efforts,
              .shown =
                  [](const S& s) {
                    return in(s, View::code) && single(s) && s.choice == models::Choice::argmax;
                  }}),
  };
}

/// The code, in more detail.
rows::Table<S> detail_rows() {
  return {
      named("form", at(&S::details, &Settings::form), models::code_form_names,
            {.kind = Kind::segments,
             .words = &Words::form,
             .choices = &Words::forms,
             .part = Part::more,
             .then = fit_atoms}),
      number("bits", at(&S::details, &Settings::bits), {1, most_bits},
             {.kind = Kind::dial,
              .over = index_bits,
              .words = &Words::bits,
              .hint = &Words::bits_hint,
              .symbol = "K",
              .part = Part::more,
              .value =
                  [](const S& s, const words::Words&) {
                    return fmt::format("{} (K = {})", s.details.bits, s.details.size());
                  },
              .then = fit_atoms}),
      number("atoms", at(&S::details, &Settings::atoms), validated,
             {.kind = Kind::dial,
              .over = {2, 3, 4, 6, 8, 12, 16},
              .words = &Words::atoms,
              .hint = &Words::atoms_hint,
              .symbol = "M",
              .part = Part::more,
              .shown = [](const S& s) { return !single(s); },
              .then = fit_atoms}),
      number("coefficient", at(&S::details, &Settings::coefficient_bits), validated,
             {.kind = Kind::dial,
              .over = counting(1, 4),
              .words = &Words::coefficient,
              .hint = &Words::coefficient_hint,
              .symbol = "C",
              .part = Part::more,
              .shown = [](const S& s) { return s.details.form == models::CodeForm::pursuit; }}),
      named("choice", at(&S::choice), models::choice_names,
            {.kind = Kind::chips,
             .words = &Words::choice,
             .choices = &Words::choices,
             .hints = &Words::choice_hints,
             .numbered = true,
             .part = Part::more,
             .shown = single}),
      tuned(number("rho", at(&S::details, &Settings::rho), validated,
                   {.kind = Kind::dial,
                    .over = {1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3},
                    .words = &Words::rho,
                    .hint = &Words::rho_hint,
                    .symbol = "ρ",
                    .part = Part::more}),
            &Settings::rho),
      tuned(number("noise", at(&S::details, &Settings::noise), validated,
                   {.kind = Kind::dial,
                    .over = {0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1},
                    .words = &Words::noise,
                    .hint = &Words::noise_hint,
                    .symbol = "σ",
                    .part = Part::more}),
            &Settings::noise),
      number("tail", at(&S::details, &Settings::tail), validated,
             {.kind = Kind::dial,
              .over = {0, 2, 4, 8, 16},
              .words = &Words::tail,
              .hint = &Words::tail_hint,
              .part = Part::more}),
      named("codebook", at(&S::details, &Settings::codebook), codebook_names,
            {.kind = Kind::segments,
             .words = &Words::codebook,
             .choices = &Words::codebooks,
             .part = Part::more}),
      flag("snap", at(&S::details, &Settings::snap),
           {.kind = Kind::toggle, .words = &Words::snap, .part = Part::apart}),
  };
}

rows::Table<S> restore_rows() {
  return {
      named("task", at(&S::task), task_names),
      rows::text("mask", at(&S::mask), mask_text, read_mask),
      number("again", at(&S::restore_seed), {0, most_whole}),
      number("grain", at(&S::grain), {0.1, 1},
             {.kind = Kind::dial,
              .over = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1},
              .words = &Words::grain,
              .hint = &Words::grain_hint,
              .symbol = "g",
              .shown =
                  [](const S& s) { return in(s, View::restore) && s.task == RestoreTask::noise; }}),
      number("strength", at(&S::strength), {1, most_bits},
             {.kind = Kind::dial,
              .over = index_bits,
              .words = &Words::strength,
              .hint = &Words::strength_hint,
              .symbol = "K",
              .shown = [](const S& s) { return in(s, View::restore); },
              .value =
                  [](const S& s, const words::Words& all) {
                    return fmt::format(fmt::runtime(all.ddcm.strength_value), 1 << s.strength);
                  }}),
  };
}

rows::Table<S> plane_rows() {
  const auto shown = [](const S& s) { return in(s, View::plane); };
  return {
      named("target", at(&S::target), data::shape2d_names,
            {.kind = Kind::chips,
             .over = counting(0, data::shape2d_count - 2),  // none that is drawn
             .words = &Common::target,
             .choices = &Common::targets,
             .shown = shown}),
      named("plane", at(&S::plane), plane_names,
            {.kind = Kind::chips,
             .words = &Words::choice,
             .choices = &Words::planes,
             .hints = &Words::plane_hints,
             .numbered = true,
             .shown = shown}),
      rows::one_of("k", at(&S::size), plane_sizes,
                   {.kind = Kind::dial,
                    .words = &Words::size,
                    .hint = &Words::size_hint,
                    .symbol = "K",
                    .name = "size",
                    .shown = shown}),
      rows::one_of(
          "steps", at(&S::steps), plane_steps,
          {.kind = Kind::dial, .words = &Words::steps, .hint = &Words::steps_hint, .shown = shown}),
      number("plane-seed", at(&S::plane_seed), {0, most_whole}),
  };
}

void check(const S& s) {
  if (s.target == data::Shape2d::drawn) bad("target cannot be drawn here");
  if (s.source == Source::code && s.code.empty()) bad("source is code, but there is no code");
  if (s.source == Source::own && s.own.empty()) bad("source is own, but there is no picture");
  try {
    models::DdcmSettings one_step = s.details;
    if (one_step.form == models::CodeForm::single) one_step.atoms = 1;
    models::validate(one_step);  // before its bits are counted
    models::validate(code_settings(s));
  } catch (const Error& error) {
    bad(words_of(error));
  }
}

}  // namespace

State::State() {
  for (int y = 3; y < 12; ++y) {
    for (int x = 4; x < 12; ++x) mask[static_cast<size_t>(y * mask_side + x)] = 1;
  }
}

models::DdcmSettings code_settings(const State& state) {
  models::DdcmSettings settings = state.details;
  if (settings.form == models::CodeForm::single) settings.atoms = 1;
  settings.codes = 1;
  const int64_t step = models::code_bits(settings);
  const int64_t room = int64_t{state.bytes} * 8;
  settings.codes =
      static_cast<int>(std::clamp<int64_t>(room / std::max<int64_t>(1, step), 1, 1000));
  if (state.tuned) {
    const models::DdcmSettings tuned = models::tuned_settings(settings.codes);
    settings.rho = tuned.rho;
    settings.noise = tuned.noise;
  }
  return settings;
}

const rows::Table<S>& settings() {
  static const rows::Table<S> table =
      rows::joined<S>({code_rows(), detail_rows(), restore_rows(), plane_rows()});
  return table;
}

Fields to_fields(const State& state) { return rows::write("ddcm", settings(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(settings(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::ddcm
