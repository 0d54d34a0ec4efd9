#include "drain/role_lines.hpp"

#include "util/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <sstream>
#include <system_error>

namespace rs {
namespace {

constexpr const char* last_line = "end.";

bool exists(int directory, const std::string& name)
{
    return ::faccessat(directory, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace

std::vector<std::string> load_lines(const std::string& directory, const std::string& name)
{
    std::optional<std::string> content;
    try {
        content = read_regular(open_directory(directory).value(), name);
    } catch (const std::system_error&) {
        return {};
    }
    std::istringstream rest{content.value_or("")};
    std::vector<std::string> lines;
    for (std::string line; std::getline(rest, line); lines.push_back(line)) {
        if (line == last_line) {
            return lines;
        }
    }
    return {};
}

void save_lines(const std::string& directory, const std::string& name, const std::string& lines)
{
    const auto opened = open_directory(directory);
    if (!lines.empty() || exists(opened.value(), name)) {
        replace_file(opened.value(), name, lines + last_line + '\n');
    }
}

} // namespace rs
