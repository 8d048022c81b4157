#include "cli/settled.h"

#include <fmt/format.h>

namespace rivulet::cli {

void SettledOptions::refuse_beside(const std::string& resume) const {
  if (resume.empty()) return;
  for (const Option& option : options_) {
    if (option.given()) {
      throw UsageError(option.name(), "is settled by --resume");
    }
  }
}

std::string SettledOptions::command_of(Command command, int64_t steps) const {
  std::string text = fmt::format("rivulet train {} --steps {}", command.name(), steps);
  for (const Option& option : options_) {
    if (option.given()) text += fmt::format(" {} {}", option.name(), option.text());
  }
  return text;
}

}  // namespace rivulet::cli
