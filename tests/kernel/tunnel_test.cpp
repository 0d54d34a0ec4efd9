// Tunnels on a real kernel. Where the running one has none, guest.py provides one.
#include "kernel/lab.hpp"
#include "kernel/sysctl.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace rs;
using namespace rs::test;

namespace {

// A Lab on a kernel that has tunnels. Everything is loaded once, so that what modules bring along
// is there before anything is compared.
struct TunnelLab : Lab {
    TunnelLab()
    {
        for (const std::string kind : {"ipip", "sit", "ip6tnl", "gre", "ip6gre"}) {
            const std::string ends = kind.starts_with("ip6")
                                         ? "local 2001:db8::1 remote 2001:db8::2"
                                         : "local 192.0.2.1 remote 192.0.2.2";
            if (run("ip link add probe0 type " + kind + ' ' + ends +
                    " 2> /dev/null && ip link del probe0") != 0) {
                std::cerr << "skipped: this kernel has no " << kind << " tunnels\n";
                std::_Exit(77);
            }
        }
    }
};

const Address here = address("10.0.0.9");
const Address director = address("10.0.0.1");
const Address here6 = address("2001:db8:1::9");
const Address director6 = address("2001:db8:1::1");

State every_fallback()
{
    return {FallbackDevice{"tunl0", TunnelKind::ipip}, FallbackDevice{"sit0", TunnelKind::sit},
            FallbackDevice{"ip6tnl0", TunnelKind::ip6tnl}, FallbackDevice{"gre0", TunnelKind::gre},
            FallbackDevice{"ip6gre0", TunnelKind::ip6gre}};
}

const TunnelDevice ipip{"lvs-ipip", TunnelKind::ipip, here, director};
const TunnelDevice gre{"lvs-gre", TunnelKind::gre, here, director};

std::string snapshot()
{
    return output("ip -d link; ip addr | grep -v valid_lft; ip route show table all; "
                  "ip -6 route show table all");
}

// The lines that only one of the two has.
std::string difference(const std::string& before, const std::string& after)
{
    const TemporaryDirectory directory;
    std::ofstream{directory.path() / "before"} << before;
    std::ofstream{directory.path() / "after"} << after;
    return output("cd " + directory.path().string() + " && diff before after");
}

std::string carry_out(LinuxKernel& kernel, const Plan& plan)
{
    return reasons(kernel.apply(plan));
}

int index_of(LinuxKernel& kernel, const std::string& name)
{
    const auto host = kernel.observe();
    const auto* link = find_link(host, name);
    return link == nullptr ? 0 : link->index;
}

bool load_fou()
{
    return run("$(cat /proc/sys/kernel/modprobe) fou 2> /dev/null; ip fou show > /dev/null 2>&1") ==
           0;
}

} // namespace

TEST_CASE("without the module fou a GUE port is refused in words, and looking loads nothing")
{
    TunnelLab lab;
    if (run("ip fou show > /dev/null 2>&1") == 0) {
        return; // it is there
    }
    lab.kernel.look_out({{director}, true});
    CHECK(lab.kernel.observe().owned.empty());
    const auto refusal = apply(lab.kernel, add(GuePort{here, 6080}));
    CAPTURE(refusal);
    CHECK(refusal.starts_with("0 add GUE port 6080 at 10.0.0.9: "));
    CHECK(refusal.find("modprobe fou") != std::string::npos);
    CHECK(apply(lab.kernel, remove(GuePort{here, 6080})).empty());
    CHECK(run("ip fou show > /dev/null 2>&1") != 0);
}

TEST_CASE("every kind of tunnel is added, seen as it was asked for, and removed without a trace")
{
    TunnelLab lab;
    const auto before = snapshot();
    const auto desired = every_tunnel();
    for (auto round = 0; round != 2; ++round) {
        CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
        CHECK(lab.kernel.observe().owned == desired);
        CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
        CHECK(lab.kernel.observe().owned == desired);
        LinuxKernel another;
        CHECK(another.observe().owned == desired);
        CHECK(carry_out(lab.kernel, make_plan(desired, {})) == "");
        CHECK(carry_out(lab.kernel, make_plan(desired, {})) == "");
        CHECK(lab.kernel.observe().owned.empty());
    }
    CHECK(difference(before, snapshot()) == "");
}

