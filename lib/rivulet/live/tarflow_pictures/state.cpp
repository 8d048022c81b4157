#include "rivulet/live/tarflow_pictures/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "rivulet/core/error.h"
#include "rivulet/io/bytes.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::tarflow_pictures {
namespace {

using rows::at;
using rows::bad;
using rows::flag;
using rows::Kind;
using rows::named;
using rows::number;
using rows::Part;
using Words = words::TarflowPictures;
using S = State;
using Request = models::TarflowRequest;

constexpr auto lab_id = "tarflow-pictures";
constexpr Names<View, 3> view_names{"view", {"sample", "latent", "likelihood"}};
constexpr Names<Source, 3> source_names{"source", {"held-out", "sampled", "own"}};
constexpr Names<Disguise, disguises> disguise_names{
    "disguise", {"none", "turned", "inverted", "shuffled", "flat", "noise"}};

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
    bits = io::from_base64url(rows::plain(key, text, most_tokens / 4));
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

rows::Values twentieths() {
  rows::Values values;
  for (int i = 0; i <= 20; ++i) values.push_back(i / 20.0);
  return values;
}

std::string percent(float part) { return fmt::format("{:.0f} %", part * 100); }

bool in(const S& s, View view) { return s.view == view; }
bool samples(const S& s) { return s.view != View::likelihood; }
bool sweeps(const S& s) { return s.request.method != models::TarflowMethod::sequential; }

std::string pace_text(const S& s, const words::Words& all) {
  const words::TarflowPictures& words = all.tarflow_pictures;
  return s.seconds == 0 ? words.pace_none : fmt::format(fmt::runtime(words.pace_value), s.seconds);
}

/// Guidance does nothing where both opinions are the same.
std::string guidance_text(const S& s, const words::Words& all) {
  const words::TarflowPictures& words = all.tarflow_pictures;
  // Samples are told labels that nobody chose as well.
  const bool told = in(s, View::sample) ||
                    std::ranges::any_of(s.labels, [](int label) { return label != any_label; });
  const bool idle = s.request.attention_temperature == 1 && !(told && s.request.without_labels);
  if (s.request.guidance <= 1) return words.guidance_none;
  if (idle) return fmt::format(fmt::runtime(words.guidance_idle), s.request.guidance);
  return rows::number_text(s.request.guidance);
}

/// Choices and tokens of one set mean nothing to another.
void change_set(S& s, const S& /*before*/) {
  s.labels.clear();
  s.silent.clear();
}

/// Links say by how much w is more than 1, and always did.
rows::Row<S> guidance_row() {
  const auto w = at(&S::request, &Request::guidance);
  rows::Row<S> row = number("guidance", w, {1, 6},
                            {.kind = Kind::dial,
                             .over = {1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 5, 6},
                             .words = &Words::guidance,
                             .hint = &Words::guidance_hint,
                             .symbol = "w",
                             .shown = samples,
                             .value = guidance_text});
  const rows::Field<S, float> more = {[w](const S& s) { return w.get(s) - 1; },
                                      [w](S& s, float value) { w.set(s, 1 + value); }};
  const rows::Row<S> linked = number("guidance", more, {0, 5});
  row.write = linked.write;
  row.read = linked.read;
  return row;
}

rows::Table<S> sample_rows() {
  return {
      rows::picture_set("set", at(&S::set),
                        {.kind = Kind::segments,
                         .choices = &words::Pictures::sets,
                         .part = Part::apart,
                         .then = change_set}),
      named("view", at(&S::view), view_names),
      named("sampler", at(&S::request, &Request::method), models::tarflow_method_names,
            {.kind = Kind::segments,
             .words = &Words::sampler,
             .choices = &Words::samplers_short,
             .shown = samples}),
      rows::one_of("seconds", at(&S::seconds), paces,
                   {.kind = Kind::dial,
                    .words = &Words::pace,
                    .hint = &Words::pace_hint,
                    .name = "pace",
                    .shown = [](const S& s) { return in(s, View::sample); },
                    .value = pace_text}),
      number("seed", at(&S::seed), {0, rows::most_whole}),
      rows::labels("labels", at(&S::labels)),
      number("temperature", at(&S::temperature), {0, 1.5},
             {.kind = Kind::dial,
              .over = {0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.5},
              .words = &Words::temperature,
              .hint = &Words::temperature_hint,
              .symbol = "τ",
              .shown = [](const S& s) { return in(s, View::sample); }}),
      guidance_row(),
      flag("denoise", at(&S::denoise),
           {.kind = Kind::toggle,
            .words = &Words::denoise,
            .shown = [](const S& s) { return in(s, View::sample); }}),
      flag("snap", at(&S::snap),
           {.kind = Kind::toggle,
            .words = &Words::snap,
            .part = Part::apart,
            .shown = [](const S& s) { return in(s, View::sample) && s.denoise; }}),
      number("sample", at(&S::chosen), {0, sample_count - 1}),
  };
}

rows::Table<S> request_rows() {
  return {
      named("form", at(&S::request, &Request::form), models::tarflow_guidance_names,
            {.kind = Kind::segments,
             .words = &Words::form,
             .choices = &Words::forms,
             .part = Part::more}),
      flag("without-labels", at(&S::request, &Request::without_labels),
           {.kind = Kind::toggle, .words = &Words::without_labels, .part = Part::more}),
      flag("ramp", at(&S::request, &Request::ramp),
           {.kind = Kind::toggle, .words = &Words::ramp, .part = Part::more}),
      number("attention", at(&S::request, &Request::attention_temperature), {0.25, 4},
             {.kind = Kind::dial,
              .over = {0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4},
              .words = &Words::attention,
              .hint = &Words::attention_hint,
              .part = Part::more}),
      number("alpha", at(&S::request, &Request::most_alpha), {0.5, 10},
             {.kind = Kind::dial,
              .over = {0.5, 1, 1.5, 2, 3, 4, 5, 7, 10},
              .words = &Words::alpha,
              .hint = &Words::alpha_hint,
              .symbol = "α",
              .part = Part::more}),
      rows::one_of(
          "group", at(&S::request, &Request::group), group_sizes,
          {.kind = Kind::dial,
           .words = &Words::group,
           .hint = &Words::group_hint,
           .symbol = "G",
           .part = Part::more,
           .shown =
               [](const S& s) { return s.request.method == models::TarflowMethod::gauss_seidel; },
           .value =
               [](const S& s, const words::Words& all) {
                 return fmt::format(fmt::runtime(all.tarflow_pictures.group_value),
                                    s.request.group);
               }}),
      number("tolerance", at(&S::request, &Request::tolerance), {1e-6, 0.5},
             {.kind = Kind::dial,
              .over = {0.3, 0.1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5},
              .words = &Words::tolerance,
              .hint = &Words::tolerance_hint,
              .symbol = "ε",
              .part = Part::more,
              .shown = sweeps}),
      flag("first-in-order", at(&S::request, &Request::first_in_order),
           {.kind = Kind::toggle,
            .words = &Words::first_in_order,
            .part = Part::more,
            .shown = sweeps}),
  };
}

rows::Table<S> latent_rows() {
  return {
      named("source", at(&S::source), source_names),
      number("picture", at(&S::picture), {0, held_out_count - 1}),
      rows::text("own", at(&S::own), most_own_text),
      number("other", at(&S::other), {0, held_out_count - 1}),
      number("blend", at(&S::blend), {0, 1},
             {.kind = Kind::dial,
              .over = twentieths(),
              .words = &Words::blend,
              .hint = &Words::blend_hint,
              .symbol = "s",
              .part = Part::apart,
              .value = [](const S& s, auto&) { return percent(s.blend); }}),
      number("grain", at(&S::grain), {0, 1},
             {.kind = Kind::dial,
              .over = twentieths(),
              .words = &Words::grain,
              .hint = &Words::grain_hint,
              .symbol = "a",
              .part = Part::apart,
              .value = [](const S& s, auto&) { return percent(s.grain); }}),
      rows::text("silent", at(&S::silent), mask_text,
                 [](const std::string& text) { return read_mask("silent", text); }),
      named("disguise", at(&S::disguise), disguise_names),
      flag("bits", at(&S::bits),
           {.kind = Kind::toggle,
            .words = &Words::bits,
            .shown = [](const S& s) { return in(s, View::likelihood); }}),
  };
}

void check(const S& s) {
  if (s.source == Source::own && s.own.empty()) {
    bad("source is own, but there is no picture");
  }
}

}  // namespace

const rows::Table<S>& settings() {
  static const rows::Table<S> table =
      rows::joined<S>({sample_rows(), request_rows(), latent_rows()});
  return table;
}

Fields to_fields(const S& state) { return rows::write(lab_id, settings(), state); }

S read_state(const Fields& fields) {
  S state = rows::read(settings(), fields);
  check(state);
  return state;
}

}  // namespace rivulet::live::tarflow_pictures
