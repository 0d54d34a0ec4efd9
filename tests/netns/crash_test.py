"""A daemon that crashes again and again: its unit has no limit of starts (tests/units), and between its lives and
under a flood the VIP is served and never seen in ARP."""
import signal
import time

import support
from cost import SLOWNESS
from daemon import Daemon, dr
from events_test import GAP, Download
from namespace import VIP, Segment
from probes import Flood, leaked

CRASHES, RESTART = 5, 0.1  # RestartSec of the unit


class Crash(support.Test):
    # faults: 75
    def test_five_crashes_in_ten_seconds_cost_no_connection_and_no_frame(self):
        segment = self.using(Segment())
        daemon = self.using(Daemon(segment.server, {"web": dr(VIP)}))
        flood = self.using(Flood(segment, VIP, 20_000))
        daemon.start()
        download = self.using(Download(segment))
        download.await_more()
        begin = time.monotonic()
        for _ in range(CRASHES):
            daemon.send(signal.SIGSEGV)
            self.assertNotEqual(0, daemon.wait())
            self.assertTrue(segment.server.holds(VIP))
            time.sleep(RESTART)
            daemon.start()
        took = time.monotonic() - begin
        download.await_more()
        counters = flood.count()
        print(f"{CRASHES} crashes in {took:.1f} s; longest gap {download.longest * 1e3:.0f} ms; {counters}", flush=True)
        self.assertLess(took, 10 * SLOWNESS)
        self.assertEqual(0, leaked(counters), counters)
        self.assertGreater(counters["sent"], 1000)
        self.assertLess(download.longest, GAP)
        self.assertEqual("serving", daemon.role("web")["state"])
        self.assertEqual([], support.hazards(segment.server))


if __name__ == "__main__":
    support.main()
