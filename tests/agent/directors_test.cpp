#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

const auto first = *parse_address("198.51.100.6");
const auto second = *parse_address("198.51.100.7");

Role directed_role()
{
    auto role = web_role({"192.0.2.8"});
    role.services = {{80, Protocol::tcp}};
    role.directors = {first, second};
    return role;
}

class Cluster : public AgentFixture {
public:
    Cluster() { start({directed_role()}); }

    // Every two seconds a director asks, and is told what holds.
    void poll(const Address& director, microseconds time)
    {
        for (microseconds at{}; at < time; at += 2s) {
            agent.polled({director, "web", role().state}, now);
            pass(2s);
            agent.follow_drains(now);
        }
    }

    RoleState state() { return role().state; }
};

} // namespace

TEST_CASE("a drain is not over before the directors that poll have been told, and acted on it")
{
    Cluster cluster;
    cluster.poll(first, 20s);
    cluster.agent.drain("web", {}, true, cluster.now);
    cluster.pass(1500ms);
    cluster.agent.follow_drains(cluster.now);
    cluster.pass(1500ms);
    cluster.agent.follow_drains(cluster.now);
    CHECK(cluster.state() == RoleState::draining);
    CHECK_FALSE(cluster.role().directors.front().told);
    cluster.poll(first, 8s);
    CHECK(cluster.role().directors.front().told);
    CHECK(cluster.state() == RoleState::drained);
}

TEST_CASE("each of two directors must be told")
{
    Cluster cluster;
    for (int i = 0; i != 5; ++i) {
        cluster.agent.polled({second, "web", RoleState::serving}, cluster.now);
        cluster.poll(first, 2s);
    }
    cluster.agent.drain("web", {}, true, cluster.now);
    cluster.poll(first, 6s);
    CHECK(cluster.state() == RoleState::draining);
    for (int i = 0; i != 4; ++i) {
        cluster.agent.polled({second, "web", RoleState::draining}, cluster.now);
        cluster.poll(first, 2s);
    }
    CHECK(cluster.state() == RoleState::drained);
}

TEST_CASE("a director that stopped asking is not waited for")
{
    Cluster cluster;
    cluster.poll(first, 20s);
    cluster.pass(1min);
    cluster.agent.drain("web", {}, true, cluster.now);
    cluster.pass(1s);
    cluster.agent.follow_drains(cluster.now);
    CHECK(cluster.state() == RoleState::drained);
}

TEST_CASE("who is no director of the role does not count, nor does a poll of another role")
{
    Cluster cluster;
    cluster.agent.polled({*parse_address("198.51.100.99"), "web", RoleState::serving}, cluster.now);
    cluster.agent.polled({first, "mail", RoleState::serving}, cluster.now);
    for (const auto& director : cluster.role().directors) {
        CHECK_FALSE(director.last_poll);
    }
    cluster.agent.polled({first, "", RoleState::serving}, cluster.now);
    CHECK(cluster.role().directors.front().last_poll == cluster.now.wall);
    CHECK(cluster.role().directors.front().last_answer == "serving");
}

TEST_CASE("an undrained role's directors have to be told again")
{
    Cluster cluster;
    cluster.poll(first, 20s);
    cluster.agent.drain("web", {}, true, cluster.now);
    cluster.poll(first, 10s);
    cluster.agent.undrain("web", cluster.now);
    CHECK_FALSE(cluster.role().directors.front().told);
    cluster.agent.polled({first, "web", RoleState::serving}, cluster.now);
    CHECK_FALSE(cluster.role().directors.front().told);
    cluster.pass(2s);
    cluster.agent.polled({first, "web", RoleState::serving}, cluster.now);
    CHECK(cluster.role().directors.front().told);
}

TEST_CASE("a director that does not ask for long is a problem, unless nobody could ask")
{
    AgentFixture on;
    auto config = on.config({directed_role()});
    config.node.health.listen = {{*parse_address("0.0.0.0"), 9180}};
    on.agent.start(config, on.now);
    on.pass(2min);
    on.agent.reconcile(on.now);
    CHECK(on.role().problems.empty());
    on.pass(2min);
    on.agent.reconcile(on.now);
    CHECK(on.role().problems ==
          std::vector<std::string>{"director 198.51.100.6 has not asked since the daemon started "
                                   "whether it may send clients",
                                   "director 198.51.100.7 has not asked since the daemon started "
                                   "whether it may send clients"});
    config.node.health.listen.clear();
    CHECK(on.agent.reload(config, on.now).empty());
    CHECK(on.role().problems.empty());
}

TEST_CASE("it is told who begins and who ceases to ask")
{
    Cluster cluster;
    cluster.poll(first, 10s);
    CHECK(cluster.told("director") == 1);
    cluster.pass(1min);
    cluster.agent.reconcile(cluster.now);
    CHECK(cluster.told("director") == 2);
    CHECK(cluster.events.back().text == "198.51.100.6 has stopped asking");
}

TEST_CASE("a drain that blocks probes does so until the role serves again")
{
    AgentFixture on;
    auto role = directed_role();
    role.drain.probes = true;
    on.start({role});
    const ProbeBlock block{*parse_address("198.51.100.9"), first, 80};
    CHECK_FALSE(on.kernel.host.owned.contains(block));
    on.agent.drain("web", {}, true, on.now);
    on.agent.reconcile(on.now);
    CHECK(on.kernel.host.owned.contains(block));
    CHECK(on.kernel.host.owned.contains(on.vip));
    on.kernel.host.owned.erase(block);
    on.agent.reconcile(on.now);
    CHECK(on.kernel.host.owned.contains(block));
    on.agent.undrain("web", on.now);
    on.agent.reconcile(on.now);
    CHECK_FALSE(on.kernel.host.owned.contains(block));
}

TEST_CASE("at stop the probes stay blocked until the VIPs are gone")
{
    AgentFixture on;
    auto role = directed_role();
    role.drain.probes = true;
    on.start({role});
    on.agent.drain("web", {}, true, on.now);
    on.agent.reconcile(on.now);
    bool open_while_bound = false;
    on.kernel.after_step = [&](const Step& step) {
        open_while_bound = open_while_bound || (std::holds_alternative<ProbeBlock>(step.object) &&
                                                on.kernel.host.owned.contains(on.vip));
    };
    CHECK(on.agent.stop().empty());
    CHECK_FALSE(open_while_bound);
    CHECK(on.kernel.host.owned.empty());
}

TEST_CASE("a drain right after a restart waits for the directors that polled before it")
{
    Cluster cluster;
    cluster.poll(first, 20s);
    Agent second_life{cluster.kernel, cluster.connections, cluster.store,
                      cluster.polls,  cluster.health,      "test"};
    second_life.start(cluster.config({directed_role()}), cluster.now);
    second_life.drain("web", {}, true, cluster.now);
    const auto state_after = [&](microseconds time) {
        cluster.pass(time);
        second_life.follow_drains(cluster.now);
        return second_life.status(cluster.now).roles.front().state;
    };
    CHECK(state_after(3s) == RoleState::draining);
    CHECK(state_after(3s) == RoleState::draining);
    // It never comes back.
    CHECK(state_after(2s) == RoleState::draining);
    CHECK(state_after(2s) == RoleState::drained);
}
