#include "ctl/exit_status.hpp"
#include "ctl/options.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace rs::ctl;
using namespace std::chrono_literals;

namespace {

std::optional<Invocation> parse(std::vector<const char*> words, std::ostream& out)
{
    words.insert(words.begin(), "realserverctl");
    return parse_command_line(static_cast<int>(words.size()), words.data(), out);
}

Invocation parsed(const std::vector<const char*>& words)
{
    std::ostringstream out;
    return parse(words, out).value();
}

std::string refusal(const std::vector<const char*>& words)
{
    try {
        static_cast<void>(parsed(words));
    } catch (const Failure& failure) {
        CHECK(failure.status == Exit::usage);
        return failure.what();
    }
    return "";
}

} // namespace

TEST_CASE("no command is status of everything")
{
    const auto invocation = parsed({});
    CHECK(std::get<StatusCommand>(invocation.command).role.empty());
    CHECK(invocation.common.legend);
    CHECK(!invocation.common.json);
}

TEST_CASE("common options may stand before and after the command")
{
    for (const auto& words : {std::vector<const char*>{"--json", "-H", "rs2", "status", "web"},
                              std::vector<const char*>{"status", "web", "--json", "-H", "rs2"}}) {
        const auto invocation = parsed(words);
        CHECK(invocation.common.json);
        CHECK(invocation.common.host == "rs2");
        CHECK(std::get<StatusCommand>(invocation.command).role == "web");
    }
    CHECK(parsed({"--color=always"}).common.color == Color::always);
    CHECK(parsed({"monitor", "--color", "never", "-q", "--no-legend"}).common.color ==
          Color::never);
}

TEST_CASE("a drain takes roles, a timeout and how long it is remembered")
{
    const auto drain = std::get<DrainCommand>(
        parsed({"drain", "web", "mail", "--timeout", "1h30m", "--runtime", "--no-wait"}).command);
    CHECK(drain.roles == std::vector<std::string>{"web", "mail"});
    CHECK(drain.timeout == 90min);
    CHECK(!drain.persistent);
    CHECK(!drain.wait);
    const auto whole = std::get<DrainCommand>(parsed({"drain"}).command);
    CHECK(whole.roles.empty());
    CHECK(!whole.timeout);
    CHECK(whole.persistent);
    CHECK(whole.wait);
    CHECK(std::get<DrainCommand>(parsed({"drain", "--timeout=0"}).command).timeout == 0s);
}

TEST_CASE("a role may be called like a command")
{
    CHECK(std::get<DrainCommand>(parsed({"drain", "status"}).command).roles ==
          std::vector<std::string>{"status"});
    CHECK(std::get<StatusCommand>(parsed({"status", "drain"}).command).role == "drain");
}

TEST_CASE("directories default to the installed configuration")
{
    CHECK(std::get<PlanCommand>(parsed({"plan"}).command).directory == "/etc/realserverd");
    CHECK(std::get<CheckCommand>(parsed({"check", "x"}).command).directory == "x");
    CHECK(std::get<PlanCommand>(parsed({"plan", "--config", "y"}).command).directory == "y");
}

TEST_CASE("an unknown command is told what was meant and what there is")
{
    CHECK(refusal({"drian"}) ==
          "there is no command 'drian'; did you mean 'drain'?\n"
          "The commands are: status, drain, undrain, plan, check, monitor, reload, "
          "director-config");
    CHECK(refusal({"verify"}).starts_with("there is no command 'verify'\n"));
}

TEST_CASE("director-config takes roles, a format, how to ask, and this host's addresses")
{
    const auto command = std::get<DirectorConfigCommand>(
        parsed({"director-config", "--rip", "192.0.2.9", "web", "--rip", "2001:db8::9", "mail",
                "--format", "ldirectord", "--check=misc", "--config", "x"})
            .command);
    CHECK(command.roles == std::vector<std::string>{"web", "mail"});
    CHECK(command.format == DirectorFormat::ldirectord);
    CHECK(command.check == DirectorCheck::misc);
    CHECK(command.directory == "x");
    CHECK(command.real_addresses ==
          std::vector{*rs::parse_address("192.0.2.9"), *rs::parse_address("2001:db8::9")});
    const auto plain = std::get<DirectorConfigCommand>(parsed({"director-config"}).command);
    CHECK(plain.directory == "/etc/realserverd");
    CHECK(plain.format == DirectorFormat::keepalived);
    CHECK(plain.check == DirectorCheck::http);
    CHECK(plain.real_addresses.empty());
}

TEST_CASE("what cannot be understood is a usage error")
{
    CHECK(refusal({"director-config", "--rip", "rs1"}) ==
          "--rip: 'rs1' is not an address; write 192.0.2.9 or 2001:db8::9");
    CHECK(!refusal({"director-config", "--format", "haproxy"}).empty());
    CHECK(!refusal({"director-config", "--check", "tcp"}).empty());
    CHECK(refusal({"drain", "--timeout", "soon"}) ==
          "--timeout: 'soon' is not a duration; write 30s, 5m, 1h30m, or 0 for no limit");
    CHECK(!refusal({"--jsn"}).empty());
    CHECK(!refusal({"status", "web", "mail"}).empty());
    CHECK(!refusal({"--color", "sometimes"}).empty());
    CHECK(!refusal({"reload", "now"}).empty());
}

TEST_CASE("help and version are answered and end it")
{
    std::ostringstream help;
    CHECK(!parse({"--help"}, help));
    CHECK(help.str().find("Exit status: 0 done") != std::string::npos);
    CHECK(help.str().find("session-bus") == std::string::npos);
    std::ostringstream drain;
    CHECK(!parse({"drain", "--help"}, drain));
    CHECK(drain.str().find("--runtime") != std::string::npos);
    std::ostringstream version;
    CHECK(!parse({"--version"}, version));
    CHECK(version.str().starts_with("realserverctl "));
}
