#include "drain/health_store.hpp"

#include "drain/role_lines.hpp"

// One role a line, and no more.
namespace rs {
namespace {

constexpr const char* health_file = "healthy";

} // namespace

std::set<std::string> HealthStore::load() const
{
    const auto lines = load_lines(runtime_, health_file);
    return {lines.begin(), lines.end()};
}

void HealthStore::save(const std::set<std::string>& roles) const
{
    std::string lines;
    for (const auto& role : roles) {
        lines += role + '\n';
    }
    save_lines(runtime_, health_file, lines);
}

} // namespace rs
