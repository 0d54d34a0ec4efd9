#include "ctl/status_text.hpp"
#include "sample.hpp"
#include "support/catch.hpp"
#include "view/time_text.hpp"

#include <cstdlib>
#include <ctime>

using namespace rs;
using namespace rs::test;
using namespace rs::ctl;

namespace {

struct Utc {
    Utc()
    {
        setenv("TZ", "UTC", 1);
        tzset();
    }
} const utc;

constexpr Look plain{.color = false, .unicode = false, .legend = true};
constexpr Look bare{.color = false, .unicode = false, .legend = false};
constexpr Look colourful{.color = true, .unicode = true, .legend = true};

} // namespace

TEST_CASE("the table has a line a role, and below it a line for each thing that is wrong")
{
    CHECK(node_text(two_roles(), noon, plain) ==
          R"(* realserverd 0.1.0: draining, 2 roles, 13 connections, 1 foreign change put back

ROLE  STATE     IN SYNC  VIPS                     SERVICES        CONN  DRIFT
mail  draining  no       192.0.2.9 192.0.2.10 +1  25/tcp             1      1
web   serving   yes      192.0.2.8 2001:db8::8    80/tcp 443/udp    12      0

mail: 1 of 3 VIPs not bound
mail: drain since 2026-03-01 09:04:00, gives up waiting in 4min, survives a reboot
mail: VIP 192.0.2.10 on lo: ?[31mdevice or resource busy
)");
}

TEST_CASE("what is wrong with the node stands before what is wrong with its roles")
{
    auto status = two_roles();
    status.problems = {"port 9180 is taken"};
    const auto text = node_text(status, noon, plain);
    CHECK(text.find("\n\nnode: port 9180 is taken\nmail: ") != std::string::npos);
    status.missing = {"no ARP guard: \x1b[31m"};
    CHECK(node_text(status, noon, plain)
              .find("\n\nnode: port 9180 is taken\nnode: no ARP guard: ?[31m\nmail: ") !=
          std::string::npos);
    status.missing.clear();
    status.roles.clear();
    CHECK(node_text(status, noon, bare) == "node: port 9180 is taken\n");
}

TEST_CASE("without the legend the table is only its rows")
{
    auto status = two_roles();
    status.roles = {web()};
    CHECK(node_text(status, noon, bare) ==
          "web  serving  yes  192.0.2.8 2001:db8::8  80/tcp 443/udp  12  0\n");
}

TEST_CASE("a node without roles says where to write one")
{
    NodeStatus status;
    status.version = "0.1.0";
    CHECK(node_text(status, noon, plain) == "* realserverd 0.1.0: serving, 0 roles, 0 connections\n"
                                            "No role is configured: see realserverd.toml(5).\n");
    CHECK(node_text(status, noon, bare).empty());
}

TEST_CASE("the details of a role name everything it has, unbound VIPs first")
{
    CHECK(role_text(mail(), noon, plain) == R"(* mail: draining, tunnelling
        VIPs: 192.0.2.10 on lo (not bound)
              192.0.2.9 on lo
              192.0.2.64/28 on lo
    Services: 25/tcp
 Connections: 1
     In sync: no, the host is not as it should be
       Drain: since 2026-03-01 09:04:00, gives up waiting in 4min, survives a reboot
              the directors need inhibit_on_failure (keepalived) or
              quiescent=yes (ldirectord), and with persistence
              net.ipv4.vs.expire_quiescent_template=1
   Directors: 192.0.2.6: asked 2s ago, was told 'draining'
              192.0.2.7: has not asked yet
      Checks: tcp 127.0.0.1:25: fails since 2026-03-01 09:04:30
              unit postfix: ok since 2026-03-01 08:05:00
       Drift: 2026-03-01 09:04:50  VIP 192.0.2.10 on lo was removed
    Problems: VIP 192.0.2.10 on lo: ?[31mdevice or resource busy
)");
}

TEST_CASE("ten thousand VIPs do not flood the terminal")
{
    auto role = web();
    role.vips.clear();
    for (std::uint8_t last = 1; last <= 20; ++last) {
        role.vips.push_back({host_prefix({Family::ipv4, {192, 0, 2, last}}), "lo", last != 17});
    }
    const auto text = role_text(role, noon, plain);
    CHECK(text.find("VIPs: 192.0.2.17 on lo (not bound)") != std::string::npos);
    CHECK(text.find("and 12 more (--json has all)") != std::string::npos);
    CHECK(text.find("192.0.2.20 ") == std::string::npos);
}

TEST_CASE("a drained role says what was left and no longer when it gives up")
{
    auto role = mail();
    role.state = RoleState::drained;
    role.drain = DrainStatus{noon - 1min, noon - 1s, false};
    CHECK(role_text(role, noon, plain)
              .find("Drain: since 2026-03-01 09:04:00, until the next boot\n") !=
          std::string::npos);
}

TEST_CASE("colours paint the words and leave the columns where they are")
{
    const auto text = node_text(two_roles(), noon, colourful);
    CHECK(text.find("\x1b[33m●\x1b[0m realserverd") == 0);
    CHECK(text.find("\x1b[33mdraining\x1b[0m  \x1b[1;31mno\x1b[0m       192.0.2.9") !=
          std::string::npos);
    CHECK(text.find("\x1b[32mserving\x1b[0m   yes      192.0.2.8") != std::string::npos);
}

TEST_CASE("durations have at most two units")
{
    CHECK(duration_text(0s) == "0s");
    CHECK(duration_text(-5s) == "0s");
    CHECK(duration_text(59s + 999ms) == "59s");
    CHECK(duration_text(4min + 3s) == "4min 3s");
    CHECK(duration_text(5min) == "5min");
    CHECK(duration_text(1h + 5min + 7s) == "1h 5min");
    CHECK(duration_text(49h) == "2d 1h");
}
