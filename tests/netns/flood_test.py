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

    def test_no_start_or_stop_lets_a_frame_out_while_the_classic_script_leaks_in_every_cycle(self):
        server = self.segment.server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}, bus=False))
        self.assertEqual([0] * CYCLES, self.cycles(CYCLES, daemon.start, daemon.stop))
        leaks = self.cycles(CLASSIC_CYCLES, lambda: classic.start(server, VIP), lambda: classic.stop(server, VIP))
        self.assertGreater(min(leaks), 0, leaks)


if __name__ == "__main__":
    support.main()
