#include "kernel/arp_script.hpp"
#include "kernel/lab.hpp"
#include "kernel/monitor.hpp"
#include "kernel/nftables.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

using namespace rs;
using namespace rs::test;

namespace {

// In a namespace that has been seen to hold a guard: some kernels cannot, and libnftables is
// optional.
struct GuardedLab : Lab {
    Monitor monitor{kernel};

    GuardedLab()
    {
        kernel.look_out({{}, false, true});
        const auto problem = run_nftables("add table arp realserverd");
        if (problem) {
            std::fprintf(stderr, "skipped: no ARP guard here: %s\n", problem->c_str());
            std::_Exit(77);
        }
        REQUIRE_FALSE(run_nftables("delete table arp realserverd"));
    }

    [[nodiscard]] State owned() { return kernel.observe().owned; }

    void bring_to(const State& desired)
    {
        const auto refused = kernel.apply(make_plan(owned(), desired));
        INFO(reasons(refused) << ruleset());
        REQUIRE(refused.empty());
        REQUIRE(owned() == desired);
    }

    [[nodiscard]] static std::string ruleset() { return output("nft list ruleset"); }
};

State guards(std::initializer_list<const char*> vips)
{
    State state;
    for (const auto* vip : vips) {
        state.insert(ArpGuard{prefix(vip)});
    }
    return state;
}

// Sends a packet from `sender` to a neighbour that nobody knows: the kernel asks for it at once.
void make_it_ask(const std::string& sender)
{
    const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in own{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&own.sin_addr, address(sender).bytes.data(), sizeof own.sin_addr);
    auto unknown = own;
    unknown.sin_port = 9;
    std::memcpy(&unknown.sin_addr, address("10.0.0.77").bytes.data(), sizeof unknown.sin_addr);
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): that is the socket API
    REQUIRE(::bind(socket.value(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    REQUIRE(::sendto(socket.value(), "", 0, 0, reinterpret_cast<const sockaddr*>(&unknown),
                     sizeof unknown) == 0);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
}

// What the guards have dropped once the host has asked for a neighbour with `sender` as its own
// address, which no sysctl forbids here.
std::string dropped_of(const std::string& sender)
{
    REQUIRE(run("ip addr add " + sender + "/32 dev lo") == 0);
    make_it_ask(sender);
    REQUIRE(run("ip neigh del 10.0.0.77 dev veth0; ip addr del " + sender + "/32 dev lo") == 0);
    return output("nft list ruleset | grep -o 'counter packets [1-9]'");
}

} // namespace

TEST_CASE("guards of every length are added, seen as asked for, and removed without a trace")
{
    GuardedLab lab;
    const auto both = guards({"192.0.2.8", "192.0.2.9", "192.0.2.0/24", "192.0.0.0/16"});
    lab.bring_to(guards({"192.0.2.8"}));
    lab.bring_to(both); // some of them lie in one another
    lab.bring_to(guards({"192.0.2.9", "192.0.0.0/16"}));
    lab.bring_to({});
    CHECK(GuardedLab::ruleset().empty());
}

TEST_CASE("a guard drops what names its VIP as the sender, and nothing else", "[fault-6]")
{
    GuardedLab lab;
    lab.bring_to(guards({"192.0.2.8", "198.51.100.0/24"}));
    CHECK(dropped_of("192.0.2.7").empty());
    CHECK_FALSE(dropped_of("192.0.2.8").empty());
    lab.bring_to(guards({"198.51.100.0/24"}));
    CHECK_FALSE(dropped_of("198.51.100.77").empty());
}

TEST_CASE("a new process sees the guards of the old one, wanted or not")
{
    GuardedLab lab;
    lab.bring_to(guards({"192.0.2.8"}));
    CHECK(LinuxKernel{}.observe().owned == guards({"192.0.2.8"}));
}

TEST_CASE("a table that somebody has tampered with guards nothing, and is made anew")
{
    GuardedLab lab;
    const auto wanted = guards({"192.0.2.8", "198.51.100.0/24"});
    for (const auto* tampering :
         {"flush ruleset", "flush chain arp realserverd output", "delete table arp realserverd",
          "insert rule arp realserverd output accept",
          "insert rule arp realserverd output arp saddr ip 192.0.2.8 counter",
          "insert rule arp realserverd output arp saddr ip != @vips32 drop",
          "add table arp realserverd { flags dormant; }",
          "delete table arp realserverd; add table arp realserverd",
          "flush table arp realserverd; delete chain arp realserverd output; "
          "add chain arp realserverd output"}) {
        lab.bring_to(wanted);
        INFO(tampering);
        REQUIRE(run(std::string{"nft '"} + tampering + "'") == 0);
        CHECK(lab.kernel.arp_guards_changed());
        CHECK(lab.owned().empty());
    }
    lab.bring_to(wanted);
    REQUIRE(run("nft delete element arp realserverd vips32 '{ 192.0.2.8 }'") == 0);
    CHECK(lab.owned() == guards({"198.51.100.0/24"}));
}

TEST_CASE("others' tables are no hint, ours is, and neither is looked at twice")
{
    GuardedLab lab;
    lab.bring_to(guards({"192.0.2.8"}));
    REQUIRE(lab.monitor.ruleset_fd() >= 0);
    REQUIRE(run("nft add table ip theirs") == 0);
    REQUIRE(readable(lab.monitor.ruleset_fd(), 5000));
    CHECK_FALSE(lab.monitor.drain_ruleset());
    CHECK(lab.kernel.arp_guards_changed());
    CHECK(lab.owned() == guards({"192.0.2.8"}));
    CHECK_FALSE(lab.kernel.arp_guards_changed());
    REQUIRE(run("nft flush ruleset") == 0);
    REQUIRE(readable(lab.monitor.ruleset_fd(), 5000));
    CHECK(lab.monitor.drain_ruleset());
}

TEST_CASE("a refusal has changed nothing, is remembered, and says what nft said")
{
    GuardedLab lab;
    lab.bring_to(guards({"192.0.2.8"}));
    const auto refused = apply(lab.kernel, add(ArpGuard{prefix("2001:db8::8")}));
    CHECK(refused.find("add ARP guard for 2001:db8::8") != std::string::npos);
    const auto host = lab.kernel.observe();
    CHECK_FALSE(host.arp_guard_problem.empty());
    CHECK(host.owned == guards({"192.0.2.8"}));
    lab.bring_to({});
    CHECK(lab.kernel.observe().arp_guard_problem.empty());
}

TEST_CASE("a thousand guards are one change, and a look at them costs next to nothing")
{
    GuardedLab lab;
    State many;
    for (int i = 0; i != 1000; ++i) {
        many.insert(
            ArpGuard{prefix("198.18." + std::to_string(i / 250) + '.' + std::to_string(i % 250))});
    }
    lab.bring_to(many);
    CHECK(lab.owned() == many);
    lab.bring_to({});
}

TEST_CASE("whoever may not look at the ruleset is told why, and sees no guards")
{
    GuardedLab lab;
    lab.bring_to(guards({"192.0.2.8"}));
    REQUIRE(::seteuid(65534) == 0);
    LinuxKernel reader;
    reader.look_out({{}, false, true});
    const auto host = reader.observe();
    REQUIRE(::seteuid(0) == 0);
    CHECK(host.owned.empty());
    CHECK(host.arp_guard_problem.find("not permitted") != std::string::npos);
}

TEST_CASE("a script touches nothing but what differs")
{
    const ArpTable sound{true, true, {32}, {prefix("192.0.2.8")}};
    CHECK(arp_script(sound, {prefix("192.0.2.8")}).empty());
    CHECK(arp_script(sound, {prefix("192.0.2.9")}) ==
          "delete element arp realserverd vips32 { 192.0.2.8 }\n"
          "add element arp realserverd vips32 { 192.0.2.9 }\n");
    CHECK(arp_script(sound, {}) == "delete table arp realserverd\n");
    CHECK(arp_script({}, {}).empty());
    CHECK(arp_script({true, false, {}, {}}, {prefix("192.0.0.0/16")}) ==
          "delete table arp realserverd\n"
          "table arp realserverd {\n"
          "set vips16 { type ipv4_addr; elements = { 192.0.0.0 }; }\n"
          "chain output { type filter hook output priority 0; policy accept;\n"
          "arp saddr ip & 255.255.0.0 @vips16 counter drop\n}\n}\n");
}
