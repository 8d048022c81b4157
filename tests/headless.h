// The front end without a window: Dear ImGui lays out and draws into lists that nobody shows.
#pragma once

#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rivulet/live/job.h"
#include "rivulet/ui/chinese_faces.h"
#include "rivulet/ui/host.h"
#include "rivulet/ui/shell.h"

namespace rivulet::testing {

/// A visitor of the page: looks at frames, presses controls by their names.
class Headless {
 public:
  explicit Headless(std::vector<ui::Lab> labs, ui::Host host = {})
      : labs_(std::move(labs)), host_(std::move(host)) {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    ui_.fonts = ui::load_fonts(1, {.regular = ui::chinese_faces::notosanssc_regular(),
                                   .bold = ui::chinese_faces::notosanssc_bold()});
    ui_.host = &host_;
    ui_.dt = io.DeltaTime = 1.0F / 60;
    show(words::Language::english, false);
    resize(1440, 900);
  }
  ~Headless() { ImGui::DestroyContext(); }
  Headless(const Headless&) = delete;
  Headless& operator=(const Headless&) = delete;

  void show(words::Language language, bool dark) {
    ui_.words = &words::words(language);
    ui_.theme = dark ? &ui::dark_theme() : &ui::light_theme();
    ui::apply_style(*ui_.theme);
  }
  void resize(float width, float height) { ImGui::GetIO().DisplaySize = {width, height}; }
  /// Until it is let go, labs do no work: only what is drawn matters.
  void hold(bool held) { held_ = held; }
  /// Opens the lab of this state; throws Error where it is bad.
  void open(const std::string& state) {
    const live::Fields fields = live::Fields::parse(state);
    const auto lab = std::ranges::find(labs_, fields.lab, &ui::Lab::id);
    lab->restore(fields);
    shell_.navigation.show(labs_, static_cast<int>(lab - labs_.begin()));
  }

  void frame() {
    ui_.begin();
    ui_.answering = held_;
    ImGui::NewFrame();
    (void)ui::draw_shell(ui_, shell_, labs_);
    ImGui::Render();
  }
  void frames(int count) {
    for (int i = 0; i < count; ++i) frame();
  }
  /// Frames until `ready`; false when it was awaited in vain.
  template <class Ready>
  bool wait(Ready ready) {
    for (int i = 0; i < 4000; ++i) {
      frame();
      if (ready()) return true;
      if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  [[nodiscard]] const ui::Box* find(const std::string& name) const {
    const auto found =
        std::ranges::find(ui_.boxes, name, [](const auto& box) { return box.first; });
    return found == ui_.boxes.end() ? nullptr : &found->second;
  }
  /// Presses the middle of a control; false where there is none.
  bool click(const std::string& name) {
    const ui::Box* const box = find(name);
    if (!box) return false;
    ImGuiIO& io = ImGui::GetIO();
    const ImVec2 middle = box->centre();
    io.AddMousePosEvent(middle.x, middle.y);
    frame();
    io.AddMouseButtonEvent(0, true);
    frame();
    io.AddMouseButtonEvent(0, false);
    frame();
    io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
    frames(2);
    return true;
  }
  /// Presses at one place of the screen and lets go at another.
  void drag(ImVec2 from, ImVec2 to) {
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(from.x, from.y);
    frame();
    io.AddMouseButtonEvent(0, true);
    frames(2);
    io.AddMousePosEvent(to.x, to.y);
    frames(2);
    io.AddMouseButtonEvent(0, false);
    frame();
    io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
    frames(2);
  }
  void press(ImGuiKey key) {
    ImGui::GetIO().AddKeyEvent(key, true);
    frame();
    ImGui::GetIO().AddKeyEvent(key, false);
    frame();
  }

  /// Does something with a control by its name, as a host does for those who do not see it.
  void ask(ui::Request request) {
    ui_.request = std::move(request);
    frame();
    ui_.request = {};
    frame();
  }
  [[nodiscard]] const ui::Control* control(const std::string& name) const {
    const auto found = std::ranges::find(ui_.controls, name, &ui::Control::name);
    return found == ui_.controls.end() ? nullptr : &*found;
  }

  [[nodiscard]] const ui::Lab& lab() const {
    return labs_[static_cast<size_t>(shell_.navigation.open())];
  }
  [[nodiscard]] const std::vector<ui::Lab>& labs() const { return labs_; }
  [[nodiscard]] const ui::Ui& ui() const { return ui_; }
  [[nodiscard]] int vertices() const { return ImGui::GetDrawData()->TotalVtxCount; }

 private:
  std::vector<ui::Lab> labs_;
  ui::Host host_;
  ui::Shell shell_;
  ui::Ui ui_;
  bool held_ = false;
};

}  // namespace rivulet::testing
