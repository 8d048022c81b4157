#include "rivulet/ui/files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/png.h"
#include "rivulet/ui/host.h"

namespace rivulet::ui {
namespace {

constexpr int saved_side = 512;       // pixels, of a picture on its own
constexpr int saved_grid_side = 128;  // ... and of each in a grid

}  // namespace

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

const char* ModelFile::name() const {
  constexpr std::array<const char*, 4> names = {"none", "loading", "ready", "failed"};
  return names[static_cast<size_t>(stage)];
}

ModelFile model_file(const FetchedFiles& files, const std::string& name, bool read,
                     const std::string& error) {
  const Transfer* const transfer = files.find(name);
  if (!transfer) return {};
  ModelFile file{.stage = ModelFile::Stage::loading,
                 .loaded = transfer->progress(),
                 .error = files.trouble(name)};
  if (file.error.empty() && read) file.error = error;
  if (!file.error.empty()) {
    file.stage = ModelFile::Stage::failed;
  } else if (read) {
    file.stage = ModelFile::Stage::ready;
  }
  return file;
}

io::Bytes saved_pictures(std::span<const float> values, int side, int channels, int columns) {
  std::vector<uint8_t> pixels(values.size());
  data::to_pixels(values, pixels);
  const bool alone = columns == 1;
  const int zoom = std::max(1, (alone ? saved_side : saved_grid_side) / side);
  return io::encode_png(data::contact_sheet(pixels, side, channels, columns, zoom, alone ? 0 : 1));
}

bool is_png(std::span<const std::byte> file) {
  return file.size() > 4 && file[1] == std::byte{'P'} && file[2] == std::byte{'N'} &&
         file[3] == std::byte{'G'};
}

void follow_saving(Ui& ui, std::vector<TransferPtr>& saving) {
  std::erase_if(saving, [&](const TransferPtr& transfer) {
    if (transfer->state() == Transfer::State::under_way) return false;
    const bool failed = transfer->state() == Transfer::State::failed;
    if (!transfer->words().empty()) ui.say(ui.error(transfer->words()), failed);
    return true;
  });
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
