// Files of the desktop app: weights from its assets, pictures to where the visitor wants them.
#pragma once

#include <filesystem>
#include <string>

#include "rivulet/live/transfer.h"

namespace rivulet::desktop {

/// Where weights and training pictures are: beside the sources that the program was built from, or
/// where it was installed. Empty when in neither.
[[nodiscard]] std::filesystem::path find_assets(const std::filesystem::path& program);

/// Reads assets/NAME on a thread.
[[nodiscard]] live::TransferPtr fetch(const std::filesystem::path& assets, const std::string& name);

/// Writes on a thread: into `folder` where one was given; else to where a dialog of the desktop
/// (zenity, kdialog) says; else into the visitor's Pictures, or the working folder.
[[nodiscard]] live::TransferPtr save(const std::filesystem::path& folder, const std::string& name,
                                     io::Bytes bytes);

/// Asks for a file by a dialog of the desktop and reads it, on a thread. Fails in words where there
/// is no dialog to ask with.
[[nodiscard]] live::TransferPtr open();

}  // namespace rivulet::desktop
