// The files that a lab needs, and those that it gives out.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/transfer.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// Files that were asked for, each fetched once.
class FetchedFiles {
 public:
  void fetch(const Ui& ui, const std::string& name);
  /// Null where it was not asked for.
  [[nodiscard]] const Transfer* find(const std::string& name) const;
  /// Null until it has come.
  [[nodiscard]] FileBytes bytes_of(const std::string& name) const;
  /// Why it did not come; empty while it is on its way.
  [[nodiscard]] std::string trouble(const std::string& name) const;
  /// Forgets it: the next `fetch` begins anew, past what the host has kept.
  void forget(const std::string& name);

 private:
  std::map<std::string, TransferPtr> files_;
  bool anew_ = false;  // something that was kept turned out bad
};

/// How far a weight file is, and the model in it.
struct ModelFile {
  enum class Stage : uint8_t { none, loading, ready, failed };
  Stage stage = Stage::none;
  float loaded = 0;   ///< part of the file
  std::string error;  ///< why it failed
  [[nodiscard]] bool ready() const { return stage == Stage::ready; }
  /// "none", "loading", ... for reports.
  [[nodiscard]] const char* name() const;
};
/// `read`: the engine has looked into that file; `error`: what was wrong with it.
[[nodiscard]] ModelFile model_file(const FetchedFiles& files, const std::string& name, bool read,
                                   const std::string& error);
/// The same of an engine's card, which says of which `file` it is and what its `error` is.
template <class Card>
[[nodiscard]] ModelFile model_file(const FetchedFiles& files, const std::string& name,
                                   const Card& card) {
  return model_file(files, name, card.file && card.file == files.bytes_of(name), card.error);
}

/// Pictures as they are saved: values [n,side,side,channels] in about -1..1, large on their own or
/// `columns` in a row, as a PNG.
[[nodiscard]] io::Bytes saved_pictures(std::span<const float> values, int side, int channels,
                                       int columns);
[[nodiscard]] bool is_png(std::span<const std::byte> file);

/// Says how savings have ended and drops those.
void follow_saving(Ui& ui, std::vector<TransferPtr>& saving);
/// Hands the chosen file to `take`, which says whether it could use it, and says what went wrong.
void follow_opening(Ui& ui, TransferPtr& opening,
                    const std::function<bool(const io::Bytes&)>& take);

}  // namespace rivulet::ui
