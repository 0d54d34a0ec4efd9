#pragma once
#include "ctl/exit_status.hpp"
#include "model/status.hpp"

#include <set>

// How far a drain or its end has got. Pure.
namespace rs::ctl {

class DrainProgress {
public:
    explicit DrainProgress(std::vector<std::string> roles) : roles_{std::move(roles)} {}

    // Nothing while some role still drains. Afterwards done, timed_out (a role gave up waiting
    // with connections left), or failed: somebody ended the drain, or the role is gone.
    [[nodiscard]] std::optional<Exit> look(const NodeStatus& status);

    // One line for all: "draining mail, web: 4 connections left, 1 of 2 roles drained, 12s of
    // 5min".
    [[nodiscard]] std::string line(const NodeStatus& status, WallTime now) const;

private:
    [[nodiscard]] std::optional<Exit> look(const RoleStatus* role, const std::string& name);

    std::vector<std::string> roles_;
    std::set<std::string> begun_; // seen draining: the daemon publishes it after its answer
};

// "web: draining, 3 connections left", "web: drained", "web: serving", "web: no longer configured"
[[nodiscard]] std::string role_line(const NodeStatus& status, const std::string& name);

// Nothing while some of `roles` is still drained. Afterwards done if all of them serve, else
// failed.
[[nodiscard]] std::optional<Exit> undrain_outcome(const NodeStatus& status,
                                                  const std::vector<std::string>& roles);

} // namespace rs::ctl
