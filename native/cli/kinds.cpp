#include "cli/kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/alive.h"
#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

/// The commands for a file of that kind.
std::string_view takers(models::ModelKind kind) {
  constexpr std::array<std::string_view, models::model_kind_names.names.size()> commands = {
      "sample and export",
      "sample, eval, encode, decode and export",
      "sample, eval, encode, decode and export",
      "sample, invert and eval",
      "info",
      "eval",
      "sample and eval"};
  return commands.at(static_cast<size_t>(kind));
}

}  // namespace

io::SafeTensors load_model(const std::string& path, const std::string& command,
                           const std::vector<models::ModelKind>& kinds) {
  const Activity activity("reading weights");
  io::SafeTensors file = io::load_safetensors(path);
  models::ModelKind kind{};
  try {
    kind = models::kind_of(file.metadata);
  } catch (const Error& error) {
    fail(command,
         fmt::format("{}: {}; these may be weights of another program", path, error.what()));
  }
  if (std::ranges::find(kinds, kind) != kinds.end()) return file;
  std::vector<std::string_view> wanted;
  wanted.reserve(kinds.size());
  for (const models::ModelKind one : kinds) wanted.push_back(models::in_words(one));
  fail(command,
       fmt::format("{} is {} (architecture {}), and this takes {}; a file of that kind is for: "
                   "rivulet {}",
                   path, models::in_words(kind), models::architecture_of(kind),
                   fmt::join(wanted, ", or "), takers(kind)));
}

io::SafeTensors load_checkpoint(const std::string& path,
                                const std::vector<models::ModelKind>& kinds) {
  io::SafeTensors file = load_model(path, "resume", kinds);
  const bool state = std::ranges::any_of(file.tensors, [](const io::NamedTensor& named) {
    return named.name.starts_with("training/");
  });
  if (!state) {
    fail("resume", path +
                       " holds weights to sample from, not the state of a training: that is "
                       "the .ckpt file that 'train' keeps beside them");
  }
  return file;
}

}  // namespace rivulet::cli
