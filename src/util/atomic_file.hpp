#pragma once
#include "util/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rs {

// Throws std::system_error when `path` is not a directory that can be opened.
[[nodiscard]] UniqueFd open_directory(const std::string& path);

// A file that root has just made in `directory` (open descriptors) belongs to the owner of that:
// what `realserverd --release` writes is for the service's user to read. Throws std::system_error.
void give_to_owner(int directory, int file);

// Replaces the file `name` in `directory` (an open descriptor): a reader, also one after a crash,
// finds the old content or the new, whole. Mode 0600; a symbolic link is replaced, not followed.
// Throws std::system_error, and then the old content stands.
void replace_file(int directory, const std::string& name, std::string_view content);

// The content of a regular file of at most 16 MiB; none where there is no such file. Throws
// std::system_error when it cannot be read, and for a link (also a hard one), somebody else's file
// or something else in its place.
[[nodiscard]] std::optional<std::string> read_regular(int directory, const std::string& name);

} // namespace rs
