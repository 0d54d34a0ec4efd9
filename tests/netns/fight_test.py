"""Somebody undoes every repair: the daemon says so, costs next to nothing, and never leaves a VIP in the open."""
import subprocess
import time

import support
from cost import SLOWNESS, holds, processor_time
from daemon import dr
from namespace import VIP
from netlink import delete_address
from probes import Flood, leaked
from serving import Serving

OTHER = "192.0.2.18"  # of a role that nobody fights
FIGHT = 4  # seconds
BACK = 35  # the longest back-off is 30 s


class Fight(Serving):
    def opponent(self, line):
        """Runs a line of shell every 10 ms until stopped."""
        process = self.server.popen("sh", "-c", f"while :; do {line}; sleep 0.01; done", stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, opponent):
        opponent.kill()
        opponent.wait()

    def problems(self):
        return " ".join(self.daemon.role("web")["problems"])

    # faults: 29
    def test_a_vip_that_is_removed_again_and_again_is_contested_and_costs_little_and_others_are_repaired(self):
        self.daemon.write_role("other", dr(OTHER))
        self.daemon.reload()
        opponent = self.opponent(f"ip addr del {VIP}/32 dev lo")
        # The first repairs are at once and free.
        support.await_(lambda: "contested" in self.problems(), 5, 0.05, "contested")
        used, lines, begin = processor_time(self.daemon.process), len(self.daemon.log().splitlines()), time.monotonic()
        time.sleep(FIGHT)  # what is measured
        share = (processor_time(self.daemon.process) - used) / (time.monotonic() - begin)
        written = len(self.daemon.log().splitlines()) - lines
        print(f"{share * 100:.1f} % of a core, {written} lines logged in {FIGHT} s", flush=True)
        self.assertLess(share, 0.01 * SLOWNESS)
        self.assertLess(written, 5 * FIGHT)
        self.assertIn("contested", self.problems() + self.daemon.log())
        states = [self.daemon.role("web")["state"] for _ in range(7)]
        self.assertLess(states.count("serving"), 4, states)  # for a moment after each repair it is
        self.bounds.assert_held("contested", damage=lambda: delete_address(self.server, OTHER, "lo"),
                                repaired=lambda: holds(self.server, OTHER))
        self.end(opponent)
        self.bounds.assert_left_nothing()
        support.await_(lambda: self.server.holds(VIP), BACK, 0.05, "the VIP is back after the fight")
        support.await_(lambda: self.daemon.role("web")["state"] == "serving", BACK, 0.2, "serving again")

    def test_a_lost_fight_for_arp_unbinds_the_vip_and_does_not_leak(self):
        files = " ".join(f"/proc/sys/net/ipv4/conf/{device}/arp_ignore" for device in ("all", "eth0"))
        flood = self.using(Flood(self.segment, VIP, 55_000))
        opponent = self.opponent(f"for file in {files}; do echo 0 > $file; done")
        support.await_(lambda: not self.server.holds(VIP), 5, what="the VIP is unbound")
        support.await_(lambda: self.daemon.role("web")["state"] == "degraded", 5, 0.05, "degraded")
        print(f"until unbound: {leaked(flood.count())} frames", flush=True)
        time.sleep(FIGHT)  # in which nothing may leak
        self.assertEqual(0, leaked(flood.count()))
        self.assertFalse(self.server.holds(VIP))
        self.end(opponent)
        support.await_(lambda: self.server.holds(VIP), BACK, 0.05, "the VIP is back after the fight")
        self.assertEqual([], support.hazards(self.server))


if __name__ == "__main__":
    support.main()
