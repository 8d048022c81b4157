// Everything a visitor can set, as one short text: the URL fragment, --state, the clipboard.
//
//   flow2d?target=spirals&method=mean-flow&steps=4
//
// names the lab and what differs from its defaults. Texts come from strangers: parsing throws Error
// with a sentence a visitor can read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rivulet::live {

/// A state's text is never longer; longer texts are refused unread.
inline constexpr size_t max_state_text = 16384;

/// "lab?key=value&key=value", taken apart. Throws Error when malformed.
struct Fields {
  std::string lab;
  std::vector<std::pair<std::string, std::string>> values;

  [[nodiscard]] static Fields parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  void add(std::string key, std::string value);
};

/// What follows '#', where the text is a whole address; else the text without surrounding blanks.
[[nodiscard]] std::string_view fragment_of(std::string_view text);

}  // namespace rivulet::live
