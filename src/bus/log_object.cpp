#include "bus/log_object.hpp"

#include "bus/bus_error.hpp"
#include "bus/names.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace rs {
namespace {

using Level = rs::LogLevel;

// The first word of a level is the one that is shown.
constexpr std::array<std::pair<const char*, Level>, 8> levels{{
    {"crit", Level::critical},
    {"emerg", Level::critical},
    {"alert", Level::critical},
    {"err", Level::error},
    {"warning", Level::warning},
    {"info", Level::info},
    {"notice", Level::info},
    {"debug", Level::debug},
}};

const char* word(Level level)
{
    const auto* const found =
        std::ranges::find(levels, level, &std::pair<const char*, Level>::second);
    return found == levels.end() ? "debug" : found->first; // syslog knows no "trace"
}

Level parse_level(const std::string& text)
{
    const auto* const found =
        std::ranges::find(levels, text, &std::pair<const char*, Level>::first);
    if (found == levels.end()) {
        throw bus_error(error_invalid_arguments,
                        "LogLevel: '" + text +
                            "' is no level; allowed: emerg, alert, crit, err, "
                            "warning, notice, info, debug");
    }
    return found->second;
}

// systemd sets it when standard error is the journal.
const char* target()
{
    const auto* const stream = std::getenv("JOURNAL_STREAM");
    return stream != nullptr ? "journal" : "console";
}

} // namespace

LogObject::LogObject(sdbus::IConnection& connection, Control& control)
    : AdaptorInterfaces{connection, sdbus::ObjectPath{log_path}}, control_{control}
{
    registerAdaptor();
}

LogObject::~LogObject()
{
    unregisterAdaptor();
}

std::string LogObject::LogLevel()
{
    return reply([&] { return std::string{word(control_.log_level())}; });
}

void LogObject::LogLevel(const std::string& value)
{
    reply([&] { control_.set_log_level(parse_level(value)); });
}

std::string LogObject::LogTarget()
{
    return reply([] { return std::string{target()}; });
}

void LogObject::LogTarget(const std::string& value)
{
    reply([&] {
        if (value != target()) {
            throw bus_error(error_not_supported,
                            "LogTarget: '" + value +
                                "' cannot be set while running; allowed: " + target());
        }
    });
}

std::string LogObject::SyslogIdentifier()
{
    return reply([] { return std::string{"realserverd"}; });
}

} // namespace rs
