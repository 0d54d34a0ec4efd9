#include "config/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace rs {

Scratch::Scratch() : path_{(std::filesystem::temp_directory_path() / "config_test.XXXXXX").string()}
{
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    }
    std::filesystem::create_directory(path("conf.d"));
    std::filesystem::permissions(path("conf.d"), std::filesystem::perms{0755});
}

Scratch::~Scratch()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::path(std::string_view name) const
{
    return path_ + '/' + std::string{name};
}

void Scratch::write(std::string_view name, std::string_view text) const
{
    const auto fresh = path("fresh");
    std::ofstream{fresh, std::ios::binary} << text;
    std::filesystem::permissions(fresh, std::filesystem::perms{0644});
    std::filesystem::rename(fresh, path(name));
}

} // namespace rs
