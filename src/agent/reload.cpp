#include "agent/agent.hpp"
#include "reconcile/arp.hpp"

#include <algorithm>
#include <system_error>

// From one configuration to another: all of it, or nothing of it.
namespace rs {
namespace {

bool covered(const Prefix& vip, const Config& config)
{
    return std::ranges::any_of(config.roles, [&](const Role& role) {
        return std::ranges::any_of(role.vips, [&](const Prefix& each) {
            return each.length <= vip.length && contains(each, vip.address);
        });
    });
}

std::vector<Prefix> left_out(const std::vector<Prefix>& vips, const Config& config)
{
    std::vector<Prefix> gone;
    std::ranges::remove_copy_if(vips, std::back_inserter(gone),
                                [&](const Prefix& vip) { return covered(vip, config); });
    return gone;
}

std::string connections_to(std::uint32_t count, const std::vector<Prefix>& vips)
{
    auto text = std::to_string(count) + (count == 1 ? " connection to " : " connections to ") +
                to_string(vips.front());
    if (vips.size() > 1) {
        text += " and " + std::to_string(vips.size() - 1) + " more";
    }
    return text;
}

// Why a VIP that is silent now could be seen in ARP when all that `config` does not want is gone.
std::vector<std::string> exposed(const Config& config, const Host& host)
{
    std::vector<std::string> reasons;
    const auto after = when_only(host, desired_state(config, host));
    for (const auto& role : config.roles) {
        if (!arp_hazards(role, host).empty()) {
            continue;
        }
        for (const auto& hazard : arp_hazards(role, after)) {
            reasons.push_back("role " + role.name + ": " + hazard);
        }
    }
    return reasons;
}

} // namespace

std::vector<std::string> Agent::reload(Config config, const Moment& now)
{
    if (auto reasons = cut_off(config); !reasons.empty()) {
        return reasons;
    }
    kernel_.look_out(outlook(config));
    std::vector<std::string> reasons;
    try {
        reasons = prepare(config);
    } catch (const std::system_error&) {
        kernel_.look_out(outlook(config_));
        throw;
    }
    if (!reasons.empty()) {
        kernel_.look_out(outlook(config_));
        return reasons;
    }
    take_config(std::move(config), now);
    tell("reload", "",
         std::to_string(runs_.size()) + (runs_.size() == 1 ? " role" : " roles") + " in force");
    // It is in force from here on, whatever fails.
    try_to_save_drains();
    try_to([&] { reconcile(now); }, "what is not wanted any more is removed later");
    return reasons;
}

// Who is connected to a VIP that goes is cut off, unless its role was drained before.
std::vector<std::string> Agent::cut_off(const Config& config)
{
    std::vector<std::string> reasons;
    for (const auto& run : runs_) {
        const auto gone = left_out(run.role.vips, config);
        if (gone.empty() || std::holds_alternative<Drained>(run.drain)) {
            continue;
        }
        const auto& name = run.role.name;
        try {
            if (const auto count = connections_.count({gone, run.role.services}); count != 0) {
                reasons.push_back("role " + name + ": would cut off " +
                                  connections_to(count, gone) +
                                  "; drain it first: realserverctl drain " + name);
            }
        } catch (const std::system_error& error) {
            reasons.push_back("role " + name + ": counting connections: " + error.what());
        }
    }
    return reasons;
}

// Adds to the kernel what the new configuration wants of it, all of it or nothing.
std::vector<std::string> Agent::prepare(const Config& config)
{
    const auto host = kernel_.observe();
    auto wanted = host.owned;
    std::vector<Role> changed;
    std::vector<std::string> reasons;
    for (const auto& role : config.roles) {
        if (std::ranges::find(config_.roles, role) != config_.roles.end()) {
            continue;
        }
        auto desired = desired_state(role, host);
        for (auto& obstacle : desired.obstacles) {
            reasons.push_back("role " + role.name + ": " + obstacle);
        }
        wanted.merge(desired.objects);
        changed.push_back(role);
    }
    if (!reasons.empty()) {
        return reasons;
    }
    const auto plan = make_plan(host.owned, wanted);
    if (const auto failure = execute(plan, changed, OnFailure::roll_back, kernel_)) {
        reasons.push_back(to_string(failure->step) + ": " + failure->reason);
        return reasons;
    }
    const auto prepared = kernel_.observe();
    reasons = exposed(config, prepared);
    if (!reasons.empty()) {
        // What is refused of that, the next pass finds as surplus.
        static_cast<void>(
            execute(make_plan(prepared.owned, host.owned), {}, OnFailure::stop, kernel_));
    }
    return reasons;
}

} // namespace rs
