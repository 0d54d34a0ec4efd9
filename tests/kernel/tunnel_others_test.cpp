#include "kernel/tunnel_lab.hpp"

using namespace rs;
using namespace rs::test;

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
