// The files that a lab needs, and those that it gives out.
#pragma once

#include <functional>
#include <map>
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

/// Says how savings have ended and drops those.
void follow_saving(Ui& ui, std::vector<TransferPtr>& saving);

/// Lets the visitor choose a file, unless that is under way; `no_files` is said where the host
/// cannot.
void open_file(Ui& ui, TransferPtr& opening, const char* no_files);
/// Hands the chosen file to `take`, which says whether it could use it, and says what went wrong.
void follow_opening(Ui& ui, TransferPtr& opening,
                    const std::function<bool(const io::Bytes&)>& take);

}  // namespace rivulet::ui
