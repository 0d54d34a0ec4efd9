"""Somebody undoes every repair: the daemon says so, costs next to nothing, and never leaves a VIP in the open."""
import os
import subprocess
import time

import support
from daemon import Daemon, dr
from namespace import VIP, Segment
from probes import Flood, leaked

FIGHT = 4  # seconds
BACK = 35  # the longest back-off is 30 s


class Fight(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP)}))
        self.daemon.start()

    def opponent(self, line):
        """Runs a line of shell every 10 ms until stopped."""
        process = self.server.popen("sh", "-c", f"while :; do {line}; sleep 0.01; done", stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, opponent):
        opponent.kill()
        opponent.wait()

    def cpu(self):
        """Seconds of processor time the daemon has used."""
        with open(f"/proc/{self.daemon.process.pid}/stat") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def problems(self):
        return " ".join(self.daemon.role("web")["problems"])

    # faults: 29
    def test_a_vip_that_is_removed_again_and_again_is_contested_and_costs_little(self):
        opponent = self.opponent(f"ip addr del {VIP}/32 dev lo")
        time.sleep(1)  # the first repairs are at once and free
        used, lines, begin = self.cpu(), len(self.daemon.log().splitlines()), time.monotonic()
        time.sleep(FIGHT)
        share = (self.cpu() - used) / (time.monotonic() - begin)
        written = len(self.daemon.log().splitlines()) - lines
        print(f"{share * 100:.1f} % of a core, {written} lines logged in {FIGHT} s", flush=True)
        self.assertLess(share, 0.01)
        self.assertLess(written, 5 * FIGHT)
        self.assertIn("contested", self.problems() + self.daemon.log())
        self.assertNotEqual("serving", self.daemon.role("web")["state"])
        self.end(opponent)
        support.await_(lambda: self.server.holds(VIP), BACK, 0.05, "the VIP is back after the fight")
        support.await_(lambda: self.daemon.role("web")["state"] == "serving", BACK, 0.2, "serving again")

    def test_a_lost_fight_for_arp_unbinds_the_vip_and_does_not_leak(self):
        files = " ".join(f"/proc/sys/net/ipv4/conf/{device}/arp_ignore" for device in ("all", "eth0"))
        flood = self.using(Flood(self.segment, VIP, 55_000))
        opponent = self.opponent(f"for file in {files}; do echo 0 > $file; done")
        support.await_(lambda: not self.server.holds(VIP), 5, what="the VIP is unbound")
        support.await_(lambda: self.daemon.role("web")["state"] == "degraded", 5, 0.05, "degraded")
        print(f"until unbound: {leaked(flood.count())} frames", flush=True)
        time.sleep(FIGHT)
        self.assertEqual(0, leaked(flood.count()))
        self.assertFalse(self.server.holds(VIP))
        self.end(opponent)
        support.await_(lambda: self.server.holds(VIP), BACK, 0.05, "the VIP is back after the fight")
        self.assertEqual([], support.hazards(self.server))


if __name__ == "__main__":
    support.main()
