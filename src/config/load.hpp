#pragma once
#include "config/mistake.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rs {

// The text of one file; `file` is its path as the user is to see it.
struct Source {
    std::string file;
    std::string text;
};

struct Sources {
    std::optional<Source> node; // realserverd.toml, if there is one
    std::vector<Source> roles;  // conf.d/NAME.toml, by name
    Mistakes mistakes;          // files that could not be read, sorted
};

// Reads DIRECTORY/realserverd.toml and DIRECTORY/conf.d/NAME.toml. Both are optional, the directory
// is not. In conf.d, files that start with a dot or do not end in .toml are passed over.
//
// Only regular files of at most 1 MiB are read, that belong to root or to the running user and that
// not everybody may write; no symbolic links (link the whole directory instead): whoever can write
// there decides over the host's addresses. The directories must be as safe, but may be links.
// A file that changes while it is read, or is 20 ms old only, is read again, a few times: what is
// read is what stood there for that long.
[[nodiscard]] Sources load(const std::string& directory);

// The role a file describes: its name without folder and ".toml".
[[nodiscard]] std::string role_name(const std::string& file);
// 1 to 32 of a-z, 0-9 and '-'.
[[nodiscard]] bool is_role_name(std::string_view name);

} // namespace rs
