#include "logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace rs {
namespace {

constexpr std::array<spdlog::level::level_enum, 6> levels{
    spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
    spdlog::level::warn,  spdlog::level::err,   spdlog::level::critical};

// As sd_booted(3) services check it: JOURNAL_STREAM is the device and inode of the stream.
bool stderr_is_the_journal()
{
    const char* stream = std::getenv("JOURNAL_STREAM");

    struct stat status {};

    return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
           std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

spdlog::level::level_enum level_of(const std::string& kind)
{
    if (kind == "failure" || kind == "contested") {
        return spdlog::level::err;
    }
    return kind == "drift" || kind == "guard" ? spdlog::level::warn : spdlog::level::info;
}

} // namespace

void start_logging()
{
    std::shared_ptr<spdlog::logger> logger;
    if (stderr_is_the_journal()) {
        logger = std::make_shared<spdlog::logger>(
            "realserverd", std::make_shared<spdlog::sinks::systemd_sink_st>("realserverd"));
    } else {
        logger = std::make_shared<spdlog::logger>(
            "realserverd", std::make_shared<spdlog::sinks::stderr_sink_st>());
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
    }
    spdlog::set_default_logger(std::move(logger));
}

LogLevel log_level()
{
    for (std::size_t i = 0; i != levels.size(); ++i) {
        if (levels.at(i) == spdlog::get_level()) {
            return static_cast<LogLevel>(i);
        }
    }
    return LogLevel::info;
}

void set_log_level(LogLevel level)
{
    spdlog::set_level(levels.at(static_cast<std::size_t>(level)));
}

void log(const Event& event)
{
    const auto level = level_of(event.kind);
    if (event.role.empty()) {
        spdlog::log(level, "{}: {}", event.kind, event.text);
    } else {
        spdlog::log(level, "{}: {}: {}", event.role, event.kind, event.text);
    }
}

} // namespace rs
