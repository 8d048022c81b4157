// Weight files of the kind that a command takes.
#pragma once

#include <string>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/models/kind.h"

namespace rivulet::cli {

/// The weights at that path. Throws Error unless they are of one of these kinds: it names the file,
/// what it is, what `command` takes, and which commands take what it is.
[[nodiscard]] io::SafeTensors load_model(const std::string& path, const std::string& command,
                                         const std::vector<models::ModelKind>& kinds);

/// What codes can be made with.
[[nodiscard]] inline std::vector<models::ModelKind> codec_kinds() {
  return {models::ModelKind::picture_flow, models::ModelKind::diffusion};
}

/// A checkpoint of one of these kinds to resume from. Throws Error, too, where the file holds only
/// weights.
[[nodiscard]] io::SafeTensors load_checkpoint(const std::string& path,
                                              const std::vector<models::ModelKind>& kinds);

}  // namespace rivulet::cli
