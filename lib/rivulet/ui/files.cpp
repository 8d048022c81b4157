#include "rivulet/ui/files.h"

#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/ui/host.h"

namespace rivulet::ui {

void FetchedFiles::fetch(const Ui& ui, const std::string& name) {
  TransferPtr& transfer = files_[name];
  if (transfer) return;
  if (ui.host->fetch) {
    transfer = ui.host->fetch(name, anew_);
  } else {
    transfer = std::make_shared<Transfer>();
    transfer->fail(ui.words->common.unavailable);
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
    if (!transfer->words().empty()) ui.say(ui.error(transfer->words()), failed);
    return true;
  });
}

void open_file(Ui& ui, TransferPtr& opening, const char* no_files) {
  if (opening) return;
  if (!ui.host->open) {
    ui.say(no_files, true);
    return;
  }
  opening = ui.host->open();
}

void follow_opening(Ui& ui, TransferPtr& opening,
                    const std::function<bool(const io::Bytes&)>& take) {
  if (!opening || opening->state() == Transfer::State::under_way) return;
  const TransferPtr opened = std::exchange(opening, nullptr);
  if (opened->state() == Transfer::State::failed) {
    ui.say(ui.error(opened->words()), true);
    return;
  }
  if (opened->bytes()->empty()) return;  // the visitor thought better of it
  try {
    if (!take(*opened->bytes())) ui.say(ui.words->common.unwanted_file, true);
  } catch (const Error& error) {
    ui.say(ui.words->common.bad_file + ui.error(words_of(error)), true);
  }
}

}  // namespace rivulet::ui
