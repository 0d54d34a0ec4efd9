#include "drain/health_store.hpp"

#include "util/atomic_file.hpp"

#include <optional>
#include <sstream>
#include <system_error>

// One role a line. The last line is "end.", which no role can be called: a file without it was cut
// off.
namespace rs {
namespace {

constexpr const char* file_name = "healthy";
constexpr const char* last_line = "end.";

} // namespace

std::set<std::string> HealthStore::load() const
{
    std::optional<std::string> content;
    try {
        content = read_regular(open_directory(runtime_).value(), file_name);
    } catch (const std::system_error&) {
        return {};
    }
    std::istringstream lines{content.value_or("")};
    std::set<std::string> roles;
    std::string role;
    while (lines >> role && role != last_line) {
        roles.insert(role);
    }
    return role == last_line ? roles : std::set<std::string>{};
}

void HealthStore::save(const std::set<std::string>& roles) const
{
    std::string lines;
    for (const auto& role : roles) {
        lines += role + '\n';
    }
    replace_file(open_directory(runtime_).value(), file_name, lines + last_line + '\n');
}

} // namespace rs
