#include "rivulet/ui/window.h"

#include <SDL.h>
#include <SDL_opengles2.h>
#include <imgui.h>
#include <imgui_impl_opengl3.h>
#include <imgui_impl_sdl2.h>
#include <imgui_internal.h>

#ifdef __EMSCRIPTEN__
#include <GLES3/gl3.h>
#endif

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/ui/damage.h"

namespace rivulet::ui {
namespace {

#ifdef __EMSCRIPTEN__
constexpr bool browser = true;
constexpr const char* shader_version = "#version 300 es";
#else
constexpr bool browser = false;
constexpr const char* shader_version = "#version 150";
#endif

using Clock = std::chrono::steady_clock;

SDL_Window* open_window(const std::string& title, int width, int height) {
  if (SDL_Init(SDL_INIT_VIDEO) != 0) fail("window", SDL_GetError());
  if constexpr (browser) {
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, SDL_GL_CONTEXT_PROFILE_ES);
  } else {
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, SDL_GL_CONTEXT_PROFILE_CORE);
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 2);
  }
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3);
  SDL_GL_SetAttribute(SDL_GL_DOUBLEBUFFER, 1);
  SDL_GL_SetAttribute(SDL_GL_DEPTH_SIZE, 0);
  SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
  SDL_SetHint(SDL_HINT_IME_SHOW_UI, "0");
  const auto flags = static_cast<SDL_WindowFlags>(SDL_WINDOW_OPENGL | SDL_WINDOW_RESIZABLE |
                                                  SDL_WINDOW_ALLOW_HIGHDPI);
  SDL_Window* window = SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_CENTERED,
                                        SDL_WINDOWPOS_CENTERED, width, height, flags);
  if (!window) fail("window", SDL_GetError());
  return window;
}

/// A desktop that does not scale windows itself tells how dense its screen is.
float screen_scale(SDL_Window* window) {
  float dpi = 0;
  if (browser ||
      SDL_GetDisplayDPI(SDL_GetWindowDisplayIndex(window), &dpi, nullptr, nullptr) != 0) {
    return 1;
  }
  int w = 0;
  int pixels = 0;
  SDL_GetWindowSize(window, &w, nullptr);
  SDL_GL_GetDrawableSize(window, &pixels, nullptr);
  if (pixels > w) return 1;  // the system scales already
  return std::clamp(std::round(dpi / 96 * 4) / 4, 1.0F, 4.0F);
}

/// Tells when the graphics processor is done with a frame.
class Fence {
 public:
  /// After the commands of a frame that was begun then, before it is shown.
  void set(Clock::time_point begun) {
    begun_ = begun;
#ifdef __EMSCRIPTEN__
    if (sync_) glDeleteSync(sync_);
    sync_ = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
#else
    glFinish();
#endif
    own_ = Clock::now() - begun;
    waits_ = true;
  }
  /// How long the frame took, said once. A browser is asked with each of its frames: what is done
  /// by the next one took no longer than we did.
  [[nodiscard]] std::optional<Clock::duration> passed() {
    if (!waits_) return std::nullopt;
    const Clock::duration past = Clock::now() - begun_;
#ifdef __EMSCRIPTEN__
    GLint state = GL_UNSIGNALED;
    glGetSynciv(sync_, GL_SYNC_STATUS, 1, nullptr, &state);
    if (state != GL_SIGNALED && past < std::chrono::milliseconds(300)) return std::nullopt;
#endif
    waits_ = false;
    return browser && past > one_frame ? past : own_;
  }
  [[nodiscard]] bool waits() const { return waits_; }
  /// The graphics processor forgot it.
  void lose() {
    waits_ = false;
#ifdef __EMSCRIPTEN__
    sync_ = nullptr;
#endif
  }

 private:
  static constexpr std::chrono::milliseconds one_frame{25};
#ifdef __EMSCRIPTEN__
  GLsync sync_ = nullptr;
#endif
  Clock::time_point begun_;
  Clock::duration own_{};
  bool waits_ = false;
};

/// What is outside of the areas stays, where the canvas keeps what it shows; a window may have
/// swapped it away.
void render(ImDrawData& data, std::span<const Box> areas) {
  const bool whole =
      areas.size() == 1 && areas[0].w == data.DisplaySize.x && areas[0].h == data.DisplaySize.y;
  if (!browser || whole) {
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(&data);
    return;
  }
  glEnable(GL_SCISSOR_TEST);
  for (const Box& area : areas) {
    const Pixels part = pixels_of(area, data);
    glScissor(part.x, part.y, part.w, part.h);
    glClear(GL_COLOR_BUFFER_BIT);
  }
  glDisable(GL_SCISSOR_TEST);
  const OnlyIn only(data, areas);
  ImGui_ImplOpenGL3_RenderDrawData(&data);
}

}  // namespace

