#include "rivulet/ui/app.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iostream>
#include <numeric>
#include <optional>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/sniff.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/job.h"
#include "rivulet/ui/files.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/lab.h"
#include "rivulet/ui/labs/labs.h"
#include "rivulet/ui/mirror.h"
#include "rivulet/ui/pace.h"
#include "rivulet/ui/shell.h"
#include "rivulet/ui/window.h"

namespace rivulet::ui {
namespace {

using Clock = std::chrono::steady_clock;
using words::Language;

constexpr int most_passes = 16;  // of a frame's layout, for what has come

/// Made by the build, see cmake/chinese.cmake.
constexpr std::array<const char*, 2> chinese_faces = {"fonts/NotoSansSC-Regular.otf",
                                                      "fonts/NotoSansSC-Bold.otf"};

/// A setting of the page, taken out of those of a lab.
std::optional<std::string> take(Fields& fields, std::string_view key) {
  const auto field = std::ranges::find(fields.values, key, [](const auto& f) { return f.first; });
  if (field == fields.values.end()) return std::nullopt;
  std::string value = std::move(field->second);
  fields.values.erase(field);
  return value;
}

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

/// A button or a key went down or up since the last frame.
bool pressed_now() {
  return std::ranges::any_of(ImGui::GetCurrentContext()->InputEventsTrail, [](const auto& event) {
    return event.Type == ImGuiInputEventType_MouseButton || event.Type == ImGuiInputEventType_Key;
  });
}

/// Mean and worst over the last frames.
class Recent {
 public:
  void add(double value) { values_[count_++ % values_.size()] = value; }
  [[nodiscard]] double mean() const {
    const size_t n = std::min(count_, values_.size());
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += values_[i];
    return n > 0 ? sum / static_cast<double>(n) : 0;
  }
  [[nodiscard]] double worst() const { return *std::max_element(values_.begin(), values_.end()); }

 private:
  std::array<double, 90> values_{};
  size_t count_ = 0;
};

}  // namespace

struct App::Impl {
  explicit Impl(AppOptions given)
      : options(std::move(given)),
        window("Rivulet", options.width, options.height, options.scale),
        labs(make_labs()) {
    ui.words = &words::words(shown);
    ui.host = &options.host;
    if (options.host.mirror) {  // whose copies of the controls have the keyboard
      ImGui::GetIO().ConfigFlags &= ~ImGuiConfigFlags_NavEnableKeyboard;
    }
    shell.theme = options.theme;
    shell.language = options.language;
    if (!options.state.empty()) restore(options.state, Source::start);
  }

  /// Where settings come from.
  enum class Source : uint8_t { start, visitor, address };

  /// Theme, language and lab come with the lab's fields, so one text says everything.
  void restore(const std::string& text, Source source) {
    try {
      Fields fields = Fields::parse(fragment_of(text));
      const auto lab =
          std::find_if(labs.begin(), labs.end(), [&](const Lab& l) { return l.id == fields.lab; });
      if (lab == labs.end()) fail("state", "there is no lab \"" + fields.lab.substr(0, 32) + '"');
      const std::string theme = take(fields, "theme").value_or(shell.theme);
      const std::string language = take(fields, "lang").value_or(shell.language);
      if (!theme.empty() && theme != "light" && theme != "dark") {
        fail("state", "theme must be light or dark");
      }
      if (!language.empty() && !words::language_names.find(language)) {
        fail("state", "lang must be en or zh");
      }
      lab->restore(fields);
      shell.theme = theme;
      shell.language = language;
      shell.navigation.show(labs, static_cast<int>(lab - labs.begin()));
      published = state();
      if (source == Source::visitor) ui.say(ui.words->common.pasted);
    } catch (const Error& error) {
      if (source == Source::start) {
        bad_state = error;  // said when the language is known
      } else {
        complain(ui.words->common.bad_paste, error);
      }
    }
  }

  /// The lab in sight is asked first, then those of its system; the one that takes the thing comes
  /// into sight.
  template <class Take>
  bool give(Take take) {
    const auto open = static_cast<size_t>(shell.navigation.open());
    std::vector<size_t> order(labs.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, {}, [&](size_t k) {
      return std::pair(k == open ? 0 : labs[k].system == labs[open].system ? 1 : 2, k);
    });
    for (const size_t k : order) {
      if (!take(labs[k])) continue;
      shell.navigation.show(labs, static_cast<int>(k));
      return true;
    }
    return false;
  }

  void complain(const std::string& words, const std::exception& error) {
    ui.say(words + ui.error(words_of(error)), true);
    std::clog << "rivulet: " << error.what() << '\n';
  }