TEST_CASE("a tunnel is up, marked as ours, takes from its director only and has no addresses")
{
    TunnelLab lab;
    CHECK(carry_out(lab.kernel, make_plan({}, every_tunnel())) == "");
    const auto shown = output("ip -d link");
    CAPTURE(shown);
    CHECK(shown.find("ipip ipip remote 10.0.0.1 local 10.0.0.9 ttl inherit pmtudisc") !=
          std::string::npos);
    CHECK(shown.find("sit ip6ip remote 10.0.0.1 local 10.0.0.9") != std::string::npos);
    CHECK(shown.find("ip6tnl any remote 2001:db8:1::1 local 2001:db8:1::9") != std::string::npos);
    CHECK(shown.find("encaplimit none") != std::string::npos);
    CHECK(shown.find("gre remote 10.0.0.2 local 10.0.0.9 ttl inherit icsum ocsum") !=
          std::string::npos);
    for (const auto& object : every_tunnel()) {
        const auto name = std::get<TunnelDevice>(object).name;
        CAPTURE(name);
        const auto device = output("ip link show dev " + name + "; ip addr show dev " + name);
        CHECK(device.find(",UP,LOWER_UP") != std::string::npos);
        CHECK(device.find("alias realserverd") != std::string::npos);
        CHECK(device.find("inet") == std::string::npos);
        const auto host = lab.kernel.observe();
        CHECK_FALSE(find_link(host, name)->arp);
        CHECK(find_link(host, name)->mtu >= 1400);
    }
}

TEST_CASE("a tunnel that was set down is set up again, the same device")
{
    TunnelLab lab;
    for (const auto& object : every_tunnel()) {
        const auto& tunnel = std::get<TunnelDevice>(object);
        CAPTURE(tunnel.name);
        CHECK(apply(lab.kernel, add(tunnel)).empty());
        const auto index = index_of(lab.kernel, tunnel.name);
        CHECK(run("ip link set " + tunnel.name + " down") == 0);
        CHECK(lab.kernel.observe().owned.empty());
        CHECK(apply(lab.kernel, add(tunnel)) == "");
        CHECK(lab.kernel.observe().owned == State{tunnel});
        CHECK(index_of(lab.kernel, tunnel.name) == index);
        CHECK(run("ip link del " + tunnel.name) == 0);
        CHECK(lab.kernel.observe().owned.empty());
        CHECK(apply(lab.kernel, add(tunnel)) == "");
        CHECK(apply(lab.kernel, remove(tunnel)) == "");
        CHECK(lab.kernel.observe().owned.empty());
    }
}

TEST_CASE("a renamed tunnel is ours under its new name; one that is down makes room")
{
    TunnelLab lab;
    CHECK(apply(lab.kernel, add(ipip)).empty());
    CHECK(run("ip link set lvs-ipip down && ip link set lvs-ipip name other0 up") == 0);
    auto renamed = ipip;
    renamed.name = "other0";
    CHECK(lab.kernel.observe().owned == State{renamed});
    CHECK(apply(lab.kernel, remove(ipip)) == "");
    CHECK(lab.kernel.observe().owned == State{renamed});
    CHECK(run("ip link set other0 down") == 0);
    CHECK(apply(lab.kernel, add(ipip)) == "");
    CHECK(lab.kernel.observe().owned == State{ipip});
    CHECK(run("ip link show other0 2> /dev/null") != 0);
}

