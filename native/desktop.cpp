// The desktop app: reads its options and hands over to the shared front end.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/ui/app.h"
#include "rivulet/words/words.h"

namespace {

constexpr std::string_view usage = R"(rivulet-desktop: generative models, trained before your eyes

  --state TEXT          settings to begin with, as the copy button gives them
  --theme light|dark    colours (default: light)
  --lang en|zh          language (default: the system's)
  --size WxH            size of the window (default: 1440x900)
  --device NAME         what computes: cpu, gpu:0, gpu:NAME (default: the first graphics card, or
                        else the processor; the button in the bar changes it at any time)
  --assets FOLDER       weights and training pictures (default: where this program was built or
                        installed)
  --save FOLDER         saved pictures go there, without a dialog
  --scale X             device pixels per unit (default: what the screen says)
  --frames N            end after N frames (default: when the window is closed)
  --screenshot FILE     write the last frame as PNG, at the end
  --report FILE         write what is going on as JSON, each second and at the end
  --help                this text
)";

struct Folders {
  std::filesystem::path assets;
  std::filesystem::path save;
};

/// What labs may compute on, the first one first: the one of this name or else a card. Looking for
/// cards takes a while, so it is done aside.
class Devices {
 public:
  explicit Devices(const rivulet::Device* first)
      : all_(std::async(std::launch::async, [first] {
               std::vector<const rivulet::Device*> all;
               for (const bool card : {true, false}) {
                 std::ranges::copy_if(rivulet::devices(), std::back_inserter(all),
                                      [&](const auto* d) { return d->own_memory == card; });
               }
               std::erase(all, &rivulet::reference_device());
               if (first == nullptr) return all;
               std::erase(all, first);
               all.insert(all.begin(), first);
               return all;
             }).share()) {}

  [[nodiscard]] std::vector<const rivulet::Device*> operator()() const {
    const bool known = all_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    return known ? all_.get() : std::vector<const rivulet::Device*>();
  }

 private:
  std::shared_future<std::vector<const rivulet::Device*>> all_;
};

template <class T>
bool number(std::string_view text, T& out, T low, T high) {
  T value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return false;
  out = value;
  return value >= low && value <= high;
}

bool size(std::string_view text, rivulet::ui::AppOptions& options) {
  const auto cross = text.find('x');
  return cross != std::string_view::npos &&
         number(text.substr(0, cross), options.width, 320, 8192) &&
         number(text.substr(cross + 1), options.height, 320, 8192);
}

bool read(std::string_view key, const std::string& value, rivulet::ui::AppOptions& options,
          Folders& folders, std::string& device) {
  if (key == "--state")
    options.state = value;
  else if (key == "--theme")
    return options.theme = value, value == "light" || value == "dark";
  else if (key == "--lang")
    return options.language = value, rivulet::words::language_names.find(value).has_value();
  else if (key == "--size")
    return size(value, options);
  else if (key == "--scale")
    return number(value, options.scale, 0.5F, 4.0F);
  else if (key == "--frames")
    return number(value, options.frames, 1, 1'000'000);
  else if (key == "--screenshot")
    options.screenshot = value;
  else if (key == "--assets")
    folders.assets = value;
  else if (key == "--save")
    folders.save = value;
  else if (key == "--report")
    options.report = value;
  else if (key == "--device")
    device = value;
  else
    return false;
  return true;
}

/// As the system writes it: the first of these that is set.
std::string locale() {
  for (const char* const name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value && *value != '\0') return value;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto start = std::chrono::steady_clock::now();
  rivulet::ui::AppOptions options;
  options.host.now = [start] {
    const std::chrono::duration<double, std::milli> past = std::chrono::steady_clock::now() - start;
    return past.count();
  };
  Folders folders{.assets = rivulet::desktop::find_assets(argv[0]), .save = {}};
  std::string device;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view key = argv[i];
    if (key == "--help") {
      std::cout << usage;
      return 0;
    }
    if (i + 1 >= argc || !read(key, argv[i + 1], options, folders, device)) {
      std::cerr << "rivulet-desktop: cannot use " << key << (i + 1 < argc ? " " : "")
                << (i + 1 < argc ? argv[i + 1] : "") << " (see --help)\n";
      return 2;
    }
  }
  try {
    options.host.devices = Devices(device.empty() ? nullptr : &rivulet::device(device));
  } catch (const rivulet::Error& error) {
    std::cerr << "rivulet-desktop: " << error.what() << '\n';
    return 2;
  }
  options.host.fetch = [folders](const std::string& name, bool /*anew*/) {
    return rivulet::desktop::fetch(folders.assets, name);
  };
  options.host.save = [folders](const std::string& name, rivulet::io::Bytes bytes) {
    return rivulet::desktop::save(folders.save, name, std::move(bytes));
  };
  options.host.language = locale;
  options.host.open = [] { return rivulet::desktop::open(); };
  return rivulet::ui::run_app(std::move(options));
}
