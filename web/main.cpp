// The browser's entry: binds the page to the shared front end.
#include <emscripten.h>
#include <emscripten/html5.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "rivulet/ui/app.h"

namespace {

// clang-format off
EM_JS(char*, page_option, (const char* name), {
  return stringToNewUTF8(Module.rivulet.option(UTF8ToString(name)));
});
EM_JS(void, page_call, (const char* name, const char* text), {
  Module.rivulet[UTF8ToString(name)](UTF8ToString(text));
});
EM_JS(void, page_fetch, (int number, const char* name, int anew), {
  Module.rivulet.fetch(number, UTF8ToString(name), anew !== 0);
});
EM_JS(void, page_take, (int number, void* to), { HEAPU8.set(Module.rivulet.take(number), to); });
EM_JS(void, page_save, (const char* name, const void* bytes, int size), {
  Module.rivulet.save(UTF8ToString(name), HEAPU8.slice(bytes, bytes + size));
});
EM_JS(void, page_open, (int number), { Module.rivulet.open(number); });
EM_JS(char*, page_language, (), { return stringToNewUTF8(Module.rivulet.language()); });
EM_JS(int, page_dark, (), { return Module.rivulet.dark() ? 1 : 0; });
EM_JS(void, page_started, (void* app), { Module.rivulet.started(app); });
EM_JS(void, page_first_frame, (), { Module.rivulet.drawn(); });
// clang-format on

/// Takes over a text that the page has allocated.
std::string taken(char* text) {
  std::string out = text;
  std::free(text);
  return out;
}

/// What the browser calls for each frame.
struct Loop {
  std::function<bool()> frame;
  int frames = 0;
  double density = emscripten_get_device_pixel_ratio();
};

/// Files that the page is fetching, by number.
std::map<int, rivulet::live::TransferPtr>& transfers() {
  static std::map<int, rivulet::live::TransferPtr> files;
  return files;
}

rivulet::live::TransferPtr fetch_file(const std::string& name, bool anew) {
  static int last = 0;
  auto transfer = std::make_shared<rivulet::live::Transfer>();
  transfers()[++last] = transfer;
  page_fetch(last, name.c_str(), anew ? 1 : 0);
  return transfer;
}

rivulet::live::TransferPtr save_file(const std::string& name, const rivulet::io::Bytes& bytes) {
  page_save(name.c_str(), bytes.data(), static_cast<int>(bytes.size()));
  auto transfer = std::make_shared<rivulet::live::Transfer>();
  transfer->done({});  // the browser tells where
  return transfer;
}

rivulet::live::TransferPtr open_file() {
  static int last = 0;
  auto transfer = std::make_shared<rivulet::live::Transfer>();
  transfers()[--last] = transfer;  // what is fetched has the numbers above zero
  page_open(last);
  return transfer;
}

/// One call that throws ends no loop: the page says what was wrong, and the next frame comes.
bool frame_of(const Loop& loop) {
  try {
    return loop.frame();
  } catch (const std::exception& error) {
    page_call("trouble", error.what());
    return true;
  }
}

void run_frame(void* argument) {
  auto* loop = static_cast<Loop*>(argument);
  const double density = emscripten_get_device_pixel_ratio();
  if (std::exchange(loop->density, density) != density) page_call("denser", "");
  const bool more = frame_of(*loop);
  if (++loop->frames == 1) page_first_frame();
  if (more) return;
  emscripten_cancel_main_loop();
  delete loop;
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE void rivulet_report(rivulet::ui::App* app) {
  page_call("report", app->report().c_str());
}

EMSCRIPTEN_KEEPALIVE void rivulet_offer(rivulet::ui::App* app, const char* text) {
  app->offer(text);
}

/// The address of the page has changed.
EMSCRIPTEN_KEEPALIVE void rivulet_go(rivulet::ui::App* app, const char* state) { app->go(state); }

EMSCRIPTEN_KEEPALIVE void rivulet_copied(rivulet::ui::App* app) {
  page_call("copied", app->copied().c_str());
}

/// See Host::mirror. `kind`: of rivulet::ui::Request.
EMSCRIPTEN_KEEPALIVE void rivulet_ask(rivulet::ui::App* app, int kind, const char* name,
                                      const char* text, int at) {
  app->ask({static_cast<rivulet::ui::Request::Kind>(kind), name, text, at});
}

EMSCRIPTEN_KEEPALIVE void rivulet_focus(rivulet::ui::App* app, const char* name) {
  app->focus(name);
}

EMSCRIPTEN_KEEPALIVE void rivulet_repaint(rivulet::ui::App* app) { app->repaint(); }

EMSCRIPTEN_KEEPALIVE void rivulet_renew_graphics(rivulet::ui::App* app) { app->renew_graphics(); }

/// A file that was dropped upon the page, pasted into it: its bytes wait at `number`.
EMSCRIPTEN_KEEPALIVE void rivulet_offer_file(rivulet::ui::App* app, int number, int size) {
  rivulet::io::Bytes bytes(static_cast<size_t>(size));
  page_take(number, bytes.data());
  app->offer_file(bytes);
}

/// A file that is fetched: how much of it is here, and of how much (0: unknown).
EMSCRIPTEN_KEEPALIVE void rivulet_arrived(int number, double bytes, double total) {
  transfers().at(number)->expect(static_cast<int64_t>(total));
  transfers().at(number)->arrived(static_cast<int64_t>(bytes));
}

EMSCRIPTEN_KEEPALIVE void rivulet_fetched(int number, int size) {
  rivulet::io::Bytes bytes(static_cast<size_t>(size));
  page_take(number, bytes.data());
  transfers().at(number)->done(std::move(bytes));
  transfers().erase(number);
}

EMSCRIPTEN_KEEPALIVE void rivulet_not_fetched(int number, const char* why) {
  transfers().at(number)->fail(why);
  transfers().erase(number);
}

}  // extern "C"

int main() {
  rivulet::ui::AppOptions options;
  options.state = taken(page_option("state"));
  rivulet::ui::Host& host = options.host;
  host.loop = [](std::function<bool()> frame) {
    auto* loop = std::make_unique<Loop>(Loop{std::move(frame)}).release();
    emscripten_set_main_loop_arg(run_frame, loop, 0, false);
    run_frame(loop);  // the first one does not wait until the browser wants it
  };
  host.publish = [](const std::string& state) { page_call("publish", state.c_str()); };
  host.copy = [](const std::string& state) { page_call("copy", state.c_str()); };
  host.copy_text = [](const std::string& text) { page_call("copyText", text.c_str()); };
  host.paste = [] { page_call("paste", ""); };
  host.fetch = fetch_file;
  host.save = save_file;
  host.open = open_file;
  host.dark = [] { return page_dark() != 0; };
  host.language = [] { return taken(page_language()); };
  host.mirror = [](const std::string& controls) { page_call("mirror", controls.c_str()); };
  host.own_fields = true;
  host.kept_labs = 3;
  host.kept_networks = 1;
  host.speak = [](const std::string& language) { page_call("speak", language.c_str()); };
  host.keep_offline = [] { page_call("keepOffline", ""); };
  host.now = [] { return emscripten_performance_now(); };
  host.started = [](rivulet::ui::App& app) { page_started(&app); };
  return rivulet::ui::run_app(std::move(options));
}
