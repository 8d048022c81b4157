#include "cli/settled.h"

#include <fmt/format.h>

namespace rivulet::cli {

void SettledOptions::refuse_beside(const std::string& resume) const {
  if (resume.empty()) return;
  for (const CLI::Option* option : options_) {
    if (option->count() > 0) {
      throw CLI::ValidationError(option->get_name(), "is settled by --resume");
    }
  }
}

std::string SettledOptions::command_of(const CLI::App& command, int64_t steps) const {
  std::string text = fmt::format("rivulet train {} --steps {}", command.get_name(), steps);
  for (const CLI::Option* option : options_) {
    if (option->count() > 0)
      text += fmt::format(" {} {}", option->get_name(), option->as<std::string>());
  }
  return text;
}

}  // namespace rivulet::cli
