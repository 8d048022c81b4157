#include "rivulet/ui/devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "rivulet/exec/program.h"
#include "rivulet/live/device.h"
#include "rivulet/ui/host.h"

namespace rivulet::ui {
namespace {

/// "CPU", "GPU 0".
std::string sign_of(const Device& device) {
  std::string sign = device.name;
  std::ranges::transform(sign, sign.begin(), [](unsigned char c) {
    return c == ':' ? ' ' : static_cast<char>(std::toupper(c));
  });
  return sign;
}

/// In a sentence. A card's description begins with its name.
std::string name_of(const Ui& ui, const Device& device) {
  if (!device.own_memory) return ui.words->common.processor;
  return device.description.substr(0, device.description.find(": "));
}

}  // namespace

void DeviceChoice::update(Ui& ui) {
  if (all_.empty() && ui.host->devices) all_ = ui.host->devices();
  if (!chosen_ && !all_.empty()) chosen_ = all_.front();
  if (!ui.device_failure.empty()) {
    ui.say(fmt::format(fmt::runtime(ui.words->common.device_failed), ui.error(ui.device_failure)),
           true);
    ui.device_failure.clear();
    chosen_ = live::usual_device();
  }
  ui.device = &now();
}

const Device& DeviceChoice::now() const { return chosen_ ? *chosen_ : *live::usual_device(); }

const Device& DeviceChoice::next() const {
  const auto at = std::ranges::find(all_, &now());
  return at == all_.end() || at + 1 == all_.end() ? *all_.front() : **(at + 1);
}

std::string DeviceChoice::hint(const Ui& ui) const {
  const words::Common& s = ui.words->common;
  const std::string here = name_of(ui, now());
  if (all_.size() > 1) {
    return fmt::format(fmt::runtime(s.device_hint), here, name_of(ui, next()));
  }
  return fmt::format(fmt::runtime(s.one_device), here, ui.error(no_gpu()));
}

float DeviceChoice::width(const Ui& ui) const {
  return all_.empty() ? 0 : text_size(ui.fonts.strong, sign_of(now())).x + 24;
}

void DeviceChoice::draw(Ui& ui, Box& bar) {
  if (all_.empty()) return;
  const Box box = bar.cut_right(width(ui)).inset(0, (bar.h - 40) / 2);
  const std::string tip = hint(ui);
  if (!button(ui, "device", box, Icon::none, sign_of(now()), Look::quiet, tip.c_str())) return;
  if (all_.size() == 1) {
    ui.say(tip);
    return;
  }
  chosen_ = &next();
  ui.say(fmt::format(fmt::runtime(ui.words->common.device_taken), name_of(ui, *chosen_)));
}

}  // namespace rivulet::ui
