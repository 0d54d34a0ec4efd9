// What the kernel does with a request for the VIP takes a while on its processor, all the longer
// when a hypervisor takes that processor away: the VIP may be found before it is unbound, and ARP's
// sysctls be read after they were put back. Thousands of rules make the while a long one here.
#include "kernel/lab.hpp"

#include <linux/if_packet.h>

#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

using namespace rs;
using namespace rs::test;

namespace {

using Ip = std::array<std::uint8_t, 4>;
constexpr Ip the_vip{192, 0, 2, 8};
constexpr Ip the_host{10, 0, 0, 9}; // of the lab
constexpr Ip neighbour{10, 0, 0, 66};

const std::string slow_routing =
    "echo 1 > /proc/sys/net/ipv4/conf/veth0/rp_filter && ip route add throw default table 5000 && "
    "seq 25000 29999 | sed 's/.*/rule add pref & lookup 5000/' | ip -batch -";

struct [[gnu::packed]] Frame {
    ether_header ethernet{{255, 255, 255, 255, 255, 255}, {2, 0, 0, 0, 0, 2}, htons(ETHERTYPE_ARP)};
    arphdr arp{htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(ARPOP_REQUEST)};
    std::array<std::uint8_t, 6> sender_hardware{2, 0, 0, 0, 0, 2};
    Ip sender = neighbour;
    std::array<std::uint8_t, 6> target_hardware{};
    Ip target;
};

// Asks at veth1, and hears what veth0 answers.
class Neighbour {
public:
    Neighbour()
    {
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(ETH_P_ARP);
        at.sll_ifindex = static_cast<int>(::if_nametoindex("veth1"));
        const int on = 1;
        REQUIRE(::bind(socket_.value(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
        REQUIRE(::setsockopt(socket_.value(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ==
                0);
    }

    void ask(const Ip& target) const
    {
        Frame frame;
        frame.target = target;
        ::send(socket_.value(), &frame, sizeof frame, 0);
    }

    // How often the VIP was answered for, before `last` was.
    [[nodiscard]] int answers_until(const Ip& last) const
    {
        int answers = 0;
        for (Frame frame; ::recv(socket_.value(), &frame, sizeof frame, 0) > 0;) {
            if (frame.sender == last) {
                return answers;
            }
            answers += frame.sender == the_vip ? 1 : 0;
        }
        return -1;
    }

private:
    UniqueFd socket_{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
};

} // namespace

TEST_CASE("a request that was on its way when the VIP went is not answered")
{
    Lab lab;
    REQUIRE(run(slow_routing) == 0);
    const Neighbour asking;
    std::atomic<int> asked = 0;
    std::jthread flood{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            asking.ask(the_vip);
            ++asked;
        }
    }};

    const VipAddress bound{address("192.0.2.8"), "lo", {}};
    const Sysctl all{"all", "arp_ignore", 1};
    const Sysctl device{"veth0", "arp_ignore", 1};
    for (int round = 0; round != 10; ++round) {
        CHECK(reasons(lab.kernel.apply(std::array{add(all), add(device), add(bound)})).empty());
        for (const int before = asked; asked - before < 3;) { // the next has found it
            std::this_thread::yield();
        }
        CHECK(reasons(lab.kernel.apply(std::array{remove(bound), remove(device), remove(all)}))
                  .empty());
    }

    flood.request_stop();
    flood.join();
    asking.ask(the_host);
    CHECK(asking.answers_until(the_host) == 0);
}