struct Window::Impl {
  SDL_Window* window = nullptr;
  SDL_GLContext context = nullptr;
  float zoom = 1;        // window units per unit of ours (desktop only)
  float font_scale = 0;  // device pixels per unit for which the fonts were made
  bool stale = true;     // they lack a face
  Fonts fonts;
  live::FileBytes regular;  // the atlas reads them as long as it lives
  live::FileBytes bold;
  std::vector<std::string> dropped;
  bool pointer_moves = false;  // among the events taken so far for this frame
  bool waits = false;          // an event that came before this frame
  Damage damage;
  Clock::time_point begun;
  Fence fence;

  [[nodiscard]] ChineseFaces chinese() const {
    const auto face = [](const live::FileBytes& file) {
      using Byte = const unsigned char;
      return file ? std::span<Byte>(reinterpret_cast<Byte*>(file->data()), file->size())
                  : std::span<Byte>();
    };
    return {face(regular), face(bold)};
  }

  void make_fonts(float scale) {
    const bool again = font_scale > 0;
    if (again) ImGui_ImplOpenGL3_DestroyFontsTexture();
    damage.forget();
    fonts = load_fonts(scale, chinese());
    if (again) ImGui_ImplOpenGL3_CreateFontsTexture();  // the back end does so once only
    font_scale = scale;
    stale = false;
  }

  [[nodiscard]] float pixels_per_window_unit() const {
    int w = 1;
    int pixels = 1;
    SDL_GetWindowSize(window, &w, nullptr);
    SDL_GL_GetDrawableSize(window, &pixels, nullptr);
    return w > 0 ? static_cast<float>(pixels) / static_cast<float>(w) : 1.0F;
  }

  /// The next event of this frame. Where the pointer has moved in it, a button waits for the one
  /// after: it is of the place that the pointer was moved to. So does another step of a drag.
  bool next(SDL_Event& event) {
    const bool moved = std::exchange(pointer_moves, false);
    SDL_PumpEvents();
    waits = moved && SDL_PeepEvents(&event, 1, SDL_PEEKEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) == 1 &&
            (event.type == SDL_MOUSEBUTTONDOWN || event.type == SDL_MOUSEBUTTONUP ||
             (event.type == SDL_MOUSEMOTION && event.motion.state != 0));
    if (waits || SDL_PollEvent(&event) == 0) return false;
    pointer_moves = moved || event.type == SDL_MOUSEMOTION;
    return true;
  }

  /// ImGui counts in our units, the window in its own.
  bool process(SDL_Event event) {
    if (event.type == SDL_DROPFILE) {
      dropped.emplace_back(event.drop.file);
      SDL_free(event.drop.file);
      return true;
    }
    if (event.type == SDL_MOUSEMOTION) {
      event.motion.x = static_cast<int>(std::lround(static_cast<float>(event.motion.x) / zoom));
      event.motion.y = static_cast<int>(std::lround(static_cast<float>(event.motion.y) / zoom));
    }
    if (event.type == SDL_WINDOWEVENT)
      damage.forget();  // what was drawn may be covered, or of another size
    ImGui_ImplSDL2_ProcessEvent(&event);
    const bool closed =
        event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_CLOSE;
    return event.type != SDL_QUIT && !closed;
  }

  void rescale() {
    if (zoom == 1) return;
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {io.DisplaySize.x / zoom, io.DisplaySize.y / zoom};
    io.DisplayFramebufferScale = {io.DisplayFramebufferScale.x * zoom,
                                  io.DisplayFramebufferScale.y * zoom};
    int x = 0;
    int y = 0;
    SDL_GetMouseState(&x, &y);  // the back end has just told ImGui the position in window units
    if (SDL_GetMouseFocus() == window) {
      io.AddMousePosEvent(static_cast<float>(x) / zoom, static_cast<float>(y) / zoom);
    }
  }
};

Window::Window(const std::string& title, int width, int height, float scale)
    : impl_(std::make_unique<Impl>()) {
  impl_->window = open_window(title, width, height);
  impl_->zoom = browser ? 1 : scale > 0 ? scale : screen_scale(impl_->window);
  if (impl_->zoom != 1 && scale <= 0) {
    SDL_SetWindowSize(impl_->window, static_cast<int>(static_cast<float>(width) * impl_->zoom),
                      static_cast<int>(static_cast<float>(height) * impl_->zoom));
  }
  impl_->context = SDL_GL_CreateContext(impl_->window);
  if (!impl_->context) fail("window", std::string("no OpenGL: ") + SDL_GetError());
  SDL_GL_MakeCurrent(impl_->window, impl_->context);
  if (!browser) SDL_GL_SetSwapInterval(1);
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  ImGui_ImplSDL2_InitForOpenGL(impl_->window, impl_->context);
  ImGui_ImplOpenGL3_Init(shader_version);
}