  void offer(const std::string& text) {
    try {
      if (give([&](const Lab& lab) { return lab.take_text && lab.take_text(text); })) return;
    } catch (const Error& error) {
      complain(ui.words->common.bad_text, error);
      return;
    }
    restore(text, Source::visitor);
  }

  void offer_file(const io::Bytes& file) {
    try {
      if (!give([&](const Lab& lab) { return lab.take_file && lab.take_file(file); })) {
        const std::string_view kind = io::in_words(io::kind_of_file(file));
        ui.say(fmt::format(fmt::runtime(ui.words->common.unwanted_file), ui.error(kind)), true);
      }
    } catch (const Error& error) {
      complain(ui.words->common.bad_file, error);
    }
  }

  void take_dropped() {
    for (const std::string& path : window.dropped()) {
      try {
        offer_file(io::read_file(path, most_file_bytes));
      } catch (const Error& error) {
        complain(ui.words->common.bad_file, error);
      }
    }
  }

  [[nodiscard]] const Lab& lab() const {
    return labs[static_cast<size_t>(shell.navigation.open())];
  }

  [[nodiscard]] std::string state() const {
    Fields fields = lab().state();
    if (!shell.theme.empty()) fields.add("theme", shell.theme);
    if (!shell.language.empty()) fields.add("lang", shell.language);
    return fields.text();
  }

  /// Tells the host when settings have changed and have rested for a moment.
  void publish() {
    const Clock::time_point now = Clock::now();
    if (!options.host.publish || now - looked < std::chrono::milliseconds(400)) return;
    looked = now;
    const std::string text = state();
    if (text == published || ImGui::IsMouseDown(ImGuiMouseButton_Left)) return;
    published = text;
    options.host.publish(text);
  }

  [[nodiscard]] std::string copied() {
    std::string text = lab().copied ? lab().copied() : std::string();
    ui.say(text.empty() ? ui.words->common.copied : ui.words->common.copied_text);
    return text;
  }

  /// Of a desktop; a browser has its own ways.
  void follow_clipboard_keys() {
    const ImGuiIO& io = ImGui::GetIO();
    if (options.host.mirror || io.WantTextInput || !(io.KeyCtrl || io.KeySuper)) return;
    if (ImGui::IsKeyPressed(ImGuiKey_V, false)) offer(window.clipboard());
    if (ImGui::IsKeyPressed(ImGuiKey_C, false) || ImGui::IsKeyPressed(ImGuiKey_X, false)) {
      const std::string text = copied();
      window.set_clipboard(text.empty() ? state() : text);
    }
  }

  void act(const ShellActions& actions) {
    if (actions.copy) {
      if (options.host.copy) {
        options.host.copy(state());
      } else {
        window.set_clipboard(state());
      }
      ui.say(ui.words->common.copied);
    }
    if (actions.paste) {
      if (options.host.paste) {
        options.host.paste();
      } else {
        offer(window.clipboard());
      }
    }
    if (actions.theme) shell.theme = ui.theme->dark ? "light" : "dark";
    if (actions.language) {
      no_chinese = false;
      shell.language =
          words::name_of(shown == Language::english ? Language::chinese : Language::english);
    }
  }

  [[nodiscard]] Language wanted_language() const {
    if (no_chinese) return Language::english;
    if (const auto chosen = words::language_names.find(shell.language)) return *chosen;
    return options.host.language ? words::language_of_locale(options.host.language())
                                 : Language::english;
  }

  /// Whether there are glyphs for Chinese; what is missing is asked for. Where it does not come,
  /// English stays until the visitor asks again.
  bool have_chinese() {
    if (chinese != Faces::missing) return chinese == Faces::there;
    for (const char* const face : chinese_faces) {
      files.fetch(ui, face);
      const std::string trouble = files.trouble(face);
      if (trouble.empty()) continue;
      for (const char* const each : chinese_faces) files.forget(each);
      ui.say(ui.words->common.no_glyphs + trouble, true);
      no_chinese = true;
      return false;
    }
    const FileBytes regular = files.bytes_of(chinese_faces[0]);
    const FileBytes bold = files.bytes_of(chinese_faces[1]);
    if (!regular || !bold) return false;
    window.set_chinese(regular, bold);
    chinese = Faces::made;  // by the next frame
    return false;
  }

