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
KEYS = {"arp_ignore": 1, "arp_announce": 2}  # as the daemon sets them


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

    # faults: 81
    def test_nothing_is_restored_from_a_ledger_of_another_boot_or_namespace(self):
        for what, field in (("boot", 2), ("namespace", 3)):
            with self.subTest(what):
                server = self.using(Segment()).server
                server.sysctl("all", "arp_announce", 1)
                server.sysctl("eth0", "arp_announce", 0)
                before = server.snapshot()
                daemon = self.using(Daemon(server, {"web": dr(VIP)}))
                daemon.start()
                daemon.kill()
                ledger = daemon.runtime / "ledger"
                head, _, values = ledger.read_text().partition("\n")
                self.assertIn("arp_announce", values, "it notes what the next stop would restore")
                words = head.split(" ")
                words[field] = {"boot": "11111111-2222-3333-4444-555555555555", "namespace": "net:[1]"}[what]
                ledger.write_text(" ".join(words) + "\n" + values)
                daemon.start()
                self.assertEqual("serving", daemon.role("web")["state"])
                daemon.stop()
                self.assertFalse(server.holds(VIP))
                kept = {(device, key): server.sysctl(device, key) for device in ("all", "eth0") for key in KEYS}
                self.assertEqual({(device, key): KEYS[key] for device, key in kept}, kept, "as they were found")
                for device, key in kept:
                    path = f"/proc/sys/net/ipv4/conf/{device}/{key}"
                    server.sysctl(device, key, before[path])
                self.assert_same(before, server.snapshot())


if __name__ == "__main__":
    support.main()
