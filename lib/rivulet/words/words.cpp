#include "rivulet/words/words.h"

#include <algorithm>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/words/english/english.h"

namespace rivulet::words {

const Words& words(Language /*language*/) {
  static const Words english_words{.common = english::common,
                                   .flow2d = english::flow2d,
                                   .pictures = english::pictures,
                                   .ddcm = english::ddcm,
                                   .tarflow2d = english::tarflow2d,
                                   .tarflow_pictures = english::tarflow_pictures,
                                   .phrases = english::phrases()};
  return english_words;
}

const char* find_phrase(std::span<const Phrase> phrases, std::string_view key) {
  const auto found = std::ranges::find(phrases, key, &Phrase::key);
  if (found == phrases.end()) fail("words", "no phrase " + std::string(key));
  return found->text;
}

}  // namespace rivulet::words
