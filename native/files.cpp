#include "files.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/ui/chinese_faces.h"

extern char** environ;

namespace rivulet::desktop {
namespace {

namespace fs = std::filesystem;

/// The thread owns all that it touches: the program may end before it.
template <class Work>
void in_background(const live::TransferPtr& transfer, Work work) {
  std::thread([transfer, work = std::move(work)]() mutable {
    try {
      work(*transfer);
    } catch (const std::exception& error) {
      transfer->fail(live::words_of(error));
    }
  }).detach();
}

struct Answer {
  int status = 0;
  std::string text;
};

/// Runs a program of PATH and takes what it prints; nothing when there is no such program.
std::optional<Answer> ask(std::vector<std::string> words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Answer answer;
  char buffer[1024];
  for (ssize_t n = 0; failed == 0 && (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    answer.text.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  if (failed != 0) return std::nullopt;
  waitpid(child, &answer.status, 0);
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

using Dialogs = std::vector<std::vector<std::string>>;

/// What the first of these programs that is there answers; empty: no file; nothing: there is no
/// dialog to ask with.
std::optional<fs::path> ask_for_path(const Dialogs& dialogs) {
  if (!std::getenv("DISPLAY") && !std::getenv("WAYLAND_DISPLAY")) return std::nullopt;
  for (const std::vector<std::string>& dialog : dialogs) {
    const std::optional<Answer> answer = ask(dialog);
    if (!answer) continue;
    return answer->status == 0 ? fs::path(answer->text) : fs::path();
  }
  return std::nullopt;
}

std::optional<fs::path> ask_where(const std::string& name) {
  return ask_for_path({{"zenity", "--file-selection", "--save", "--filename=" + name},
                       {"kdialog", "--getsavefilename", name}});
}

fs::path usual_folder() {
  const char* home = std::getenv("HOME");
  const fs::path pictures = home ? fs::path(home) / "Pictures" : fs::path();
  return home && fs::is_directory(pictures) ? pictures : fs::current_path();
}

/// FOLDER/NAME, numbered where there is such a file already.
fs::path free_path(const fs::path& folder, const fs::path& name) {
  fs::path path = folder / name;
  for (int i = 2; fs::exists(path) && i < 10'000; ++i) {
    path = folder / (name.stem().string() + "-" + std::to_string(i) + name.extension().string());
  }
  return path;
}

/// Of fonts/, which are in the program; empty: another file.
std::span<const unsigned char> chinese_face(std::string_view name) {
  if (name == "fonts/NotoSansSC-Regular.otf") return ui::chinese_faces::notosanssc_regular();
  if (name == "fonts/NotoSansSC-Bold.otf") return ui::chinese_faces::notosanssc_bold();
  return {};
}

}  // namespace

fs::path find_assets(const fs::path& program) {
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) folder = fs::absolute(program, error).parent_path();
  for (const char* place : {"../share/rivulet", "../../assets", "assets"}) {
    const fs::path assets = (folder / place).lexically_normal();
    if (fs::is_directory(assets, error)) return assets;
  }
  return {};
}

live::TransferPtr fetch(const fs::path& assets, const std::string& name) {
  auto transfer = std::make_shared<live::Transfer>();
  if (const auto face = chinese_face(name); !face.empty()) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(face.data());
    transfer->done(io::Bytes(bytes, bytes + face.size()));
    return transfer;
  }
  if (assets.empty()) {
    transfer->fail("the folder of weights was not found: --assets FOLDER says where it is");
    return transfer;
  }
  in_background(transfer, [path = (assets / name).string()](live::Transfer& file) {
    file.done(io::read_file(path));
  });
  return transfer;
}

live::TransferPtr save(const fs::path& folder, const std::string& name, io::Bytes bytes) {
  auto transfer = std::make_shared<live::Transfer>();
  in_background(transfer, [folder, name, bytes = std::move(bytes)](live::Transfer& file) {
    fs::path path;
    if (!folder.empty()) {
      fs::create_directories(folder);
      path = free_path(folder, name);
    } else if (const auto chosen = ask_where(name)) {
      path = *chosen;
    } else {
      path = free_path(usual_folder(), name);
    }
    if (path.empty()) {
      file.done({});
      return;
    }
    io::write_file(path.string(), bytes);
    file.done({}, "Saved " + path.string());
  });
  return transfer;
}

live::TransferPtr open() {
  auto transfer = std::make_shared<live::Transfer>();
  in_background(transfer, [](live::Transfer& file) {
    const auto chosen =
        ask_for_path({{"zenity", "--file-selection"}, {"kdialog", "--getopenfilename"}});
    if (!chosen) fail("open", "there is no dialog for files here: drop one upon the window");
    file.done(chosen->empty() ? io::Bytes()
                              : io::read_file(chosen->string(), live::most_file_bytes));
  });
  return transfer;
}

}  // namespace rivulet::desktop
