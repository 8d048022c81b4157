#include "rivulet/ui/files.h"

#include "rivulet/ui/host.h"

namespace rivulet::ui {

void FetchedFiles::fetch(const Ui& ui, const std::string& name) {
  TransferPtr& transfer = files_[name];
  if (transfer) return;
  if (ui.host->fetch) {
    transfer = ui.host->fetch(name, anew_);
  } else {
    transfer = std::make_shared<Transfer>();
    transfer->fail(unavailable_);
  }
}

const Transfer* FetchedFiles::find(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second.get();
}

FileBytes FetchedFiles::bytes_of(const std::string& name) const {
  const Transfer* const transfer = find(name);
  return transfer && transfer->state() == Transfer::State::done ? transfer->bytes() : nullptr;
}

std::string FetchedFiles::trouble(const std::string& name) const {
  const Transfer* const transfer = find(name);
  const bool failed = transfer && transfer->state() == Transfer::State::failed;
  return failed ? transfer->words() : std::string();
}

void FetchedFiles::forget(const std::string& name) {
  anew_ = true;
  files_.erase(name);
}

void follow_saving(Ui& ui, std::vector<TransferPtr>& saving) {
  std::erase_if(saving, [&](const TransferPtr& transfer) {
    if (transfer->state() == Transfer::State::under_way) return false;
    const bool failed = transfer->state() == Transfer::State::failed;
    if (!transfer->words().empty()) ui.say(transfer->words(), failed);
    return true;
  });
}

}  // namespace rivulet::ui
