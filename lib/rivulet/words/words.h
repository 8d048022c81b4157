// Everything that a visitor reads, in every language. One struct a lab and one that all share; a
// lab asks for its words when it draws, so the language can change at any moment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "rivulet/core/names.h"
#include "rivulet/words/common.h"
#include "rivulet/words/ddcm.h"
#include "rivulet/words/distill2d.h"
#include "rivulet/words/distill_pictures.h"
#include "rivulet/words/experts_balance.h"
#include "rivulet/words/experts_geometry.h"
#include "rivulet/words/experts_pictures.h"
#include "rivulet/words/flow2d.h"
#include "rivulet/words/lookup.h"
#include "rivulet/words/phrases.h"
#include "rivulet/words/pictures.h"
#include "rivulet/words/tarflow2d.h"
#include "rivulet/words/tarflow_pictures.h"

namespace rivulet::words {

enum class Language : uint8_t { english, chinese };
inline constexpr int language_count = 2;

/// Of links and options.
inline constexpr Names<Language, language_count> language_names{"language", {"en", "zh"}};
[[nodiscard]] constexpr std::string_view name_of(Language language) {
  return language_names.of(language);
}
/// The language for a locale, as browsers and desktops write it ("zh-CN", "zh_TW.UTF-8"); English
/// where there are no words in that one.
[[nodiscard]] Language language_of_locale(std::string_view locale);

/// All words of one language.
struct Words {
  const Common& common;
  const Flow2d& flow2d;
  const Pictures& pictures;
  const Ddcm& ddcm;
  const DistillPictures& distill_pictures;
  const Tarflow2d& tarflow2d;
  const TarflowPictures& tarflow_pictures;
  const ExpertsGeometry& experts_geometry;
  const ExpertsBalance& experts_balance;
  const ExpertsPictures& experts_pictures;
  const Distill2d& distill2d;
  std::span<const Phrase> phrases;      ///< inside formulas
  std::span<const Value> values;        ///< of data; none in English, whose words the data have
  std::span<const Translation> errors;  ///< likewise of errors
};

[[nodiscard]] const Words& words(Language language);

/// Those of one lab, or those that all share, by their type.
template <class Lab>
[[nodiscard]] const Lab& of(const Words& all) {
  return std::get<const Lab&>(std::tie(all.common, all.flow2d, all.pictures, all.distill2d,
                                       all.distill_pictures, all.tarflow2d, all.tarflow_pictures,
                                       all.ddcm, all.experts_geometry, all.experts_balance,
                                       all.experts_pictures));
}

}  // namespace rivulet::words
