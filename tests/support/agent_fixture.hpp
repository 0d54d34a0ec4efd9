#pragma once
#include "agent/agent.hpp"
#include "support/memory_kernel.hpp"
#include "support/temporary_directory.hpp"

namespace rs::test {

// Connections that a test says there are.
class StatedConnections : public Connections {
public:
    std::uint32_t open = 0;
    int resets = 0;
    bool can_reset = true;

    std::uint32_t count(const ConnectionFilter&) override { return open; }

    std::uint32_t reset(const ConnectionFilter&) override
    {
        if (!can_reset) {
            throw std::system_error(EOPNOTSUPP, std::generic_category(), "SOCK_DESTROY");
        }
        ++resets;
        return std::exchange(open, 0);
    }
};

// An agent on a host in memory, with a clock that stands until told.
class AgentFixture {
public:
    MemoryKernel kernel;
    StatedConnections connections;
    TemporaryDirectory runtime;
    TemporaryDirectory state;
    DrainStore store{runtime.path().string(), state.path().string()};
    PollStore polls{runtime.path().string()};
    HealthStore health{runtime.path().string()};
    Agent agent{kernel, connections, store, polls, health, "test"};
    Moment now{TimePoint{std::chrono::hours{1}}, WallTime{std::chrono::hours{1'000'000}}};
    std::vector<Event> events;
    const VipAddress vip{*parse_address("192.0.2.8"), "lo", {}};

    AgentFixture() { with_network(kernel); }

    static Config config(std::vector<Role> roles) { return {{}, std::move(roles)}; }

    void start(std::vector<Role> roles) { agent.start(config(std::move(roles)), now); }

    void pass(microseconds time) { now = {now.monotonic + time, now.wall + time}; }

    RoleStatus role() { return agent.status(now).roles.at(0); }

    // How many events of that kind there have been.
    long told(const std::string& kind)
    {
        std::ranges::move(agent.take_events(), std::back_inserter(events));
        return std::ranges::count(events, kind, &Event::kind);
    }

    static bool binds_address(const Step& step)
    {
        return std::holds_alternative<VipAddress>(step.object);
    }
};

} // namespace rs::test
