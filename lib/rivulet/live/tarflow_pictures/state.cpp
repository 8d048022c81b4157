#include "rivulet/live/tarflow_pictures/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/live/rows.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::tarflow_pictures {
namespace {

using rows::bad;
using rows::one_of;
using rows::Row;
using rows::within;
using S = State;

constexpr auto lab_id = "tarflow-pictures";
constexpr std::array<std::string_view, 3> view_names = {"sample", "latent", "likelihood"};
constexpr std::array<std::string_view, 3> method_names = {"sequential", "jacobi", "gsj"};
constexpr std::array<std::string_view, 2> form_names = {"extrapolate", "bounded"};
constexpr std::array<std::string_view, 3> source_names = {"held-out", "sampled", "own"};
constexpr std::array<std::string_view, disguises> disguise_names = {
    "none", "turned", "inverted", "shuffled", "flat", "noise"};

/// Letters, digits, '-' and '_': what pictures and masks are written with.
std::string plain(const std::string& key, const std::string& text, size_t most) {
  if (text.size() > most) bad(fmt::format("{} is too long ({} characters)", key, text.size()));
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (!std::all_of(text.begin(), text.end(), allowed)) bad(key + " has signs that it cannot have");
  return text;
}

/// A bit for each token up to the last that is silent.
std::string mask_text(const TokenMask& mask) {
  io::Bytes bits;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) continue;
    bits.resize(std::max(bits.size(), i / 8 + 1));
    bits[i / 8] |= std::byte{128} >> (i % 8);
  }
  return io::base64url(bits);
}

TokenMask read_mask(const std::string& key, const std::string& text) {
  io::Bytes bits;
  try {
    bits = io::from_base64url(plain(key, text, most_tokens / 4));
  } catch (const Error& error) {
    bad("the silent tokens cannot be read: " + words_of(error));
  }
  if (bits.size() > most_tokens / 8) bad(key + " names too many tokens");
  TokenMask mask;
  for (size_t i = 0; i < 8 * bits.size(); ++i) {
    mask.push_back((bits[i / 8] & (std::byte{128} >> (i % 8))) != std::byte{0} ? 1 : 0);
  }
  while (!mask.empty() && mask.back() == 0) mask.pop_back();
  return mask;
}

std::vector<Row<S>> sample_rows() {
  return {
      rows::named<S>(
          "set", set_names, [](auto& s) -> auto& { return s.set; }),
      rows::named<S>(
          "view", view_names, [](auto& s) -> auto& { return s.view; }),
      rows::named<S>(
          "sampler", method_names, [](auto& s) -> auto& { return s.method; }),
      rows::whole<S>(
          "seconds", [](auto& s) -> auto& { return s.seconds; }),
      rows::whole<S>(
          "seed", [](auto& s) -> auto& { return s.seed; }),
      rows::number<S>(
          "temperature", [](auto& s) -> auto& { return s.temperature; }),
      rows::flag<S>(
          "denoise", [](auto& s) -> auto& { return s.denoise; }),
      rows::flag<S>(
          "snap", [](auto& s) -> auto& { return s.snap; }),
      {"labels", [](const S& s) { return labels_text(s.labels); },
       [](S& s, const std::string& text) { s.labels = read_labels("labels", text); }},
      // Links say by how much w is more than 1, and always did.
      {"guidance", [](const S& s) { return fmt::format("{:.6g}", s.guidance - 1); },
       [](S& s, const std::string& text) { s.guidance = 1 + rows::real("guidance", text); }},
      rows::named<S>(
          "form", form_names, [](auto& s) -> auto& { return s.form; }),
      rows::flag<S>(
          "without-labels", [](auto& s) -> auto& { return s.without_labels; }),
      rows::number<S>(
          "attention", [](auto& s) -> auto& { return s.attention_temperature; }),
      rows::flag<S>(
          "ramp", [](auto& s) -> auto& { return s.ramp; }),
      rows::whole<S>(
          "group", [](auto& s) -> auto& { return s.group; }),
      rows::flag<S>(
          "first-in-order", [](auto& s) -> auto& { return s.first_in_order; }),
      rows::number<S>(
          "tolerance", [](auto& s) -> auto& { return s.tolerance; }),
      rows::number<S>(
          "alpha", [](auto& s) -> auto& { return s.most_alpha; }),
      rows::whole<S>(
          "sample", [](auto& s) -> auto& { return s.chosen; }),
  };
}

std::vector<Row<S>> latent_rows() {
  return {
      rows::named<S>(
          "source", source_names, [](auto& s) -> auto& { return s.source; }),
      rows::whole<S>(
          "picture", [](auto& s) -> auto& { return s.picture; }),
      {"own", [](const S& s) { return s.own; },
       [](S& s, const std::string& text) { s.own = plain("own", text, most_own_text); }},
      rows::whole<S>(
          "other", [](auto& s) -> auto& { return s.other; }),
      rows::number<S>(
          "blend", [](auto& s) -> auto& { return s.blend; }),
      rows::number<S>(
          "grain", [](auto& s) -> auto& { return s.grain; }),
      {"silent", [](const S& s) { return mask_text(s.silent); },
       [](S& s, const std::string& text) { s.silent = read_mask("silent", text); }},
      rows::named<S>(
          "disguise", disguise_names, [](auto& s) -> auto& { return s.disguise; }),
      rows::flag<S>(
          "bits", [](auto& s) -> auto& { return s.bits; }),
  };
}

std::vector<Row<S>> all_rows() {
  std::vector<Row<S>> all = sample_rows();
  for (Row<S>& row : latent_rows()) all.push_back(std::move(row));
  return all;
}

void check(const S& s) {
  one_of("seconds", s.seconds, paces);
  within<uint64_t>("seed", s.seed, 0, 1'000'000);
  within("temperature", s.temperature, 0.0F, 1.5F);
  within("guidance", s.guidance, 1.0F, 6.0F);
  within("attention", s.attention_temperature, 0.25F, 4.0F);
  one_of("group", s.group, group_sizes);
  within("tolerance", s.tolerance, 1e-6F, 0.5F);
  within("alpha", s.most_alpha, 0.5F, 10.0F);
  within("sample", s.chosen, 0, sample_count - 1);
  within("picture", s.picture, 0, held_out_count - 1);
  within("other", s.other, 0, held_out_count - 1);
  within("blend", s.blend, 0.0F, 1.0F);
  within("grain", s.grain, 0.0F, 1.0F);
  if (s.source == Source::own && s.own.empty()) {
    bad("source is own, but there is no picture");
  }
}

}  // namespace

models::TarflowRequest flow_request(const S& state) {
  return {.method = state.method,
          .group = state.group,
          .first_in_order = state.first_in_order,
          .tolerance = state.tolerance,
          .guidance = state.guidance,
          .form = state.form,
          .without_labels = state.without_labels,
          .attention_temperature = state.attention_temperature,
          .ramp = state.ramp,
          .most_alpha = state.most_alpha};
}

Fields to_fields(const S& state) { return rows::write(lab_id, all_rows(), state); }

S read_state(const Fields& fields) {
  S state = rows::read(all_rows(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::tarflow_pictures
