#include "reconcile/desired.hpp"
#include "reconcile/executor.hpp"
#include "support/catch.hpp"
#include "support/memory_kernel.hpp"

using namespace rs;
using namespace rs::test;

namespace {

const ArpGuard guard{*parse_prefix("192.0.2.8")};

struct GuardedHost {
    MemoryKernel kernel;
    Role role = web_role();

    GuardedHost() { with_network(kernel); }

    [[nodiscard]] Desired desired() { return desired_state(role, kernel.observe()); }

    std::optional<Failure> carry_out()
    {
        const auto plan = make_plan(kernel.observe().owned, desired().objects);
        return execute(plan, {&role, 1}, OnFailure::roll_back, kernel);
    }
};

bool guards(const Step& step)
{
    return std::holds_alternative<ArpGuard>(step.object);
}

} // namespace

TEST_CASE_METHOD(GuardedHost, "IPv4 VIPs are guarded as they are written, unless that is off")
{
    role = web_role({"192.0.2.8", "192.0.3.0/24", "2001:db8::8"});
    CHECK(arp_guards(role, kernel.host) == State{guard, ArpGuard{*parse_prefix("192.0.3.0/24")}});
    CHECK(outlook({{}, {role}}).arp_guards);
    role.arp_guard = GuardUse::off;
    CHECK(arp_guards(role, kernel.host).empty());
    CHECK_FALSE(outlook({{}, {role}}).arp_guards);
    CHECK_FALSE(outlook({{}, {web_role({"2001:db8::8"})}}).arp_guards);
}

TEST_CASE_METHOD(GuardedHost, "the guard is there before the VIP and until after it")
{
    const auto unguarded = [&](const Step&) {
        const auto& owned = kernel.host.owned;
        CHECK((std::ranges::none_of(owned, binds_vip) || owned.contains(guard)));
    };
    kernel.after_step = unguarded;
    REQUIRE_FALSE(carry_out());
    REQUIRE(kernel.host.owned.contains(guard));
    REQUIRE_FALSE(execute(make_plan(kernel.observe().owned, {}), {}, OnFailure::stop, kernel));
    CHECK(kernel.host.owned.empty());
}

TEST_CASE_METHOD(GuardedHost,
                 "a guard that cannot be had is gone without, unless it is insisted on")
{
    kernel.refuse = guards;
    CHECK_FALSE(carry_out());
    CHECK(std::ranges::any_of(kernel.host.owned, binds_vip));
    role.arp_guard = GuardUse::on;
    CHECK(carry_out());
}

TEST_CASE_METHOD(GuardedHost,
                 "where it is known that there are none, none is wanted but what is there")
{
    kernel.host.arp_guard_problem = "no nf_tables";
    CHECK_FALSE(desired().objects.contains(guard));
    CHECK(desired().obstacles.empty());
    CHECK(desired().warnings.empty());
    kernel.host.owned.insert(guard);
    CHECK(desired().objects.contains(guard));
    role.arp_guard = GuardUse::on;
    CHECK(desired().obstacles ==
          std::vector<std::string>{"arp.guard is on and cannot be had: no nf_tables"});
}

TEST_CASE_METHOD(GuardedHost, "of a VIP on a network device it is said whether it is heard there",
                 "[fault-15]")
{
    kernel.host.addresses.push_back({"eth0", *parse_prefix("192.0.2.8/24"), false});
    REQUIRE(desired().obstacles.size() == 1);
    CHECK(desired().obstacles.front().find("and answers ARP there") != std::string::npos);
    kernel.host.owned.insert(guard);
    REQUIRE(desired().obstacles.size() == 1);
    CHECK(desired().obstacles.front().find("kept silent by the ARP guard") != std::string::npos);
}
