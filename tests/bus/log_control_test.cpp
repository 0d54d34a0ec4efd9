#include "fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

namespace {

Answer set(Client& client, const char* name, const char* value)
{
    return client.call(log_control_path, properties, "Set", "ssv", log_control_interface, name, "s",
                       value);
}

} // namespace

TEST_CASE("the log level is shown and set in syslog's words")
{
    Running on;
    CHECK(on.root.property(log_control_path, log_control_interface, "LogLevel").body == "\"info\"");
    const std::vector<std::tuple<const char*, LogLevel, const char*>> words{
        {"emerg", LogLevel::critical, "\"crit\""},     {"alert", LogLevel::critical, "\"crit\""},
        {"crit", LogLevel::critical, "\"crit\""},      {"err", LogLevel::error, "\"err\""},
        {"warning", LogLevel::warning, "\"warning\""}, {"notice", LogLevel::info, "\"info\""},
        {"info", LogLevel::info, "\"info\""},          {"debug", LogLevel::debug, "\"debug\""},
    };
    for (const auto& [word, level, shown] : words) {
        CAPTURE(word);
        CHECK(set(on.root, "LogLevel", word).error.empty());
        CHECK(on.control.level == level);
        CHECK(on.root.property(log_control_path, log_control_interface, "LogLevel").body == shown);
    }
    on.control.level = LogLevel::trace;
    CHECK(on.root.property(log_control_path, log_control_interface, "LogLevel").body ==
          "\"debug\"");
}

TEST_CASE("a log level that syslog does not know is refused")
{
    Running on;
    const auto reply = set(on.root, "LogLevel", "chatty");
    CHECK(reply.error == "org.freedesktop.DBus.Error.InvalidArgs");
    CHECK(reply.message == "LogLevel: 'chatty' is no level; allowed: emerg, alert, crit, err, "
                           "warning, notice, info, debug");
    CHECK(on.control.level == LogLevel::info);
}

TEST_CASE("the log target is shown and cannot be changed")
{
    unsetenv("JOURNAL_STREAM");
    Running on;
    CHECK(on.root.property(log_control_path, log_control_interface, "LogTarget").body ==
          "\"console\"");
    CHECK(set(on.root, "LogTarget", "console").error.empty());
    CHECK(set(on.root, "LogTarget", "kmsg").error == "org.freedesktop.DBus.Error.NotSupported");
    setenv("JOURNAL_STREAM", "8:1", 1);
    CHECK(on.root.property(log_control_path, log_control_interface, "LogTarget").body ==
          "\"journal\"");
    unsetenv("JOURNAL_STREAM");
}

TEST_CASE("messages are told apart in the journal by the daemon's name")
{
    Running on;
    CHECK(on.root.property(log_control_path, log_control_interface, "SyslogIdentifier").body ==
          "\"realserverd\"");
    CHECK(!set(on.root, "SyslogIdentifier", "x").error.empty());
}

TEST_CASE("past the bus policy sd-bus still lets only root set the log level")
{
    Running on{BusPolicy::open};
    Client stranger{on.loop, on.bus.address(), {.user = nobody}};
    CHECK(set(stranger, "LogLevel", "debug").error == access_denied);
    CHECK(on.control.level == LogLevel::info);
    CHECK(set(on.root, "LogLevel", "debug").error.empty());
    CHECK(on.control.level == LogLevel::debug);
}
