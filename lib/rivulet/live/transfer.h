// Files on their way into and out of the app.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <string>

#include "rivulet/io/bytes.h"

namespace rivulet::live {

/// One file that a host fetches or saves. The host tells it how things go, from any thread; the
/// frame loop looks. Ends once, by `done` or by `fail`.
class Transfer {
 public:
  enum class State : uint8_t { under_way, done, failed };

  // The host's side
  void expect(int64_t bytes) { total_ = bytes; }  ///< 0: unknown
  void arrived(int64_t bytes) { arrived_ = bytes; }
  /// Fetched: the file. Saved: where to, in words; empty when the visitor thought better of it.
  void done(io::Bytes bytes, std::string words = {});
  void fail(std::string why);

  // The frame loop's side
  [[nodiscard]] State state() const { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] float progress() const;  ///< 0..1; 0 while the length is unknown
  /// After `done` or `fail`.
  [[nodiscard]] const std::shared_ptr<const io::Bytes>& bytes() const { return bytes_; }
  [[nodiscard]] const std::string& words() const { return words_; }

 private:
  std::atomic<int64_t> total_ = 0;
  std::atomic<int64_t> arrived_ = 0;
  std::atomic<State> state_ = State::under_way;
  std::shared_ptr<const io::Bytes> bytes_;
  std::string words_;
};

/// What an Error says to a visitor: "[where] what" without the place.
[[nodiscard]] std::string words_of(const std::exception& error);

/// The longest file of a visitor's that is read.
inline constexpr int64_t most_file_bytes = int64_t{16} << 20;

using TransferPtr = std::shared_ptr<Transfer>;
using FileBytes = std::shared_ptr<const io::Bytes>;

}  // namespace rivulet::live
