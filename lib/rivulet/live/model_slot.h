// A place for a model that comes from a file.
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live {

/// What is told of a model that was read, or why it was not; a lab's own card adds to it.
struct ModelCard {
  FileBytes file;  ///< which one this is about; null: none
  std::string error;
  int64_t parameters = 0;

  [[nodiscard]] bool good() const { return file && error.empty(); }
};

/// A model as a slot keeps it: its constructor throws Error with a sentence when the bytes are no
/// model that the lab can show.
template <class M>
concept SlotModel = std::constructible_from<M, const FileBytes&, const Device&> &&
    std::derived_from<typename M::Card, ModelCard> &&
    requires(M model, const M& read, const Device& device) {
  { read.card() } -> std::same_as<typename M::Card>;
  model.move_to(device);
};

/// Holds the model of the file that is wanted, made once, or the words that say why there is none.
/// Lives on one worker.
template <SlotModel M>
class ModelSlot {
 public:
  using Card = typename M::Card;
  /// What `set` changed. After another file all that was made with the last one is stale; after
  /// another device only what lay in its programs is (a state between two runs).
  enum class Change : uint8_t { none, device, file };

  /// Reads a file that has come, or forgets one that is no longer wanted. `check(model)` may throw
  /// what speaks against a model that could be read. A device that fails is nobody's fault here:
  /// its DeviceError goes on, and the next `set` tries the same file again, there or elsewhere.
  template <class Check>
  Change set(const FileBytes& file, const Device& device, Check check) {
    const bool same_file = !again_ && file == card_.file;
    if (same_file && &device == device_) return Change::none;
    if (same_file && !file) return Change::none;
    if (same_file && model_) {
      const bool moved = attempt([&](M& model) { model.move_to(device); });
      device_ = &device;
      return moved ? Change::device : Change::file;
    }
    forget();
    card_.file = file;
    if (!file) return Change::file;
    device_ = &device;
    try {
      model_.emplace(file, device);
      check(std::as_const(*model_));
      card_ = model_->card();
      card_.file = file;
    } catch (const DeviceError&) {  // on another it may do
      model_.reset();
      device_ = nullptr;
      throw;
    } catch (const std::exception& error) {
      complain(error);
    }
    return Change::file;
  }
  Change set(const FileBytes& file, const Device& device) {
    return set(file, device, [](const M&) {});
  }

  [[nodiscard]] explicit operator bool() const { return model_.has_value(); }
  [[nodiscard]] M& operator*() { return *model_; }
  [[nodiscard]] M* operator->() { return &*model_; }
  [[nodiscard]] const Card& card() const { return card_; }

  /// Does `work(model)`. A model that cannot is broken: it is dropped, the card says why, and the
  /// answer is false. What its device leaves half done, the next `set` moves, be it back there.
  template <class Work>
  bool attempt(Work work) {
    try {
      work(*model_);
      return true;
    } catch (const DeviceError&) {
      device_ = nullptr;
      throw;
    } catch (const Error& error) {
      complain(error);
      return false;
    }
  }

  /// Drops file and model.
  void forget() {
    again_ = false;
    model_.reset();
    card_ = {};
  }
  /// The next `set` reads the file once more, even if it is the same.
  void retry() { again_ = true; }

 private:
  void complain(const std::exception& error) {
    model_.reset();
    const FileBytes file = card_.file;
    card_ = {};
    card_.file = file;
    card_.error = words_of(error);
  }

  std::optional<M> model_;
  Card card_;
  const Device* device_ = nullptr;  // on which it was tried; null: not yet, or in vain
  bool again_ = false;
};

}  // namespace rivulet::live