  void choose_language() {
    if (chinese == Faces::made) chinese = Faces::there;
    const Language wanted = wanted_language();
    const bool can = wanted != Language::chinese || have_chinese();
    if (can && (wanted != shown || !told)) {
      told = true;
      shown = wanted;
      ui.words = &words::words(shown);
      const words::Common& common = ui.words->common;
      window.set_title(fmt::format("{} {}", common.name, common.other_name));
      if (options.host.speak) options.host.speak(std::string(words::name_of(shown)));
    }
    if (wanted_language() == shown && bad_state) {
      complain(ui.words->common.bad_state, *std::exchange(bad_state, std::nullopt));
    }
  }

  void choose_theme() {
    const bool dark =
        shell.theme.empty() ? options.host.dark && options.host.dark() : shell.theme == "dark";
    const Theme* theme = dark ? &dark_theme() : &light_theme();
    if (theme == ui.theme) return;
    ui.theme = theme;
    apply_style(*theme);
  }

  /// `again`: this frame was laid out before, without what came of all that the visitor did.
  void draw(bool again) {
    choose_theme();
    ui.fonts = window.fonts();
    if (!requests.empty()) {
      ui.request = std::move(requests.front());
      requests.pop_front();
    }
    ui.dt = std::min(ImGui::GetIO().DeltaTime, 0.25F);  // what slides takes as long on slow screens
    ui.begin();
    ui.answering = pace.slow() && (again || pressed_now());
    choose_language();
    follow_clipboard_keys();
    if (told) act(draw_shell(ui, shell, labs));  // no page in one language before the other comes
    ui.request = {};
    ui.newly_focused = false;
  }

  /// A frame that shows what came of all that the visitor did: those that are shown may be slow.
  void lay_out() {
    bool repaint = false;
    double worked = 0;
    Clock::duration drawing{};
    for (int pass = 1;; ++pass) {
      if (!window.begin_frame()) ended = true;
      take_dropped();
      const bool asked = !requests.empty();
      const auto start = Clock::now();
      draw(pass > 1);
      drawing += Clock::now() - start;
      repaint = repaint || ui.repaint;
      worked += ui.work_ms;
      const bool done = !asked && !pressed_now() && !window.has_leftovers();
      if (done || pass == most_passes) break;
      ImGui::EndFrame();
    }
    ImGui::Render();
    ui.repaint = repaint;
    ui.work_ms = worked;
    own.add(milliseconds(drawing) - worked);
  }

  /// For those who do not see the canvas; not with each frame, since numbers change all the time.
  void tell_mirror(Clock::time_point now) {
    if (!options.host.mirror || !told || now - mirrored < std::chrono::milliseconds(150)) return;
    mirrored = now;
    std::string text = mirror_text(ui);
    if (text == in_mirror) return;
    in_mirror = std::move(text);
    options.host.mirror(in_mirror);
  }

  /// Screenshots count frames, and take them all.
  [[nodiscard]] bool frame_is_due() {
    const Clock::time_point now = Clock::now();
    if (const auto cost = window.frame_cost()) pace.cost(*cost);
    if (window.has_events() || window.has_leftovers()) pace.wake(now);
    return options.frames > 0 || (pace.due(now) && !window.drawing());
  }

  void end_of_frame() {
    ++frames;
    if (frames == 1) first_frame = options.host.now ? options.host.now() : -1;
    const Clock::time_point now = Clock::now();
    intervals.add(milliseconds(now - last));
    last = now;
    publish();
    tell_mirror(now);
    if (!options.report.empty() && now - reported > std::chrono::seconds(1)) write_report();
    ended = ended || (options.frames > 0 && frames == options.frames);
    if (!ended) return;
    if (!options.screenshot.empty()) window.save_screenshot(options.screenshot);
    if (!options.report.empty()) write_report();
  }

  void write_report() {
    reported = Clock::now();
    std::ofstream file(options.report, std::ios::trunc);
    file << report() << '\n';
    if (!file.good()) fail("report", "cannot write " + options.report);
  }

