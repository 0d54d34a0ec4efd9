#include "reconcile/executor.hpp"
#include "support/catch.hpp"
#include "support/memory_kernel.hpp"

using namespace rs;
using namespace rs::test;

// The laws of the core, over random pairs of states.
namespace {

class Dice {
public:
    explicit Dice(unsigned seed) : engine_{seed} {}

    unsigned below(unsigned n)
    {
        return std::uniform_int_distribution<unsigned>{0, n - 1}(engine_);
    }

private:
    std::mt19937 engine_;
};

Prefix random_vip(Dice& dice)
{
    return *parse_prefix("192.0.2." + std::to_string(dice.below(4)));
}

void add_random_object(Dice& dice, State& state)
{
    const auto vip = random_vip(dice);
    switch (dice.below(7)) {
    case 0:
        state.insert(Guard{vip});
        break;
    case 1:
        state.insert(ReplyRoute{820'000 + dice.below(2), vip, std::nullopt, "eth0", 0});
        break;
    case 2:
        state.insert(ReplyRule{vip, 820'000});
        break;
    case 3:
        state.insert(ProbeBlock{*parse_address("198.51.100.9"), vip.address, 80});
        break;
    case 4:
        state.insert(ArpGuard{vip});
        break;
    case 5:
        state.insert(VipAddress{vip.address, "lo", {}});
        break;
    default:
        state.insert(VipRoute{vip, "lo"});
    }
}

// With ARP suppressed on all devices: nothing else lets a VIP be bound.
State random_state(Dice& dice, const Host& host)
{
    auto state = dice.below(4) == 0 ? State{} : arp_suppression(web_role(), host);
    if (!state.empty()) {
        for (auto i = dice.below(12); i != 0; --i) {
            add_random_object(dice, state);
        }
    }
    return state;
}

MemoryKernel& bring_to(MemoryKernel& kernel, const State& state)
{
    Plan plan;
    for (const auto& object : state) {
        plan.push_back({Step::Action::add, object});
    }
    REQUIRE(kernel.apply(plan).empty());
    kernel.steps = 0;
    return kernel;
}

bool arp_unsafe(const Host& host)
{
    return std::ranges::any_of(host.owned, binds_vip) && !arp_hazards(web_role(), host).empty();
}

constexpr int rounds = 500;

} // namespace

TEST_CASE("applying the plan yields the desired state, and its plan is then empty")
{
    Dice dice{42};
    for (int i = 0; i != rounds; ++i) {
        MemoryKernel kernel;
        with_network(kernel);
        const auto plain = kernel.host;
        bring_to(kernel, random_state(dice, plain));
        const auto desired = random_state(dice, plain);
        const auto role = web_role();
        REQUIRE_FALSE(execute(make_plan(kernel.observe().owned, desired), {&role, 1},
                              OnFailure::roll_back, kernel));
        REQUIRE(kernel.observe().owned == desired);
        REQUIRE(make_plan(kernel.observe().owned, desired).empty());
    }
}

TEST_CASE("wherever the kernel refuses, the rollback restores the start")
{
    Dice dice{43};
    for (int i = 0; i != rounds; ++i) {
        MemoryKernel start;
        with_network(start);
        const auto plain = start.host;
        bring_to(start, random_state(dice, plain));
        const auto plan = make_plan(start.observe().owned, random_state(dice, plain));
        auto role = web_role();
        role.arp_guard = GuardUse::on; // else the guard is dispensable
        for (int nth = 0; nth != static_cast<int>(plan.size()); ++nth) {
            MemoryKernel kernel;
            kernel.host = start.host;
            kernel.ledger = start.ledger;
            kernel.refuse_nth = nth;
            const auto failure = execute(plan, {&role, 1}, OnFailure::roll_back, kernel);
            REQUIRE(failure);
            REQUIRE(failure->not_undone.empty());
            REQUIRE(kernel.observe().owned == start.observe().owned);
            REQUIRE(kernel.host.sysctls == start.host.sysctls);
            REQUIRE(kernel.ledger == start.ledger);
        }
    }
}

TEST_CASE("ARP is silent before a VIP appears and until after it is gone")
{
    Dice dice{44};
    for (int i = 0; i != rounds; ++i) {
        MemoryKernel kernel;
        with_network(kernel);
        kernel.host.sysctls[{"eth0", "arp_ignore"}] = static_cast<int>(dice.below(10));
        const auto plain = kernel.host;
        kernel.after_step = [&](const Step&) { REQUIRE_FALSE(arp_unsafe(kernel.host)); };
        const auto role = web_role();
        const auto up = random_state(dice, plain);
        REQUIRE_FALSE(execute(make_plan({}, up), {&role, 1}, OnFailure::roll_back, kernel));
        REQUIRE_FALSE(execute(make_plan(up, {}), {}, OnFailure::stop, kernel));
        REQUIRE(kernel.host.sysctls == plain.sysctls);
    }
}

TEST_CASE("on the way out a refused step leaves the ARP suppression where it is")
{
    MemoryKernel kernel;
    with_network(kernel);
    auto up = arp_suppression(web_role(), kernel.host);
    up.insert(VipAddress{*parse_address("192.0.2.8"), "lo", {}});
    bring_to(kernel, up);
    kernel.refuse = [](const Step& step) { return binds_vip(step.object); };
    CHECK(execute(make_plan(up, {}), {}, OnFailure::stop, kernel));
    CHECK(kernel.observe().owned == up);
}

TEST_CASE("a rollback that cannot unbind leaves the ARP suppression where it is")
{
    Dice dice{45};
    int kept_bound = 0;
    for (int i = 0; i != rounds; ++i) {
        MemoryKernel plain;
        with_network(plain);
        auto role = web_role();
        role.arp_guard = GuardUse::on; // else the guard is dispensable
        const auto plan = make_plan({}, random_state(dice, plain.host));
        for (int nth = 0; nth != static_cast<int>(plan.size()); ++nth) {
            MemoryKernel kernel;
            kernel.host = plain.host;
            kernel.refuse_nth = nth;
            kernel.refuse = [](const Step& step) {
                return step.action == Step::Action::remove && binds_vip(step.object);
            };
            kernel.after_step = [&](const Step&) { REQUIRE_FALSE(arp_unsafe(kernel.host)); };
            const auto failure = execute(plan, {&role, 1}, OnFailure::roll_back, kernel);
            if (std::ranges::any_of(kernel.host.owned, binds_vip)) {
                ++kept_bound;
                REQUIRE(failure);
                REQUIRE_FALSE(failure->not_undone.empty());
            }
        }
    }
    CHECK(kept_bound > 100);
}

TEST_CASE("a plan is as many batches as it has kinds of steps, however many VIPs there are")
{
    MemoryKernel kernel;
    with_network(kernel);
    auto role = web_role({"192.0.2.0/24"});
    role.bind = Bind::address;
    const auto desired = desired_state(role, kernel.observe());
    REQUIRE(desired.objects.size() > 256);
    REQUIRE_FALSE(
        execute(make_plan({}, desired.objects), {&role, 1}, OnFailure::roll_back, kernel));
    CHECK(kernel.batches == 4); // guard, ARP guard, sysctls, addresses
}

TEST_CASE("a VIP is not bound when ARP is not silent at that moment")
{
    MemoryKernel kernel;
    with_network(kernel);
    const auto role = web_role();
    const auto plan = make_plan({}, desired_state(role, kernel.observe()).objects);
    kernel.after_step = [&](const Step& step) {
        if (std::holds_alternative<Sysctl>(step.object) && step.action == Step::Action::add) {
            kernel.add_link("eth9", true);
            kernel.host.sysctls[{"eth9", "arp_ignore"}] = 4;
            kernel.after_step = [](const Step&) {};
        }
    };
    const auto failure = execute(plan, {&role, 1}, OnFailure::roll_back, kernel);
    REQUIRE(failure);
    CHECK(failure->reason.find("eth9") != std::string::npos);
    CHECK(kernel.observe().owned.empty());
}
