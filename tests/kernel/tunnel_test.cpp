#include "kernel/sysctl.hpp"
#include "kernel/tunnel_lab.hpp"

using namespace rs;
using namespace rs::test;

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