  [[nodiscard]] std::string report() const {
    std::string boxes;
    for (const auto& [name, box] : ui.boxes) {
      boxes += fmt::format("{}\"{}\":[{:.1f},{:.1f},{:.1f},{:.1f}]", boxes.empty() ? "" : ",", name,
                           box.x, box.y, box.w, box.h);
    }
    std::string systems;
    for (const Lab& l : labs) {
      systems += fmt::format("{}{}:\"{}\"", systems.empty() ? "" : ",", json_text(l.id),
                             system_names[static_cast<size_t>(l.system)]);
    }
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    return fmt::format(
        R"({{"lab":{},"labs":{{{}}},"state":{},"theme":"{}","language":"{}","device":{},"threads":{},)"
        R"("working":{},"frames":{},"drawn":{},"fps":{:.1f},"cost_ms":{:.1f},)"
        R"("frame_ms":{:.3f},"frame_ms_worst":{:.3f},"submit_ms":{:.3f},"first_frame_ms":{:.1f},)"
        R"("width":{},"height":{},"scale":{:.3f},"toast":{},"highlight":{},{},"boxes":{{{}}}}})",
        json_text(lab().id), systems, json_text(state()),
        ui.theme && ui.theme->dark ? "dark" : "light", words::name_of(shown),
        json_text(ui.device ? ui.device->name : ""), Job::has_threads(), ui.working, frames, drawn,
        intervals.mean() > 0 ? 1000 / intervals.mean() : 0.0, milliseconds(pace.cost()), own.mean(),
        own.worst(), submitting.mean(), first_frame, size.x, size.y, window.scale(),
        json_text(ui.toast), json_text(ui.highlight), lab().report(), boxes);
  }

  AppOptions options;
  Window window;
  std::vector<Lab> labs;
  Shell shell;
  Language shown = Language::english;
  bool told = false;  // the host and the window know which language is shown
  enum class Faces : uint8_t { missing, made, there };
  Faces chinese = Faces::missing;
  bool no_chinese = false;         // they did not come
  FetchedFiles files;              // those faces
  std::optional<Error> bad_state;  // of the start
  Ui ui;
  std::string published;
  Clock::time_point looked = Clock::now();
  Clock::time_point reported = Clock::now();
  Clock::time_point last = Clock::now();
  Recent intervals;   // between frames
  Recent own;         // of a frame, in our code: layout, plots, vertices
  Recent submitting;  // of a frame, handing vertices to OpenGL
  double first_frame = 0;
  int frames = 0;
  int drawn = 0;  ///< of these frames; the others looked as the ones before
  Pace pace;
  std::deque<Request> requests;
  std::string in_mirror;
  Clock::time_point mirrored;
  bool ended = false;
  int status = 0;
};

App::App(AppOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  if (impl_->options.host.started) impl_->options.host.started(*this);
}

App::~App() = default;

bool App::frame() {
  Impl& app = *impl_;
  if (!app.frame_is_due()) {
    if (app.ui.work && app.ui.working) app.ui.work(pump_time);
    return true;
  }
  const auto begun = Clock::now();
  app.lay_out();
  const auto laid_out = Clock::now();
  const bool changed =
      app.window.end_frame(app.ui.theme->page, app.ui.repaint || app.options.frames > 0);
  app.submitting.add(milliseconds(Clock::now() - laid_out));
  if (changed) ++app.drawn;
  app.pace.made(begun, changed || app.ui.work_ms > 0.5);
  app.end_of_frame();
  return !app.ended;
}

void App::offer(const std::string& text) {
  impl_->pace.wake(Clock::now());
  impl_->offer(text);
}

void App::offer_file(const io::Bytes& file) {
  impl_->pace.wake(Clock::now());
  impl_->offer_file(file);
}

void App::go(const std::string& state) {
  impl_->pace.wake(Clock::now());
  if (state != impl_->published) impl_->restore(state, Impl::Source::address);
}

std::string App::copied() {
  impl_->pace.wake(Clock::now());
  return impl_->copied();
}

void App::ask(Request request) {
  impl_->pace.wake(Clock::now());
  impl_->requests.push_back(std::move(request));
}

void App::focus(const std::string& control) {
  impl_->pace.wake(Clock::now());
  impl_->ui.focus = control;
  impl_->ui.newly_focused = true;
}

void App::repaint() {
  impl_->pace.wake(Clock::now());
  impl_->window.forget();
}

void App::renew_graphics() {
  impl_->pace.wake(Clock::now());
  impl_->window.renew_graphics();
  ++impl_->ui.graphics;
}
void App::wait() const {
  if (!impl_->frame_is_due()) impl_->window.wait(std::chrono::milliseconds(8));
}

std::string App::report() const { return impl_->report(); }
int App::status() const { return impl_->status; }

int run_app(AppOptions options) {
  try {
    const auto loop = options.host.loop;
    if (loop) {
      // The host's loop may outlive this call, as in a browser: the app then belongs to it.
      const auto app = std::make_shared<App>(std::move(options));
      loop([app] { return app->frame(); });
      return app->status();
    }
    App app(std::move(options));
    while (app.frame()) app.wait();
    return app.status();
  } catch (const std::exception& error) {
    std::cerr << "rivulet: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace rivulet::ui
