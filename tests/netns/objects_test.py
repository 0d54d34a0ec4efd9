"""What a start of direct-routing roles makes of the host."""
import re
import socket

import netlink
import support
from daemon import NOT_RUNNING, dr
from life import Life
from namespace import NEIGHBOUR, RIP, VIP, VIP6

PROTOCOL = 82
GUARD_METRIC = 0xFF002000


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
        daemon.spawn()  # which is not ready before it is bound
        support.await_(lambda: daemon.control("status").returncode != NOT_RUNNING, 15, what="reachable")
        self.assertEqual("degraded", daemon.role("web")["state"])
        self.assertIn("neither arp.devices nor an ARP guard covers it", str(daemon.role("web")["problems"]))
        self.assertFalse(self.server.holds(VIP))
        for key, value in (("arp_ignore", 1), ("arp_announce", 2)):
            self.server.sysctl("eth1", key, value)
        support.await_(lambda: self.server.holds(VIP), 20, what="bound")
        self.server.sysctl("eth1", "arp_ignore", 0)
        support.await_(lambda: not self.server.holds(VIP), what="unbound")

    def test_fewer_arp_devices_are_in_force_where_the_others_are_silent_without_us(self):
        self.segment.add_link("eth1")
        for key, value in (("arp_ignore", 1), ("arp_announce", 2)):
            self.server.sysctl("eth1", key, value)
        daemon = self.daemon(web=dr(VIP, extra='[arp]\nguard = "off"'))
        daemon.start()
        daemon.write_role("web", dr(VIP, extra='[arp]\ndevices = ["eth0"]\nguard = "off"'))
        daemon.reload()
        self.assertEqual(("serving", True), (daemon.role("web")["state"], daemon.role("web")["in_sync"]))
        self.assertEqual((0, 1), (self.server.sysctl("all", "arp_ignore"), self.server.sysctl("eth1", "arp_ignore")))
        self.assertTrue(self.server.holds(VIP))

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


if __name__ == "__main__":
    support.main()
