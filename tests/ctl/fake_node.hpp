#pragma once
#include "bus/bus_service.hpp"
#include "bus/private_bus.hpp"
#include "model/errors.hpp"
#include "sample.hpp"

#include <algorithm>
#include <functional>

namespace rs::test {

// A daemon without a host: what it is told shows in its status, how a drain goes on is up to the
// test.
class FakeNode final : public Control {
public:
    explicit FakeNode(Loop& loop, BusKind kind = BusKind::system) : service{loop, *this, kind}
    {
        status = two_roles();
        status.roles[0] = web();
        status.roles[0].name = "mail";
        status.state = RoleState::serving;
        publish();
    }

    void drain(const std::string& role, const DrainRequest& request) override
    {
        asked.push_back("drain " + role);
        requests.push_back(request);
        change(role, [](RoleStatus& each) {
            each.state = RoleState::draining;
            each.drain = DrainStatus{noon, noon + 5min, true};
        });
    }

    void undrain(const std::string& role) override
    {
        asked.push_back("undrain " + role);
        change(role, [this](RoleStatus& each) {
            each.state = after_undrain;
            each.drain.reset();
        });
    }

    void reload() override
    {
        asked.emplace_back("reload");
        if (!mistakes.empty()) {
            throw BadConfiguration{mistakes};
        }
    }

    std::uint32_t connections(const std::string& role) override
    {
        const auto found = std::ranges::find(status.roles, role, &RoleStatus::name);
        return found == status.roles.end() ? 0 : found->connections;
    }

    [[nodiscard]] LogLevel log_level() const override { return LogLevel::info; }

    void set_log_level(LogLevel /*level*/) override {}

    // An empty role is all of them. Published at once.
    void change(const std::string& role, const std::function<void(RoleStatus&)>& how)
    {
        for (auto& each : status.roles) {
            if (role.empty() || each.name == role) {
                how(each);
            }
        }
        publish();
    }

    void set(const std::string& role, RoleState state, std::uint32_t connections_left)
    {
        change(role, [&](RoleStatus& each) {
            each.state = state;
            each.connections = connections_left;
        });
    }

    void publish() { service.publish(status); }

    NodeStatus status;
    std::vector<std::string> asked;
    std::vector<DrainRequest> requests;
    std::string mistakes;
    RoleState after_undrain = RoleState::serving;
    BusService service;
};

} // namespace rs::test
