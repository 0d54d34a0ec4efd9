"""The life of direct-routing roles: that they work, and that a stop leaves the host as it was."""
import support
from daemon import dr
from life import Life
from namespace import NEIGHBOUR, RIP, RIP6, VIP, VIP6
from probes import NeighbourProbe, Web, connect


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
