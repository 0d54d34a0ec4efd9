"""The promise that everything else serves: no ARP frame names the VIP as its sender, ever. The classic
script in the same flood shows that this test can fail."""
import classic
import support
from daemon import Daemon, dr
from namespace import VIP, Segment
from probes import Flood, leaked

CYCLES = 200
CLASSIC_CYCLES = 20
RATE = 65_000
AT_LEAST = 50_000


class ArpFlood(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.flood = self.using(Flood(self.segment, VIP, RATE))

    def cycles(self, number, start, stop):
        """Starts and stops under the flood; the frames leaked in each cycle."""
        leaks, sent, seconds = [], 0, 0
        self.flood.count()
        for _ in range(number):
            start()
            stop()
            counters = self.flood.count()
            leaks.append(leaked(counters))
            sent, seconds = sent + counters["sent"], seconds + counters["seconds"]
        print(f"{number} cycles: {sent:.0f} requests, {sent / seconds:.0f} a second, "
              f"{sum(leaks)} frames with the VIP as sender, in {sum(map(bool, leaks))} cycles", flush=True)
        self.assertGreater(sent / seconds, AT_LEAST)
        return leaks

    # faults: 57
    def test_no_start_or_stop_lets_a_frame_out_while_the_classic_script_leaks_in_every_cycle(self):
        server = self.segment.server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}, bus=False))
        self.assertEqual([0] * CYCLES, self.cycles(CYCLES, daemon.start, daemon.stop))
        leaks = self.cycles(CLASSIC_CYCLES, lambda: classic.start(server, VIP), lambda: classic.stop(server, VIP))
        self.assertGreater(min(leaks), 0, leaks)

    # faults: 3, 5
    def test_nothing_that_befalls_the_daemon_or_the_host_lets_a_frame_out(self):
        server = self.segment.server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}, bus=False))
        daemon.start()
        befalls = {
            "restarted": lambda: (daemon.leave(), daemon.start()),
            "killed and started": lambda: (daemon.kill(), daemon.start()),
            "reloaded": daemon.reload,
            "VIP deleted": lambda: self.repaired(f"addr del {VIP}/32 dev lo"),
            "lo flushed": lambda: self.repaired("addr flush dev lo"),
            "lo down and up": lambda: (server.ip("link set lo down"), self.repaired("link set lo up")),
            "conf/all alone flipped": lambda: self.flipped("all"),
            "conf/eth0 alone flipped": lambda: self.flipped("eth0"),
        }
        for what, happen in befalls.items():
            with self.subTest(what):
                self.flood.count()
                for _ in range(5):
                    happen()
                self.assertEqual(0, leaked(self.flood.count()))

    def repaired(self, line):
        self.segment.server.ip(line)
        support.await_(lambda: self.segment.server.holds(VIP), 40, what=f"VIP back after {line}")

    def flipped(self, device):
        server = self.segment.server
        server.sysctl(device, "arp_ignore", 0)
        support.await_(lambda: server.sysctl(device, "arp_ignore") == 1, what=f"{device} silent again")

    def test_both_layers_flipped_at_once_leak_no_longer_than_the_repair_takes(self):
        server = self.segment.server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}, bus=False))
        daemon.start()
        self.flood.count()
        for device in ("all", "eth0"):
            server.sysctl(device, "arp_ignore", 0)
        support.await_(lambda: not support.hazards(server), what="both layers silent again")
        print(f"one flip of both layers: {leaked(self.flood.count())} frames", flush=True)
        daemon.reload()
        self.assertEqual(0, leaked(self.flood.count()))


if __name__ == "__main__":
    support.main()