Window::~Window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplSDL2_Shutdown();
  ImGui::DestroyContext();
  SDL_GL_DeleteContext(impl_->context);
  SDL_DestroyWindow(impl_->window);
  SDL_Quit();
}

bool Window::has_events() const { return SDL_HasEvents(SDL_FIRSTEVENT, SDL_LASTEVENT) == SDL_TRUE; }

bool Window::has_leftovers() const {
  return impl_->waits || ImGui::GetCurrentContext()->InputEventsQueue.Size > 0;
}

void Window::wait(std::chrono::milliseconds most) const {
  if (!browser) SDL_WaitEventTimeout(nullptr, static_cast<int>(most.count()));
}

void Window::forget() { impl_->damage.forget(); }

void Window::renew_graphics() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplOpenGL3_Init(shader_version);
  impl_->fence.lose();
  impl_->stale = true;
  impl_->damage.forget();
}

bool Window::begin_frame() {
  impl_->begun = Clock::now();
  bool open = true;
  SDL_Event event;
  const bool heard = ImGui::GetCurrentContext()->InputEventsQueue.empty();  // all older ones
  while (heard && impl_->next(event)) open = impl_->process(event) && open;
  const float wanted = scale();
  if (wanted != impl_->font_scale || impl_->stale) impl_->make_fonts(wanted);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplSDL2_NewFrame();
  impl_->rescale();
  ImGui::NewFrame();
  return open;
}

bool Window::end_frame(ImU32 background, bool repaint) {
  const std::vector<Box> areas = impl_->damage.find(*ImGui::GetDrawData(), background, repaint);
  if (areas.empty() && (browser || !repaint)) return false;
  int width = 0;
  int height = 0;
  SDL_GL_GetDrawableSize(impl_->window, &width, &height);
  glViewport(0, 0, width, height);
  const ImVec4 color = ImGui::ColorConvertU32ToFloat4(background);
  glClearColor(color.x, color.y, color.z, 1);
  render(*ImGui::GetDrawData(), areas);
  impl_->fence.set(impl_->begun);
  SDL_GL_SwapWindow(impl_->window);
  return true;
}

std::optional<Clock::duration> Window::frame_cost() { return impl_->fence.passed(); }

bool Window::drawing() const { return impl_->fence.waits(); }

void Window::save_screenshot(const std::string& path) const {
  io::Image image{.channels = 4, .pixels = {}};
  SDL_GL_GetDrawableSize(impl_->window, &image.width, &image.height);
  const size_t row = static_cast<size_t>(image.width) * 4;
  image.pixels.resize(row * static_cast<size_t>(image.height));
  glClear(GL_COLOR_BUFFER_BIT);  // drawn once more: the swap may have lost what it showed
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glReadPixels(0, 0, image.width, image.height, GL_RGBA, GL_UNSIGNED_BYTE, image.pixels.data());
  for (size_t y = 0; y < static_cast<size_t>(image.height) / 2;
       ++y) {  // OpenGL's first row is below
    const auto above = image.pixels.begin() + static_cast<std::ptrdiff_t>(y * row);
    const auto below = image.pixels.end() - static_cast<std::ptrdiff_t>((y + 1) * row);
    std::swap_ranges(above, above + static_cast<std::ptrdiff_t>(row), below);
  }
  for (size_t i = 3; i < image.pixels.size(); i += 4) image.pixels[i] = 255;
  io::save_png(path, image);
}

void Window::set_clipboard(const std::string& text) const { SDL_SetClipboardText(text.c_str()); }

std::string Window::clipboard() const {
  const std::unique_ptr<char, void (*)(void*)> text(SDL_GetClipboardText(), SDL_free);
  return text ? text.get() : "";
}

std::vector<std::string> Window::dropped() { return std::exchange(impl_->dropped, {}); }

void Window::set_chinese(const live::FileBytes& regular, const live::FileBytes& bold) {
  impl_->regular = regular;
  impl_->bold = bold;
  impl_->stale = true;
}

void Window::set_title(const std::string& title) const {
  SDL_SetWindowTitle(impl_->window, title.c_str());
}

const Fonts& Window::fonts() const { return impl_->fonts; }

float Window::scale() const { return impl_->zoom * impl_->pixels_per_window_unit(); }

}  // namespace rivulet::ui
