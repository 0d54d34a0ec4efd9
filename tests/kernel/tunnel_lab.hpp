#pragma once
#include "kernel/lab.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>

// For tunnels on a real kernel. Where the running one has none, guest.py provides one.
namespace rs::test {

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

inline const Address here = address("10.0.0.9");
inline const Address director = address("10.0.0.1");
inline const Address here6 = address("2001:db8:1::9");
inline const Address director6 = address("2001:db8:1::1");

inline State every_fallback()
{
    return {FallbackDevice{"tunl0", TunnelKind::ipip}, FallbackDevice{"sit0", TunnelKind::sit},
            FallbackDevice{"ip6tnl0", TunnelKind::ip6tnl}, FallbackDevice{"gre0", TunnelKind::gre},
            FallbackDevice{"ip6gre0", TunnelKind::ip6gre}};
}

inline const TunnelDevice ipip{"lvs-ipip", TunnelKind::ipip, here, director};
inline const TunnelDevice gre{"lvs-gre", TunnelKind::gre, here, director};

inline std::string snapshot()
{
    return output("ip -d link; ip addr | grep -v valid_lft; ip route show table all; "
                  "ip -6 route show table all");
}

// The lines that only one of the two has.
inline std::string difference(const std::string& before, const std::string& after)
{
    const TemporaryDirectory directory;
    std::ofstream{directory.path() / "before"} << before;
    std::ofstream{directory.path() / "after"} << after;
    return output("cd " + directory.path().string() + " && diff before after");
}

inline std::string carry_out(LinuxKernel& kernel, const Plan& plan)
{
    return reasons(kernel.apply(plan));
}

inline int index_of(LinuxKernel& kernel, const std::string& name)
{
    const auto host = kernel.observe();
    const auto* link = find_link(host, name);
    return link == nullptr ? 0 : link->index;
}

inline bool load_fou()
{
    return run("$(cat /proc/sys/kernel/modprobe) fou 2> /dev/null; ip fou show > /dev/null 2>&1") ==
           0;
}

} // namespace rs::test
