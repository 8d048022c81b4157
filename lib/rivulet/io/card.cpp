#include "rivulet/io/card.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

template <class Integer>
Integer parse(const Card& card, const std::string& key) {
  const std::string& text = card_text(card, key);
  Integer value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) bad_card(card, key);
  return value;
}

}  // namespace

const std::string& card_text(const Card& card, const std::string& key) {
  const auto found = card.find(key);
  if (found == card.end()) fail("model card", "it lacks '" + key + "'");
  return found->second;
}

int64_t card_integer(const Card& card, const std::string& key, int64_t low, int64_t high) {
  const auto value = parse<int64_t>(card, key);
  if (value < low || value > high) bad_card(card, key);
  return value;
}

uint64_t card_seed(const Card& card, const std::string& key) { return parse<uint64_t>(card, key); }

float card_number(const Card& card, const std::string& key) {
  const std::string& text = card_text(card, key);
  char* stop = nullptr;
  const float value = std::strtof(text.c_str(), &stop);  // from_chars of floats is not everywhere
  if (text.empty() || *stop != '\0' || !std::isfinite(value)) bad_card(card, key);
  return value;
}

void bad_card(const Card& card, const std::string& key) {
  fail("model card", "it says " + key + " = '" + card_text(card, key).substr(0, 80) + "'");
}

}  // namespace rivulet::io
