#pragma once
#include <string>
#include <vector>

// Files whose lines each begin with a role. The last line is "end.", which no role can be called: a
// file without it was cut off.
namespace rs {

// Without that last line; none of a file that was cut off, is not there or cannot be read.
[[nodiscard]] std::vector<std::string> load_lines(const std::string& directory,
                                                  const std::string& name);

// Each of `lines` has its newline. Throws std::system_error; the file is then the old or the new
// one, never half. Without lines no file is made.
void save_lines(const std::string& directory, const std::string& name, const std::string& lines);

} // namespace rs