TEST_CASE("a tunnel that somebody changed is seen, and changed back where it stands")
{
    TunnelLab lab;
    CHECK(apply(lab.kernel, add(ipip)).empty());
    CHECK(apply(lab.kernel, add(gre)).empty());
    const auto index = index_of(lab.kernel, "lvs-ipip");
    CHECK(run("ip tunnel change lvs-ipip mode ipip remote 10.0.0.77 local 10.0.0.9") == 0);
    auto changed = ipip;
    changed.remote = address("10.0.0.77");
    CHECK(lab.kernel.observe().owned == State{changed, gre});
    CHECK(carry_out(lab.kernel, {add(ipip), remove(changed)}) == "");
    CHECK(lab.kernel.observe().owned == State{ipip, gre});
    CHECK(index_of(lab.kernel, "lvs-ipip") == index);

    for (const auto* what : {"key 5", "iseq", "icsum"}) {
        CAPTURE(what);
        CHECK(run("ip link set lvs-gre type gre remote 10.0.0.1 local 10.0.0.9 " +
                  std::string{what}) == 0);
        CHECK_FALSE(lab.kernel.observe().owned.contains(gre));
        CHECK(apply(lab.kernel, add(gre)) == "");
        CHECK(lab.kernel.observe().owned == State{ipip, gre});
    }
    auto with_checksum = gre;
    with_checksum.checksum = true;
    CHECK(carry_out(lab.kernel, {add(with_checksum), remove(gre)}) == "");
    CHECK(lab.kernel.observe().owned == State{ipip, with_checksum});
}

TEST_CASE("a device of ours of another kind is replaced")
{
    TunnelLab lab;
    CHECK(apply(lab.kernel, add(gre)).empty());
    auto other = ipip;
    other.name = gre.name;
    CHECK(carry_out(lab.kernel, {add(other), remove(gre)}) == "");
    CHECK(lab.kernel.observe().owned == State{other});
}

TEST_CASE("tunnels of others are neither ours nor touched, and said to be in the way")
{
    TunnelLab lab;
    CHECK(run("ip link add lvs-ipip type ipip local 10.0.0.9 remote 10.0.0.1 && "
              "ip link set lvs-ipip alias 'of mine' up && "
              "ip link add lvs-gre type dummy && ip link set lvs-gre alias realserverd up && "
              "ip link add theirs type ip6tnl local 2001:db8:1::9 remote 2001:db8:1::1") == 0);
    const auto before = snapshot();
    CHECK(lab.kernel.observe().owned.empty());
    for (const auto& tunnel : {ipip, gre}) {
        const auto refusal = apply(lab.kernel, add(tunnel));
        CAPTURE(refusal);
        CHECK(refusal.find("File exists (there is a device of this name); it is not ours") !=
              std::string::npos);
        CHECK(apply(lab.kernel, remove(tunnel)) == "");
    }
    const TunnelDevice same_ends{"lvs-ip6tnl", TunnelKind::ip6tnl, here6, director6};
    const auto refusal = apply(lab.kernel, add(same_ends));
    CAPTURE(refusal);
    CHECK(refusal.find("(theirs tunnels between these addresses); it is not ours") !=
          std::string::npos);
    CHECK(apply(lab.kernel, remove(same_ends)) == "");
    CHECK(difference(before, snapshot()) == "");
}

TEST_CASE("an impossible tunnel is refused and leaves nothing behind")
{
    TunnelLab lab;
    const auto before = snapshot();
    for (const auto& tunnel :
         {TunnelDevice{"lvs", TunnelKind::ipip, here6, director6},
          TunnelDevice{"lvs", TunnelKind::ipip, here, director6},
          TunnelDevice{"", TunnelKind::ipip, here, director},
          TunnelDevice{"much-too-long-for-a-name", TunnelKind::gre, here, director},
          TunnelDevice{"no/name", TunnelKind::sit, here, director}}) {
        CHECK_FALSE(apply(lab.kernel, add(tunnel)).empty());
    }
    CHECK_FALSE(apply(lab.kernel, add(FallbackDevice{"veth0", TunnelKind::ipip})).empty());
    CHECK(difference(before, snapshot()) == "");
}

