"""The life of direct-routing roles: what a start makes of the host, that it works, and that a stop leaves
the host as it was."""
import json
import re
import socket

import netlink
import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, RIP, RIP6, VIP, VIP6, Segment
from probes import NeighbourProbe, Web, connect

PROTOCOL = 82
GUARD_METRIC = 0xFF002000


class Life(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server

    def daemon(self, **roles):
        return self.using(Daemon(self.server, roles))

    def addresses(self, vip):
        """The entries of `ip -j addr` for one address."""
        links = json.loads(self.server.run("ip", "-j", "-d", "addr"))
        return [
            {**entry, "ifname": link["ifname"]}
            for link in links for entry in link["addr_info"] if entry.get("local") == vip
        ]

    def routes(self, line):
        return [line.strip() for line in self.server.ip(line, check=False).splitlines()]

    def serves(self, vip, port=80):
        with connect(self.segment.neighbour, vip, port) as client:
            return client.getpeername()[0] == vip


class Objects(Life):
    def test_an_ipv4_vip_is_a_host_address_of_lo_with_the_role_in_its_label(self):
        self.daemon(web=dr(VIP)).start()
        (entry,) = self.addresses(VIP)
        found = {key: entry.get(key) for key in ("ifname", "family", "prefixlen", "scope", "label")}
        self.assertEqual(
            {"ifname": "lo", "family": "inet", "prefixlen": 32, "scope": "host", "label": "lo:rs-web"}, found)

    def test_vips_carry_our_address_protocol_where_the_kernel_has_it(self):
        if not netlink.address_protocols(self.server):
            self.skipTest("this kernel has no IFA_PROTO")
        self.daemon(web=dr(VIP, VIP6)).start()
        protocols = netlink.address_protocols(self.server)
        self.assertEqual((PROTOCOL, PROTOCOL), (protocols.get(VIP), protocols.get(VIP6)))

    def test_a_long_role_name_is_cut_to_what_a_label_holds(self):
        self.daemon(**{"a-role-with-a-long-name": dr(VIP)}).start()
        (entry,) = self.addresses(VIP)
        self.assertEqual("lo:rs-a-role-wi", entry["label"])

    def test_an_ipv6_vip_is_never_a_source_by_choice_and_does_no_duplicate_detection(self):
        self.daemon(web=dr(VIP6)).start()
        (entry,) = self.addresses(VIP6)
        self.assertEqual(("lo", 128, 0), (entry["ifname"], entry["prefixlen"], entry["preferred_life_time"]))
        self.assertTrue(entry.get("nodad"))
        self.assertTrue(entry.get("deprecated"))
        self.assertNotIn("tentative", entry)

    def test_a_blackhole_of_our_protocol_guards_each_vip(self):
        self.daemon(web=dr(VIP, VIP6)).start()
        for family, vip in (("-4", VIP), ("-6", VIP6)):
            (line,) = self.routes(f"{family} route show table main type blackhole")
            self.assertRegex(line, rf"^blackhole {vip} .*proto {PROTOCOL} .*metric {GUARD_METRIC}")
            self.assertTrue(self.server.holds(vip), "the bound VIP wins over its guard")

    def test_arp_is_silent_on_all_and_on_the_device_itself(self):
        self.daemon(web=dr(VIP)).start()
        for device in ("all", "eth0"):
            values = [self.server.sysctl(device, key) for key in ("arp_ignore", "arp_announce")]
            self.assertEqual([1, 2], values, device)
        self.assertEqual(0, self.server.sysctl("lo", "arp_ignore"), "lo decides nothing")
        self.assertEqual(0, self.server.sysctl("default", "arp_ignore"))

    def test_a_role_of_ipv6_only_leaves_arp_alone(self):
        self.daemon(web=dr(VIP6)).start()
        for device in ("all", "eth0"):
            self.assertEqual([0, 0], [self.server.sysctl(device, key) for key in ("arp_ignore", "arp_announce")])

    def test_named_arp_devices_leave_all_and_the_others_alone(self):
        self.segment.add_link("eth1")
        self.daemon(web=dr(VIP, extra='[arp]\ndevices = ["eth0"]')).start()
        ignore = {device: self.server.sysctl(device, "arp_ignore") for device in ("all", "eth0", "eth1")}
        self.assertEqual({"all": 0, "eth0": 1, "eth1": 0}, ignore)
        self.assertTrue(self.server.holds(VIP), "the guard covers eth1")

    def test_a_device_that_is_neither_named_nor_silent_nor_guarded_keeps_the_vip_away(self):
        self.segment.add_link("eth1")
        daemon = self.daemon(web=dr(VIP, extra='[arp]\ndevices = ["eth0"]\nguard = "off"'))
        daemon.start()
        self.assertEqual("degraded", daemon.role("web")["state"])
        self.assertIn("neither arp.devices nor an ARP guard covers it", str(daemon.role("web")["problems"]))
        self.assertFalse(self.server.holds(VIP))
        for key, value in (("arp_ignore", 1), ("arp_announce", 2)):
            self.server.sysctl("eth1", key, value)
        support.await_(lambda: self.server.holds(VIP), 12, what="bound")
        self.server.sysctl("eth1", "arp_ignore", 0)
        support.await_(lambda: not self.server.holds(VIP), what="unbound")

    def test_bind_route_is_one_local_route_without_an_address(self):
        self.daemon(web='bind = "route"\n' + dr(VIP, VIP6)).start()
        self.assertEqual([], self.addresses(VIP) + self.addresses(VIP6))
        for family, vip in (("-4", VIP), ("-6", VIP6)):
            (line,) = self.routes(f"{family} route show table local exact {vip}")
            self.assertRegex(line, rf"^local {vip} dev lo (table local )?proto {PROTOCOL} ")
            self.assertTrue(self.server.holds(vip))

    def test_a_prefix_is_one_local_route_for_every_address_in_it(self):
        self.daemon(web=dr("198.51.100.0/25", "2001:db8:1::/64")).start()
        for vip in ("198.51.100.0", "198.51.100.77", "198.51.100.127", "2001:db8:1::", "2001:db8:1::ffff"):
            self.assertTrue(self.server.holds(vip), vip)
        for other in ("198.51.100.128", "2001:db8:1:1::"):
            self.assertFalse(self.server.holds(other), other)
        ours = [line for line in self.routes("-4 route show table local") if line.startswith("local 198.51.100.")]
        self.assertEqual(1, len(ours), ours)

    def test_a_prefix_bound_by_address_is_an_address_each(self):
        self.daemon(web='bind = "address"\n' + dr("198.51.100.8/30")).start()
        for last in range(8, 12):
            self.assertEqual(1, len(self.addresses(f"198.51.100.{last}")))
        self.assertEqual([], self.addresses("198.51.100.12"))

    def test_a_reply_gateway_is_a_rule_and_a_table_of_our_protocol(self):
        self.daemon(web=dr(VIP, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\nmss = 1400')).start()
        (rule,) = [line for line in self.routes("-4 -d rule") if VIP in line]
        table = re.search(rf"from {VIP} lookup (\d+) .*proto {PROTOCOL}", rule)
        self.assertIsNotNone(table, rule)
        routes = self.routes(f"-4 route show table {table[1]}")
        self.assertTrue(any(re.search(rf"^default via {NEIGHBOUR} dev eth0 proto {PROTOCOL} .*advmss 1400", line)
                            for line in routes), routes)

    def test_a_number_as_mss_is_offered_to_the_vips_clients_and_to_nobody_else(self):
        self.daemon(web=dr(VIP, extra="[reply]\nmss = 1200")).start()
        with self.server:
            listener = self.using(socket.create_server(("0.0.0.0", 80)))
        listener.listen()
        sizes = {}
        for address in (VIP, RIP):
            with self.segment.neighbour, socket.create_connection((address, 80), timeout=5) as client:
                sizes[address] = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
        self.assertLessEqual(sizes[VIP], 1200)
        self.assertGreater(sizes[RIP], 1400)

    def test_several_roles_share_what_they_need_alike(self):
        daemon = self.daemon(web=dr(VIP, VIP6), media=dr("192.0.2.18", services=("554/tcp", "554/udp")),
                             many='bind = "route"\n' + dr("198.51.100.0/28"))
        daemon.start()
        for vip in (VIP, VIP6, "192.0.2.18", "198.51.100.3"):
            self.assertTrue(self.server.holds(vip), vip)
        status = daemon.status()
        self.assertEqual({"web", "media", "many"}, {role["name"] for role in status["roles"]})
        self.assertEqual({("serving", True)}, {(role["state"], role["in_sync"]) for role in status["roles"]})


class Wire(Life):
    def test_neighbours_are_served_at_the_vip_but_never_told_where_it_is(self):
        probe = self.using(NeighbourProbe(self.segment))
        self.using(Web(self.server, 80))
        self.daemon(web=dr(VIP, VIP6)).start()
        for vip, rip in ((VIP, RIP), (VIP6, RIP6)):
            self.assertTrue(self.serves(vip))
            self.assertFalse(probe.answers(vip, rip))

    def test_every_address_of_a_prefix_is_served_and_none_told(self):
        self.segment.route("198.51.100.0/28", RIP)
        probe = self.using(NeighbourProbe(self.segment))
        self.using(Web(self.server, 80))
        self.daemon(web=dr("198.51.100.0/28")).start()
        for last in (0, 1, 15):
            self.assertTrue(self.serves(f"198.51.100.{last}"))
            self.assertFalse(probe.answers(f"198.51.100.{last}", RIP))

    def test_packets_from_the_vip_leave_by_the_reply_gateway_alone(self):
        # The client is in no network of the real server, whose main table has no default route.
        self.segment.neighbour.ip("addr add 203.0.113.7/32 dev lo")
        self.using(Web(self.server, 80))
        daemon = self.daemon(web=dr(VIP))
        daemon.start()
        with self.assertRaises(OSError):
            connect(self.segment.neighbour, VIP, 80, timeout=0.3, source="203.0.113.7")
        daemon.write_role("web", dr(VIP, extra=f'[reply]\ngateway = "{NEIGHBOUR}"'))
        daemon.reload()
        connect(self.segment.neighbour, VIP, 80, source="203.0.113.7").close()

    # faults: 36
    def test_packets_for_a_vip_that_is_not_bound_are_dropped_instead_of_routed_back(self):
        self.server.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        daemon = self.daemon(web=dr(VIP))
        daemon.start()
        daemon.kill()
        self.server.ip(f"addr del {VIP}/32 dev lo")
        with self.assertRaises(OSError):
            connect(self.segment.neighbour, VIP, 80, timeout=0.2)
        self.assertEqual(0, self.forwarded())
        # The counter counts: without the guard the packet is sent back to where it came from.
        self.server.ip(f"route del blackhole {VIP}")
        with self.assertRaises(OSError):
            connect(self.segment.neighbour, VIP, 80, timeout=0.2)
        self.assertGreater(self.forwarded(), 0)

    def forwarded(self):
        names, values = self.server.run("grep", "^Ip:", "/proc/net/snmp").splitlines()
        return int(dict(zip(names.split(), values.split()))["ForwDatagrams"])


class Stop(Life):
    FULL = {
        "web": dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"'),
        "media": dr("192.0.2.18", services=("554/tcp",), extra='[arp]\ndevices = ["eth0"]'),
        "many": dr("198.51.100.0/24", "2001:db8:1::/64"),
    }

    def stop_restores(self, roles=None):
        before = self.server.snapshot()
        daemon = self.daemon(**(roles or self.FULL))
        daemon.start()
        self.assertNotEqual(before, self.server.snapshot())
        self.assertEqual([], support.hazards(self.server))
        self.assertTrue(self.server.holds(VIP))
        daemon.stop()
        self.assert_same(before, self.server.snapshot())
        return daemon

    def test_a_stop_leaves_the_host_as_it_was(self):
        self.stop_restores()

    # faults: 87
    def test_a_stop_puts_back_whatever_values_it_found(self):
        self.server.sysctl("all", "arp_ignore", 2)
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.server.sysctl("all", "arp_announce", 1)
        self.server.sysctl("default", "arp_ignore", 3)
        self.server.sysctl("lo", "arp_announce", 1)
        self.stop_restores()

    def test_a_start_keeps_a_value_that_is_silent_already(self):
        self.server.sysctl("eth0", "arp_ignore", 8)
        before = self.server.snapshot()
        daemon = self.daemon(web=dr(VIP))
        daemon.start()
        self.assertEqual(8, self.server.sysctl("eth0", "arp_ignore"))
        daemon.stop()
        self.assert_same(before, self.server.snapshot())

    # faults: 87
    def test_a_stop_does_not_touch_what_others_made_before_and_meanwhile(self):
        for line in ("addr add 203.0.113.5/32 dev lo", "addr add 203.0.113.6/32 dev lo label lo:rsx",
                     "route add blackhole 203.0.113.64/26", "route add 203.0.113.128/25 via 192.0.2.1",
                     "rule add from 203.0.113.5 lookup 100", "route add default via 192.0.2.1 table 100"):
            self.server.ip(line)
        self.stop_restores()
        daemon = self.daemon(**self.FULL)
        daemon.start()
        self.server.ip("addr add 203.0.113.9/32 dev lo")
        self.server.ip("rule add from 203.0.113.9 lookup 101")
        daemon.stop()
        self.assertEqual(1, len(self.addresses("203.0.113.9")))
        self.assertIn("from 203.0.113.9 lookup 101", self.server.ip("rule"))

    # faults: 87
    def test_a_value_that_somebody_changed_meanwhile_is_not_put_back(self):
        self.server.sysctl("all", "arp_announce", 1)
        daemon = self.daemon(web=dr(VIP))
        for look_at_it in (lambda: None, daemon.reload):
            daemon.start()
            self.server.sysctl("all", "arp_ignore", 2)
            look_at_it()
            daemon.stop()
            found = [self.server.sysctl("all", key) for key in ("arp_ignore", "arp_announce")]
            self.assertEqual([2, 1], found)
            self.server.sysctl("all", "arp_ignore", 0)

    # faults: 17
    def test_a_vip_that_somebody_had_bound_is_served_and_stays(self):
        self.server.ip(f"addr add {VIP}/32 dev lo")
        self.using(Web(self.server, 80))
        before = self.server.snapshot()
        daemon = self.daemon(web=dr(VIP))
        daemon.start()
        self.assertTrue(self.serves(VIP))
        self.assertEqual([], support.hazards(self.server))
        self.assertEqual([{"address": VIP, "device": "lo", "bound": True}], daemon.role("web")["vips"])
        daemon.stop()
        self.assert_same(before, self.server.snapshot())

    def test_a_daemon_without_roles_is_ready_and_changes_nothing(self):
        before = self.server.snapshot()
        daemon = self.daemon()
        daemon.start()
        self.assert_same(before, self.server.snapshot())
        self.assertEqual("serving", daemon.status()["state"])
        daemon.stop()
        self.assert_same(before, self.server.snapshot())


if __name__ == "__main__":
    support.main()
