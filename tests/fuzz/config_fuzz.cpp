#include "config/command_line.hpp"
#include "config/config.hpp"

#include <cstdlib>

// libFuzzer's entry: any bytes as a role, what follows a NUL as a second role, then as the node
// file. What may never happen ends the process: a crash, a mistake that is not one line with its
// place, a configuration that the rest of the daemon does not expect.
namespace rs {
namespace {

// Not assert(): this must hold in every build.
void hold(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

void judge(const Mistakes& mistakes)
{
    hold(!mistakes.empty());
    for (const auto& mistake : mistakes) {
        hold(mistake.at.line > 0 && mistake.at.column > 0);
        hold(!mistake.key.empty() && !mistake.what.empty() && !mistake.allowed.empty());
        hold(to_string(mistake).find_first_of({"\n\r\0\x1b", 4}) == std::string::npos);
    }
}

void judge(const LocatedConfig& located)
{
    hold(located.places.size() == located.config.roles.size());
    for (const auto& role : located.config.roles) {
        const bool tunnelled = role.forwarding == Forwarding::tunnelling;
        hold(tunnelled ? !role.directors.empty() : !role.device.empty());
        hold(tunnelled || role.tunnel == Tunnel{});
        for (const auto& check : role.checks) {
            hold(!check.target.empty() && check.timeout <= check.interval);
            hold(check.type != CheckType::exec || split_words(check.target).has_value());
        }
        hold(!role.vips.empty() && !role.services.empty());
        for (const auto& vip : role.vips) {
            hold(network(vip) == vip && vip.length >= 16);
        }
        for (const auto& device : role.arp_devices) {
            hold(device.find('/') == std::string::npos && device.size() < 16);
        }
    }
}

Sources split(std::string_view text)
{
    Sources sources;
    for (const auto* const file : {"web.toml", "other.toml", "realserverd.toml"}) {
        const auto end = std::min(text.find('\0'), text.size());
        Source source{file, std::string{text.substr(0, end)}};
        if (std::string_view{file} == "realserverd.toml") {
            sources.node = std::move(source);
        } else {
            sources.roles.push_back(std::move(source));
        }
        if (end == text.size()) {
            break;
        }
        text.remove_prefix(end + 1);
    }
    return sources;
}

} // namespace
} // namespace rs

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    std::visit([](const auto& result) { rs::judge(result); }, rs::make_config(rs::split(text)));
    return 0;
}