TEST_CASE("the kernel's own devices are set up as ours, and down again")
{
    TunnelLab lab;
    // A device that was up once shows it ever after (its queue).
    CHECK(run("for name in tunl0 sit0 ip6tnl0 gre0 ip6gre0; do ip link set $name up && "
              "ip link set $name down; done") == 0);
    const auto before = snapshot();
    CHECK(run("ip link set tunl0 up") == 0);
    CHECK(lab.kernel.observe().owned.empty());
    CHECK(apply(lab.kernel, remove(FallbackDevice{"tunl0", TunnelKind::ipip})) == "");
    CHECK(output("ip link show up").find("tunl0") != std::string::npos);
    const auto desired = every_fallback();
    CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
    CHECK(lab.kernel.observe().owned == desired);
    CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
    CHECK(carry_out(lab.kernel, make_plan(desired, {})) == "");
    CHECK(lab.kernel.observe().owned.empty());
    CHECK(difference(before, snapshot()) == "");
}

TEST_CASE("rp_filter is set on a tunnel of the same plan, and seen when it drifts")
{
    TunnelLab lab;
    const State desired{ipip,
                        gre,
                        Sysctl{"lvs-ipip", "rp_filter", 2},
                        Sysctl{"lvs-gre", "rp_filter", 2},
                        VipAddress{address("192.0.2.8"), "lvs-ipip", {"lvs-ipip:rs-w"}},
                        VipAddress{address("192.0.2.8"), "lvs-gre", {"lvs-gre:rs-w"}}};
    CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
    CHECK(lab.kernel.observe().owned == desired);
    REQUIRE(write_sysctl("lvs-ipip", "rp_filter", 0) == 0);
    auto drifted = desired;
    drifted.erase(Sysctl{"lvs-ipip", "rp_filter", 2});
    CHECK(lab.kernel.observe().owned == drifted);
    CHECK(carry_out(lab.kernel, make_plan(drifted, desired)) == "");
    LinuxKernel successor{lab.runtime()};
    CHECK(successor.observe().owned == desired);
    CHECK(carry_out(successor, make_plan(desired, {})) == "");
    CHECK(successor.observe().owned.empty());
}

TEST_CASE("a GUE port is open at its address only, and closed again")
{
    TunnelLab lab;
    if (!load_fou()) {
        std::cerr << "left out: this kernel has no GUE ports\n";
        return;
    }
    const State desired{GuePort{here, 6080}, GuePort{here6, 6080}, GuePort{here, 6081}};
    lab.kernel.look_out({{director}, true});
    CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
    CHECK(lab.kernel.observe().owned == desired);
    CHECK(carry_out(lab.kernel, make_plan({}, desired)) == "");
    LinuxKernel successor;
    CHECK(successor.observe().owned == desired);
    const auto shown = output("ip fou show; ip -6 fou show");
    CAPTURE(shown);
    CHECK(shown.find("port 6081 gue local 10.0.0.9") != std::string::npos);
    CHECK(shown.find("port 6080 gue -6 local 2001:db8:1::9") != std::string::npos);

    CHECK(run("ip fou add port 7000 gue && ip fou add port 7001 ipproto 4 local 10.0.0.9 && "
              "ip fou add port 7002 gue local 10.0.0.9 peer 10.0.0.1 peer_port 5") == 0);
    CHECK(lab.kernel.observe().owned == desired);
    const auto refusal = apply(lab.kernel, add(GuePort{here, 7000}));
    CAPTURE(refusal);
    CHECK(refusal.find("another program has the port") != std::string::npos);
    CHECK(apply(lab.kernel, remove(GuePort{here, 7000})) == "");
    CHECK_FALSE(apply(lab.kernel, add(GuePort{address("10.9.9.9"), 6080})).empty());
    CHECK(carry_out(lab.kernel, make_plan(desired, {})) == "");
    CHECK(carry_out(lab.kernel, make_plan(desired, {})) == "");
    CHECK(lab.kernel.observe().owned.empty());
    CHECK(output("ip fou show").find("7000") != std::string::npos);
}
