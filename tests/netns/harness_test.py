"""The harness itself: what it says about a leak, a change and a snapshot is true. The classic script is
the object, because its faults are known."""
import classic
import netlink
import probes
import support
from namespace import NEIGHBOUR, RIP, RIP6, VIP, VIP6, Segment, difference


class Harness(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server

    def test_a_snapshot_is_stable_and_shows_a_flipped_sysctl_and_an_address(self):
        before = self.server.snapshot()
        self.assert_same(before, self.server.snapshot())
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.server.ip("addr add 203.0.113.1/32 dev lo")
        shown = difference(before, self.server.snapshot())
        self.assertIn("/proc/sys/net/ipv4/conf/eth0/arp_ignore:\n  - 0\n  + 4", shown)
        self.assertIn("inet 203.0.113.1/32", shown)

    def test_an_unprotected_vip_is_answered_for_and_a_protected_one_is_not(self):
        probe = self.using(probes.NeighbourProbe(self.segment))
        self.server.ip(f"addr add {VIP}/32 dev lo")
        self.assertTrue(probe.answers(VIP, RIP))
        self.server.sysctl("all", "arp_ignore", 1)
        self.assertFalse(probe.answers(VIP, RIP))

    def test_neighbour_discovery_answers_for_a_vip_on_the_ethernet_only(self):
        probe = self.using(probes.NeighbourProbe(self.segment))
        self.server.ip(f"addr add {VIP6}/128 dev lo")
        self.assertFalse(probe.answers(VIP6, RIP6))
        self.server.ip(f"addr add {VIP6}/128 dev eth0")
        # Not before the kernel has ended its check of the address, also one that it skips.
        support.await_(lambda: probe.answers(VIP6, RIP6), what=f"{VIP6} is answered for")

    def test_a_monitor_sees_the_address_come_and_go(self):
        monitor = self.using(netlink.Monitor(self.server, ("addr4", "addr6")))
        self.server.ip(f"addr add {VIP}/32 dev lo")
        self.server.ip(f"addr del {VIP}/32 dev lo")
        events = [(event.kind, event.subject) for event in monitor.drain() if event.subject == VIP]
        self.assertEqual([("new addr", VIP), ("del addr", VIP)], events)

    def test_the_neighbour_is_served_at_the_vip_through_the_rip(self):
        self.server.ip(f"addr add {VIP}/32 dev lo")
        web = self.using(probes.Web(self.server, 80))
        with probes.connect(self.segment.neighbour, VIP, 80) as client, web.accept() as served:
            self.assertEqual(NEIGHBOUR, served.getpeername()[0].removeprefix("::ffff:"))
            self.assertEqual(VIP, client.getpeername()[0])

    def test_the_classic_script_leaks_under_a_flood(self):
        flood = self.using(probes.Flood(self.segment, VIP, 60_000))
        cycles = []
        for _ in range(20):
            classic.start(self.server, VIP)
            classic.stop(self.server, VIP)
            cycles.append(flood.count())
        self.assertGreater(sum(map(probes.leaked, cycles)), 0)
        rate = sum(cycle["sent"] for cycle in cycles) / sum(cycle["seconds"] for cycle in cycles)
        print(f"{rate:.0f} requests/s, leaks of each cycle: {[probes.leaked(cycle) for cycle in cycles]}")
        self.assertGreater(rate, 50_000)


if __name__ == "__main__":
    support.main()
