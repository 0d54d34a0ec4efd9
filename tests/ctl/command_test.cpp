#include "running.hpp"
#include "view/status_json.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace rs;
using namespace rs::test;

TEST_CASE("status is 0 only while every role serves in sync, for all and for one")
{
    Running running;
    CHECK(running.run({"--color=never"}) == 0);
    CHECK(running.out.find("mail  serving  yes") != std::string::npos);
    running.node->change("mail", [](RoleStatus& role) { role.in_sync = false; });
    CHECK(running.run({"status"}) == 1);
    CHECK(running.run({"status", "web"}) == 0);
    CHECK(running.run({"status", "mail", "-q"}) == 1);
    CHECK(running.out.empty());
    running.node->set("web", RoleState::drained, 0);
    CHECK(running.run({"status", "web"}) == 1);
}

TEST_CASE("status --json is what the daemon published, and one role is that role alone")
{
    Running running;
    running.node->status.roles[0] = mail();
    running.node->publish();
    CHECK(running.run({"status", "--json"}) == 1);
    CHECK(Json::parse(running.out) == status_json(running.node->status));
    CHECK(running.run({"status", "web", "--json"}) == 0);
    CHECK(Json::parse(running.out)["roles"] == Json::array({role_json(web())}));
}

TEST_CASE("reload is 0, or 78 with the daemon's lines")
{
    Running running;
    CHECK(running.run({"reload"}) == 0);
    CHECK(running.out == "The new configuration is in force.\n");
    running.node->mistakes = "web.toml:1:1: vps: unknown key\nweb.toml:2:1: x: y";
    CHECK(running.run({"reload"}) == 78);
    CHECK(running.err == "web.toml:1:1: vps: unknown key\nweb.toml:2:1: x: y\n");
}

TEST_CASE("monitor prints each event when it happens and outlives the daemon")
{
    Running running;
    Child monitor{running.loop, {"monitor", "--json"}};
    // Until it listens nothing can be heard: say it again.
    REQUIRE(until(running.loop, [&] {
        running.node->service.emit({"drift", "web", "VIP 192.0.2.8 on lo was removed"});
        return monitor.said("drift");
    }));
    running.restart_node();
    REQUIRE(monitor.says("realserverd has stopped"));
    REQUIRE(monitor.says("realserverd has started"));
    const auto line = Json::parse(monitor.out.substr(0, monitor.out.find('\n')));
    CHECK(line["kind"] == "drift");
    CHECK(line["role"] == "web");
    CHECK(line["text"] == "VIP 192.0.2.8 on lo was removed");
    CHECK(line["time"].get<std::string>().ends_with("Z"));
    monitor.signal(SIGINT);
    CHECK(monitor.wait() == -SIGINT);
}

TEST_CASE("monitor for people is one line an event")
{
    Running running;
    Child monitor{running.loop, {"monitor", "--color=never"}};
    REQUIRE(monitor.says("events follow"));
    running.node->service.emit({"contested", "", "a\nb"});
    REQUIRE(monitor.says("contested"));
    CHECK(monitor.out.find("  contested  a?b\n") != std::string::npos);
}

TEST_CASE("without the daemon, and without a bus, every question is 3 and says what to do")
{
    PrivateBus bus{BusPolicy::open};
    Loop loop;
    for (const auto& command : {"status", "drain", "undrain", "monitor", "reload"}) {
        Child child{loop, {command}};
        CHECK(child.wait() == 3);
        CHECK(child.err ==
              "realserverd is not running; start it with: systemctl start realserverd\n");
    }
    Child child{
        loop, {"status"}, {.environment = {"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"}}};
    CHECK(child.wait() == 3);
    CHECK(child.err.find("cannot reach the system bus") == 0);
}

TEST_CASE("who may not drain is told so with 4, and may look")
{
    if (geteuid() != 0) {
        WARN("skipped: only root can run it as another user");
        return;
    }
    constexpr uid_t nobody = 65534;
    Running running;
    Child drain{running.loop, {"drain", "web"}, {.user = nobody}};
    CHECK(drain.wait() == 4);
    CHECK(drain.err.find("not allowed to drain web: ") == 0);
    CHECK(drain.err.find("sudo") != std::string::npos);
    CHECK(running.node->asked.empty());
    Child status{running.loop, {"status"}, {.user = nobody}};
    CHECK(status.wait() == 0);
}

TEST_CASE("colour comes with a terminal, and goes with NO_COLOR")
{
    Running running;
    Child coloured{running.loop, {}, {.terminal = true, .environment = {"TERM=xterm"}}};
    CHECK(coloured.wait() == 0);
    CHECK(coloured.out.find("\x1b[32m") != std::string::npos);
    Child plain{running.loop, {}, {.terminal = true, .environment = {"TERM=xterm", "NO_COLOR=1"}}};
    CHECK(plain.wait() == 0);
    CHECK(plain.out.find('\x1b') == std::string::npos);
    CHECK(running.run({"--color=always"}) == 0);
    CHECK(running.out.find("\x1b[32m") != std::string::npos);
    CHECK(running.run({}) == 0);
    CHECK(running.out.find('\x1b') == std::string::npos);
}

TEST_CASE("what is not understood is 2 and asks nobody")
{
    Running running;
    CHECK(running.run({"drian"}) == 2);
    CHECK(running.run({"drain", "--timeout", "soon"}) == 2);
    CHECK(running.node->asked.empty());
}

TEST_CASE("check and plan need no daemon; mistakes are 78, a line each")
{
    std::string name = std::filesystem::temp_directory_path() / "realserverctl-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const std::filesystem::path directory{name};
    std::filesystem::create_directory(directory / "conf.d");
    std::ofstream{directory / "conf.d" / "web.toml"}
        << "forwarding = \"dr\"\nvips = [\"192.0.2.8\"]\nservices = [\"80/tcp\"]\n"
           "directors = [\"192.0.2.6\"]\n";
    Loop loop;
    const auto run = [&](const std::vector<std::string>& arguments, std::string& said) {
        Child child{loop, arguments};
        const auto status = child.wait();
        said = child.out + child.err;
        return status;
    };
    std::string said;
    CHECK(run({"check", name}, said) == 0);
    CHECK(said == name + ": OK, 1 role\n");
    CHECK(run({"plan", "--config", name}, said) == 0);
    CHECK(said.find("ip route add blackhole 192.0.2.8 metric") != std::string::npos);

    std::ofstream{directory / "conf.d" / "web.toml"} << "vps = 1\nforwarding = 3\n";
    CHECK(run({"check", name}, said) == 78);
    CHECK(std::ranges::count(said, '\n') >= 2);
    CHECK(said.find("web.toml:1:1: vps: ") != std::string::npos);
    CHECK(run({"plan", "--config", name}, said) == 78);
    CHECK(run({"check", name, "--json"}, said) == 78);
    CHECK(Json::parse(said)["mistakes"].size() >= 2);
    std::filesystem::remove_all(directory);
}
