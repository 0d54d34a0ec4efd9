#include "config/load.hpp"

#include "config/read_file.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <system_error>

namespace rs {
namespace {

constexpr std::string_view suffix = ".toml";

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

using Directory = std::unique_ptr<DIR, CloseDirectory>;

void note(Sources& sources, const std::string& file, Objection objection)
{
    sources.mistakes.push_back(
        {file, {}, {}, std::move(objection.what), std::move(objection.allowed)});
}

// None at the end. A directory that cannot be read to its end must not pass for a shorter one: what
// is not configured is unbound.
std::optional<std::string> next_name(const Directory& directory)
{
    errno = 0;
    const auto* const entry = ::readdir(directory.get()); // of nobody else's stream
    if (entry != nullptr) {
        return static_cast<const char*>(entry->d_name);
    }
    if (errno != 0) {
        throw std::system_error{errno, std::generic_category(), "conf.d: readdir"};
    }
    return std::nullopt;
}

// The names in a directory that end in .toml, sorted.
std::set<std::string> toml_files(const UniqueFd& fd)
{
    // closedir() closes the descriptor as well, so it gets one of its own. Not by opening ".",
    // which takes the right to search the directory: whether that is there, each file tells.
    const auto own = ::fcntl(fd.value(), F_DUPFD_CLOEXEC, 0);
    const Directory directory{::fdopendir(own)};
    if (!directory) {
        throw std::system_error{errno, std::generic_category(), "conf.d: fdopendir"};
    }
    std::set<std::string> names;
    while (const auto name = next_name(directory)) {
        if (name->ends_with(suffix) && !name->starts_with('.')) {
            names.insert(*name);
        }
    }
    return names;
}

std::optional<Source> load_file(const UniqueFd& directory, const std::string& name,
                                const std::string& shown, Sources& sources)
{
    auto content = read_file(directory, name);
    if (auto* const objection = std::get_if<Objection>(&content)) {
        note(sources, shown, std::move(*objection));
        return std::nullopt;
    }
    auto& text = std::get<std::optional<std::string>>(content);
    return text ? std::optional{Source{shown, std::move(*text)}} : std::nullopt;
}

void load_roles(const UniqueFd& directory, const std::string& shown, Sources& sources)
{
    for (const auto& name : toml_files(directory)) {
        const auto file = shown + '/' + printable(name, std::string::npos);
        if (!is_role_name(role_name(name))) {
            note(sources, file,
                 {"is not named like a role", "expected NAME.toml with 1 to 32 of a-z, 0-9 and -"});
        } else if (auto source = load_file(directory, name, file, sources)) {
            sources.roles.push_back(std::move(*source));
        }
    }
}

} // namespace

Sources load(const std::string& directory)
{
    Sources sources;
    const auto opened = open_safe_directory(AT_FDCWD, directory);
    const auto shown = printable(directory, std::string::npos);
    if (const auto* const objection = std::get_if<Objection>(&opened)) {
        note(sources, shown, *objection);
        return sources;
    }
    const auto& root = std::get<UniqueFd>(opened);
    if (!root) {
        note(sources, shown, {"is not there", "expected a directory"});
        return sources;
    }
    sources.node = load_file(root, "realserverd.toml", shown + "/realserverd.toml", sources);
    const auto roles = open_safe_directory(root.value(), "conf.d");
    if (const auto* const objection = std::get_if<Objection>(&roles)) {
        note(sources, shown + "/conf.d", *objection);
    } else if (const auto& fd = std::get<UniqueFd>(roles)) {
        load_roles(fd, shown + "/conf.d", sources);
    }
    std::ranges::sort(sources.mistakes);
    return sources;
}

std::string role_name(const std::string& file)
{
    const auto name = file.substr(file.rfind('/') + 1); // npos + 1 is 0
    return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

bool is_role_name(std::string_view name)
{
    return !name.empty() && name.size() <= 32 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
}

} // namespace rs
