#include "rivulet/live/transfer.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rivulet::live {

void Transfer::done(io::Bytes bytes, std::string words) {
  bytes_ = std::make_shared<const io::Bytes>(std::move(bytes));
  words_ = std::move(words);
  state_.store(State::done, std::memory_order_release);
}

void Transfer::fail(std::string why) {
  words_ = std::move(why);
  state_.store(State::failed, std::memory_order_release);
}

float Transfer::progress() const {
  if (state() == State::done) return 1;
  const auto total = static_cast<double>(total_.load());
  const auto here = static_cast<double>(arrived_.load());
  return total > 0 ? static_cast<float>(std::clamp(here / total, 0.0, 1.0)) : 0.0F;
}

std::string words_of(const std::exception& error) {
  std::string_view what = error.what();
  if (what.starts_with("[")) what.remove_prefix(std::min(what.size(), what.find("] ") + 2));
  return std::string(what);
}

}  // namespace rivulet::live
