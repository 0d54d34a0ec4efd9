#include "ctl/planned.hpp"
#include "ctl/step_command.hpp"
#include "kernel/lab.hpp"

using namespace rs;
using namespace rs::test;

namespace {

// All that a plan may change, as iproute2 shows it. The address protocol is left out: `ip` of
// Debian 12 can neither set nor show it.
std::string network_state()
{
    const std::string addresses = "ip -o addr | sed 's/ proto 0x52//'";
    const std::string routes = "ip -d $family route show table all | sort; ip -d $family rule";
    const std::string sysctls = "grep -H . /proc/sys/net/ipv4/conf/*/arp_*";
    return output(addresses + "; for family in -4 -6; do " + routes + "; done; " + sysctls);
}

std::string script(const Plan& plan)
{
    std::string text = "set -e\n";
    for (const auto& step : plan) {
        text += ctl::step_command(step) + " > /dev/null\n";
    }
    return text;
}

Plan reversed(const Plan& plan)
{
    Plan result;
    for (auto step = plan.rbegin(); step != plan.rend(); ++step) {
        result.push_back(inverse(*step));
    }
    return result;
}

// As the agent finds it: lo up. What the kernel does by itself is the same in every namespace.
struct States {
    std::string before;
    std::string applied;
    std::string undone;
};

States by_kernel(const Plan& plan)
{
    Lab lab;
    States states;
    states.before = network_state();
    REQUIRE(reasons(lab.kernel.apply(plan)).empty());
    states.applied = network_state();
    REQUIRE(reasons(lab.kernel.apply(reversed(plan))).empty());
    states.undone = network_state();
    return states;
}

States by_commands(const Plan& plan)
{
    Lab lab;
    States states;
    states.before = network_state();
    REQUIRE(run(script(plan)) == 0);
    states.applied = network_state();
    REQUIRE(run(script(reversed(plan))) == 0);
    states.undone = network_state();
    return states;
}

} // namespace

TEST_CASE("the commands of a plan do to a kernel what the daemon does, and so do those back")
{
    const auto plan = make_plan({}, every_kind());
    const auto ours = by_kernel(plan);
    const auto theirs = by_commands(plan);
    CHECK(theirs.before == ours.before);
    CHECK(theirs.applied == ours.applied);
    CHECK(ours.applied != ours.before);
    CHECK(theirs.undone == ours.undone);
}

TEST_CASE("the guards of a plan come with their table, and it goes with the last of them")
{
    Lab lab;
    if (run("nft list ruleset > /dev/null 2>&1") != 0) {
        return; // the daemon would not have them either
    }
    lab.kernel.look_out({{}, false, true});
    Role role;
    role.name = "web";
    role.vips = {prefix("192.0.2.8"), prefix("192.0.2.9"), prefix("198.51.100.0/24")};
    const auto run_plan = [&](const Config& config) {
        for (const auto& step : ctl::planned(config, lab.kernel.observe(), {})) {
            INFO(step.command);
            CHECK((!step.command.starts_with("nft") || run(step.command) == 0));
        }
    };
    const auto guards = [&] {
        auto owned = lab.kernel.observe().owned;
        std::erase_if(
            owned, [](const Object& object) { return !std::holds_alternative<ArpGuard>(object); });
        return owned;
    };
    run_plan({{}, {role}});
    CHECK(guards() ==
          State{ArpGuard{role.vips[0]}, ArpGuard{role.vips[1]}, ArpGuard{role.vips[2]}});
    role.vips.pop_back();
    run_plan({{}, {role}});
    CHECK(guards() == State{ArpGuard{role.vips[0]}, ArpGuard{role.vips[1]}});
    run_plan({});
    CHECK(output("nft list ruleset").empty());
}
