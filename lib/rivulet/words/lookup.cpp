#include "rivulet/words/lookup.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/words/words.h"

namespace rivulet::words {
namespace {

/// The sentence before, between and after its holes: one piece more than there are holes.
std::vector<std::string> pieces_of(std::string_view pattern) {
  std::vector<std::string> pieces(1);
  while (!pattern.empty()) {
    if (pattern.starts_with("{}")) {
      pieces.emplace_back();
      pattern.remove_prefix(2);
      continue;
    }
    const bool escaped = pattern.starts_with("{{") || pattern.starts_with("}}");
    pieces.back() += pattern[0];
    pattern.remove_prefix(escaped ? 2 : 1);
  }
  return pieces;
}

size_t literal_size(std::string_view pattern) {
  size_t size = 0;
  for (const std::string& piece : pieces_of(pattern)) size += piece.size();
  return size;
}

/// Among sentences that fit, the one that says most by itself.
std::string translated(std::span<const Translation> sentences, std::string_view text) {
  const Translation* best = nullptr;
  std::vector<std::string_view> filled;
  for (const Translation& sentence : sentences) {
    if (best && literal_size(sentence.english) <= literal_size(best->english)) continue;
    auto found = fills(sentence.english, text);
    if (!found) continue;
    best = &sentence;
    filled = std::move(*found);
  }
  if (!best) return std::string(text);
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  for (const std::string_view hole : filled) arguments.push_back(translated(sentences, hole));
  return fmt::vformat(best->text, arguments);
}

}  // namespace

std::optional<std::vector<std::string_view>> fills(std::string_view pattern,
                                                   std::string_view text) {
  const std::vector<std::string> pieces = pieces_of(pattern);
  if (!text.starts_with(pieces.front())) return std::nullopt;
  text.remove_prefix(pieces.front().size());
  if (pieces.size() == 1) {
    if (!text.empty()) return std::nullopt;
    return std::vector<std::string_view>();
  }
  if (!text.ends_with(pieces.back())) return std::nullopt;
  text.remove_suffix(pieces.back().size());
  std::vector<std::string_view> holes;
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const size_t end = text.find(pieces[i]);
    if (end == std::string_view::npos) return std::nullopt;
    holes.push_back(text.substr(0, end));
    text.remove_prefix(end + pieces[i].size());
  }
  holes.push_back(text);
  const bool empty = std::ranges::any_of(holes, &std::string_view::empty);
  return empty ? std::nullopt : std::optional(holes);
}

std::string error_text(const Words& words, std::string_view english) {
  if (english.starts_with('[')) {
    const size_t end = english.find("] ");
    if (end != std::string_view::npos) english.remove_prefix(end + 2);
  }
  if (words.errors.empty()) return std::string(english);
  return translated(words.errors, english);
}

std::string_view attribute_text(const Words& words, std::string_view attribute) {
  const std::string_view found = value_text(words, attribute, {});
  return found.empty() ? attribute : found;
}

std::string_view value_text(const Words& words, std::string_view attribute,
                            std::string_view value) {
  const auto found = std::ranges::find_if(
      words.values, [&](const Value& v) { return v.attribute == attribute && v.value == value; });
  return found == words.values.end() ? value : found->text;
}

}  // namespace rivulet::words
