#include "health/pages.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

using namespace std::chrono_literals;

NodeStatus serving()
{
    NodeStatus node;
    node.version = "1";
    node.roles.emplace_back();
    node.roles[0].name = "web";
    node.roles[0].state = RoleState::serving;
    return node;
}

struct Fixture {
    Pages pages;
    EndpointCounters counters;
    Pages::Clock::time_point now{1h};

    const Answer& get(std::string_view path)
    {
        return pages.find("GET", path, counters, now).answer;
    }
};

TEST_CASE("before anything is known nobody is told yes")
{
    Fixture fixture;
    CHECK(fixture.get("/health").code == 503);
    CHECK(fixture.get("/status").code == 503);
    CHECK(fixture.pages.agent_check_line() == "down #starting\n");
}

TEST_CASE("pages are found by path and method")
{
    Fixture fixture;
    fixture.pages.publish(serving());
    CHECK(fixture.get("/health").code == 200);
    CHECK(fixture.get("/health/web").told == RoleState::serving);
    CHECK(fixture.get("/health/").code == 404);
    CHECK(fixture.get("/health/other").code == 404);
    CHECK(fixture.get("").code == 404);
    CHECK(fixture.pages.find("POST", "/health", {}, fixture.now).answer.code == 405);
    CHECK(fixture.pages.find("POST", "/nothing", {}, fixture.now).answer.code == 405);
}

TEST_CASE("what is rendered on demand is kept for a second, or until a director is told otherwise")
{
    Fixture fixture;
    auto status = serving();
    fixture.pages.publish(status);
    const auto before = fixture.get("/metrics").body;
    fixture.counters.requests[200] = 7;
    status.drifts = 7;
    fixture.pages.publish(status);
    fixture.now += 999ms;
    CHECK(fixture.get("/metrics").body == before);
    fixture.now += 1ms;
    CHECK(fixture.get("/metrics").body.find("realserverd_drifts_total 7\n") != std::string::npos);
    CHECK(fixture.get("/metrics").body.find("{code=\"200\"} 7\n") != std::string::npos);
    CHECK(fixture.get("/status").body.find("draining") == std::string::npos);
    status.state = status.roles[0].state = RoleState::draining;
    fixture.pages.publish(status);
    CHECK(fixture.get("/status").body.find("draining") != std::string::npos);
    CHECK(fixture.get("/health/web").code == 503);
}

TEST_CASE("a label is quoted whatever it holds")
{
    auto status = serving();
    status.roles[0].checks.push_back({"exec", "a \"b\" \\c\nd", true, {}});
    const auto text = metrics_text(status, {});
    CHECK(text.find(R"(target="a \"b\" \\c\nd"} 1)") != std::string::npos);
}

} // namespace
} // namespace rs
