// The picture sets that the command line knows by name.
#pragma once

#include <string>
#include <vector>

#include "rivulet/data/picture_sets.h"

namespace rivulet::cli {

/// Where downloaded and made things live: RIVULET_CACHE, or ~/.cache/rivulet.
[[nodiscard]] std::string cache_folder();

/// Where the set of that name usually lies: "avatars" where `rivulet data make avatars` puts it,
/// "fashion" where Debian's package does; empty for others.
[[nodiscard]] std::string usual_data(const std::string& name);

/// The set that lies at that path, or where the one of that name usually does. What a person should
/// know of how it was read goes to stderr. Throws Error, with the command that makes or installs
/// the set where it is missing.
[[nodiscard]] data::Pictures load_set(const std::string& path, const std::string& name,
                                      data::Part part = data::Part::train);

/// What can be trained on: the sets known by name and, without a name, the visitor's own.
[[nodiscard]] std::vector<data::PictureSet> trainable_sets();
/// "flow-avatars", or "flow" where the set has no name.
[[nodiscard]] std::string command_name(const std::string& kind, const data::PictureSet& set);

/// A weight file that is shipped with this program. Throws Error, which names the option that says
/// where there is another, when it is not found.
[[nodiscard]] std::string shipped_model(const std::string& file, const std::string& option);

}  // namespace rivulet::cli
