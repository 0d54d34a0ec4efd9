#include "running.hpp"
#include "view/status_json.hpp"

#include <csignal>

using namespace rs;
using namespace rs::test;

namespace {

// A drain of the role `web` that waits.
struct WaitingDrain {
    WaitingDrain() { REQUIRE(drain.says("web: draining")); }

    Running running;
    Child drain{running.loop, {"drain", "web"}};
};

} // namespace

TEST_CASE("an unknown role is 6, with what was meant, and nothing is drained")
{
    Running running;
    CHECK(running.run({"status", "wbe"}) == 6);
    CHECK(running.err == "no role is called 'wbe'; did you mean 'web'? The roles are: mail, web\n");
    CHECK(running.run({"drain", "mail", "wbe"}) == 6);
    CHECK(running.run({"undrain", "wbe"}) == 6);
    CHECK(running.node->asked.empty());
}

TEST_CASE("a drain waits until the role is drained, and says every change on a line")
{
    Running running;
    Child drain{running.loop, {"drain", "web", "--timeout", "10m", "--runtime"}};
    REQUIRE(drain.says("web: draining, 12 connections left\n"));
    running.node->set("web", RoleState::draining, 1);
    REQUIRE(drain.says("web: draining, 1 connection left\n"));
    running.node->set("web", RoleState::drained, 0);
    CHECK(drain.wait() == 0);
    CHECK(drain.out == "web: draining, 12 connections left\n"
                       "web: draining, 1 connection left\n"
                       "web: drained\n");
    CHECK(running.node->asked == std::vector<std::string>{"drain web"});
    CHECK(running.node->requests == std::vector<DrainRequest>{{10min, false}});
}

TEST_CASE("without a role the whole node is drained, with each role's own timeout")
{
    Running running;
    Child drain{running.loop, {"drain"}};
    REQUIRE(drain.says("web: draining"));
    running.node->set("web", RoleState::drained, 0);
    REQUIRE(drain.says("web: drained"));
    running.node->set("mail", RoleState::drained, 0);
    CHECK(drain.wait() == 0);
    CHECK(running.node->asked == std::vector<std::string>{"drain "});
    CHECK(running.node->requests == std::vector<DrainRequest>{{std::nullopt, true}});
}

TEST_CASE_METHOD(WaitingDrain, "a drain that gives up with connections left is 5")
{
    running.node->set("web", RoleState::drained, 3);
    CHECK(drain.wait() == 5);
    CHECK(drain.out.ends_with("web: drained, 3 connections left\n"));
}

TEST_CASE_METHOD(WaitingDrain, "a drain that somebody takes back meanwhile has failed")
{
    running.node->undrain("web");
    CHECK(drain.wait() == 1);
    CHECK(drain.err.find("The drain was ended") != std::string::npos);
}

TEST_CASE("Ctrl-C leaves the drain running and says how to undo it")
{
    Running running;
    Child drain{running.loop, {"drain", "web", "mail"}};
    REQUIRE(drain.says("mail: draining"));
    drain.signal(SIGINT);
    CHECK(drain.wait() == 130);
    CHECK(drain.err == "Interrupted: the drain goes on. To look: realserverctl status; to undo: "
                       "realserverctl undrain web mail\n");
    CHECK(running.node->asked == std::vector<std::string>{"drain web", "drain mail"});
}

TEST_CASE_METHOD(WaitingDrain, "a daemon that ends while a drain waits is 3")
{
    running.node.reset();
    CHECK(drain.wait() == 3);
    CHECK(drain.err.find("realserverd has stopped") != std::string::npos);
}

TEST_CASE_METHOD(WaitingDrain, "a bus that ends while a drain waits is 3")
{
    running.bus.kill();
    CHECK(drain.wait() == 3);
}

TEST_CASE("on a terminal the progress is one line, redrawn and taken away at the end")
{
    Running running;
    Child drain{running.loop, {"drain", "web"}, {.terminal = true}};
    REQUIRE(drain.says("\r\x1b[Kdraining web: 12 connections left"));
    running.node->set("web", RoleState::draining, 1);
    REQUIRE(drain.says("\r\x1b[Kdraining web: 1 connection left"));
    running.node->set("web", RoleState::drained, 0);
    CHECK(drain.wait() == 0);
    CHECK(drain.out.ends_with("\r\x1b[Kweb: drained\r\n"));
}

TEST_CASE("--no-wait returns at once")
{
    Running running;
    CHECK(running.run({"drain", "web", "--no-wait"}) == 0);
    CHECK(running.out == "web: draining, 12 connections left\n");
    CHECK(running.run({"undrain", "--no-wait", "--json"}) == 0);
    CHECK(Json::parse(running.out)["roles"].size() == 2);
}

TEST_CASE("an undrain waits for the role to serve, and fails if it does not")
{
    Running running;
    running.node->set("web", RoleState::drained, 0);
    CHECK(running.run({"undrain", "web"}) == 0);
    CHECK(running.out == "web: serving\n");
    running.node->after_undrain = RoleState::degraded;
    CHECK(running.run({"undrain"}) == 1);
    CHECK(running.err == "Not every role serves; see: realserverctl status\n");
}
