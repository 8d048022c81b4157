#include "rivulet/words/words.h"

#include <algorithm>
#include <array>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/words/chinese/chinese.h"
#include "rivulet/words/english/english.h"

namespace rivulet::words {
Language language_of_locale(std::string_view locale) {
  return language_names.find(locale.substr(0, locale.find_first_of("-_.")))
      .value_or(Language::english);
}

const Words& words(Language language) {
  static const std::array<Words, language_count> all = {
      Words{.common = english::common,
            .flow2d = english::flow2d,
            .pictures = english::pictures,
            .ddcm = english::ddcm,
            .distill_pictures = english::distill_pictures,
            .tarflow2d = english::tarflow2d,
            .tarflow_pictures = english::tarflow_pictures,
            .experts_geometry = english::experts_geometry,
            .experts_balance = english::experts_balance,
            .experts_pictures = english::experts_pictures,
            .distill2d = english::distill2d,
            .phrases = english::phrases(),
            .values = {},
            .errors = {}},
      Words{.common = chinese::common,
            .flow2d = chinese::flow2d,
            .pictures = chinese::pictures,
            .ddcm = chinese::ddcm,
            .distill_pictures = chinese::distill_pictures,
            .tarflow2d = chinese::tarflow2d,
            .tarflow_pictures = chinese::tarflow_pictures,
            .experts_geometry = chinese::experts_geometry,
            .experts_balance = chinese::experts_balance,
            .experts_pictures = chinese::experts_pictures,
            .distill2d = chinese::distill2d,
            .phrases = chinese::phrases(),
            .values = chinese::values(),
            .errors = chinese::errors()}};
  return all[static_cast<size_t>(language)];
}

const char* find_phrase(std::span<const Phrase> phrases, std::string_view key) {
  const auto found = std::ranges::find(phrases, key, &Phrase::key);
  if (found == phrases.end()) fail("words", "no phrase " + std::string(key));
  return found->text;
}

}  // namespace rivulet::words
