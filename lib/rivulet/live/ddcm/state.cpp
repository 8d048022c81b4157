#include "rivulet/live/ddcm/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/live/rows.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::ddcm {
namespace {

using rows::bad;
using rows::one_of;
using rows::Row;
using rows::within;
using S = State;

constexpr std::array<std::string_view, 3> view_names = {"code", "restore", "plane"};
constexpr std::array<std::string_view, 3> source_names = {"sample", "own", "code"};
constexpr std::array<std::string_view, 3> form_names = {"single", "pursuit", "turbo"};
constexpr std::array<std::string_view, 3> codebook_names = {"per-step", "shared", "hadamard"};
constexpr std::array<std::string_view, 4> choice_names = {"argmax", "distance", "article",
                                                          "importance"};
constexpr std::array<std::string_view, 5> task_names = {"inpaint", "2x", "4x", "noise", "colour"};
constexpr std::array<std::string_view, 5> plane_names = {"random", "argmax", "distance", "article",
                                                         "importance"};
constexpr int most_bits = 12;

/// Letters, digits, '-' and '_': what codes and pictures are written with.
std::string plain(const std::string& key, const std::string& text, size_t most) {
  if (text.size() > most) bad(fmt::format("{} is too long ({} characters)", key, text.size()));
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (!std::all_of(text.begin(), text.end(), allowed)) bad(key + " has signs that it cannot have");
  return text;
}

template <class Get>
Row<S> words(const std::string& key, size_t most, Get get) {
  return {key, [get](const S& s) { return get(s); },
          [get, key, most](S& s, const std::string& text) { get(s) = plain(key, text, most); }};
}

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
    bits = io::from_base64url(plain("mask", text, 64));
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

Row<S> labels() {
  return {"labels", [](const S& s) { return labels_text(s.labels); },
          [](S& s, const std::string& text) { s.labels = read_labels("labels", text); }};
}

Row<S> target() {
  return {"target", [](const S& s) { return std::string(data::name_of(s.target)); },
          [](S& s, const std::string& text) { s.target = data::shape2d(text); }};
}

std::vector<Row<S>> code_rows() {
  return {
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::named<S>(
          "source", source_names, [](auto& s) -> auto& { return s.source; }),
      rows::whole<S>(
          "picture", [](auto& s) -> auto& { return s.picture; }),
      words(
          "own", most_own_text, [](auto& s) -> auto& { return s.own; }),
      words(
          "code", most_code_text, [](auto& s) -> auto& { return s.code; }),
      rows::whole<S>(
          "bytes", [](auto& s) -> auto& { return s.bytes; }),
      rows::named<S>(
          "form", form_names, [](auto& s) -> auto& { return s.details.form; }),
      rows::named<S>(
          "codebook", codebook_names, [](auto& s) -> auto& { return s.details.codebook; }),
      rows::whole<S>(
          "bits", [](auto& s) -> auto& { return s.details.bits; }),
      rows::whole<S>(
          "atoms", [](auto& s) -> auto& { return s.details.atoms; }),
      rows::whole<S>(
          "coefficient", [](auto& s) -> auto& { return s.details.coefficient_bits; }),
      rows::whole<S>(
          "tail", [](auto& s) -> auto& { return s.details.tail; }),
      rows::flag<S>(
          "tuned", [](auto& s) -> auto& { return s.tuned; }),
      rows::number<S>(
          "rho", [](auto& s) -> auto& { return s.details.rho; }),
      rows::number<S>(
          "noise", [](auto& s) -> auto& { return s.details.noise; }),
      rows::flag<S>(
          "snap", [](auto& s) -> auto& { return s.details.snap; }),
      rows::whole<S>(
          "seed", [](auto& s) -> auto& { return s.details.seed; }),
      rows::named<S>(
          "choice", choice_names, [](auto& s) -> auto& { return s.choice; }),
      rows::whole<S>(
          "effort", [](auto& s) -> auto& { return s.effort; }),
      labels(),
      rows::number<S>(
          "time", [](auto& s) -> auto& { return s.time; }),
  };
}

std::vector<Row<S>> other_rows() {
  return {
      rows::named<S>(
          "task", task_names, [](auto& s) -> auto& { return s.task; }),
      {"mask", [](const S& s) { return mask_text(s.mask); },
       [](S& s, const std::string& text) { s.mask = read_mask(text); }},
      rows::number<S>(
          "grain", [](auto& s) -> auto& { return s.grain; }),
      rows::whole<S>(
          "strength", [](auto& s) -> auto& { return s.strength; }),
      rows::whole<S>(
          "again", [](auto& s) -> auto& { return s.restore_seed; }),
      target(),
      rows::named<S>(
          "plane", plane_names, [](auto& s) -> auto& { return s.plane; }),
      rows::whole<S>(
          "k", [](auto& s) -> auto& { return s.size; }),
      rows::whole<S>(
          "steps", [](auto& s) -> auto& { return s.steps; }),
      rows::whole<S>(
          "plane-seed", [](auto& s) -> auto& { return s.plane_seed; }),
  };
}

std::vector<Row<S>> all_rows() {
  std::vector<Row<S>> all = code_rows();
  for (Row<S>& row : other_rows()) all.push_back(std::move(row));
  return all;
}

void check(const S& s) {
  within("picture", s.picture, 0, sample_count - 1);
  one_of("bytes", s.bytes, code_lengths);
  within("bits", s.details.bits, 1, most_bits);
  within("effort", s.effort, 0, most_effort);
  within<uint32_t>("seed", s.details.seed, 0, 1'000'000);
  within("time", s.time, 0.0F, 1.0F);
  within("grain", s.grain, 0.1F, 1.0F);
  within("strength", s.strength, 1, most_bits);
  within<uint32_t>("again", s.restore_seed, 0, 1'000'000);
  within<uint32_t>("plane-seed", s.plane_seed, 0, 1'000'000);
  one_of("k", s.size, plane_sizes);
  one_of("steps", s.steps, plane_steps);
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

Fields to_fields(const State& state) { return rows::write("ddcm", all_rows(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(all_rows(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::ddcm
