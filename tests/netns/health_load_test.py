"""Crowds at the health endpoint: a director's check is answered at once whatever others do, and drift repaired.

The crowds stand for other hosts and yield the processor; the daemon and the director do not share theirs with them.
"""
import os
import time

import support
from cost import SLOWNESS, Bounds, memory, processes
from daemon import NODE, Daemon, dr
from health import Crowd, ask, check_for
from namespace import NEIGHBOUR, VIP, Segment
from support import await_

GUESTS = [f"192.0.2.{number}" for number in range(64, 128)]
STRANGERS = [f"192.0.2.{number}" for number in range(128, 144)]
NODE_WITH_GUESTS = NODE + '[health]\nallow = ["directors", "192.0.2.64/26"]\n'
LIMIT = 0.05
SECONDS = 3 if SLOWNESS == 1 else 1
MANY = 1000 if SLOWNESS == 1 else 250  # VIPs in an answer
CROWDED = 4096  # KiB at most; it takes half of that
MET = 50  # of each crowd at least: a queue and the clients at a time that there is room for
ATTEMPTS = 3  # a pause of a busy machine does not come three times in a row


class Crowded(support.Test):
    def setUp(self):
        segment = self.using(Segment())
        self.server, self.director = segment.server, segment.neighbour
        for address in GUESTS + STRANGERS:
            self.director.ip(f"addr add {address}/24 dev eth0")
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP, extra=f'directors = ["{NEIGHBOUR}"]')},
                                        node=NODE_WITH_GUESTS))
        self.daemon.start()
        self.bounds = Bounds(self, self.server, self.daemon)
        before = os.getpriority(os.PRIO_PROCESS, 0)
        for process in (*processes(self.daemon.process), 0):
            os.setpriority(os.PRIO_PROCESS, process, -10)
        self.addCleanup(os.setpriority, os.PRIO_PROCESS, 0, before)

    def crowd(self, mode, count, sources):
        """One in which everybody has tried to connect, and `met` have; whom the queue has no room for, tries again."""
        crowd = self.using(Crowd(self.director, mode, count, sources))
        crowd.met = given_up = 0

        def is_there():
            nonlocal given_up
            counts = crowd.count()
            crowd.met += counts["connected"]
            given_up += counts["given_up"]
            return crowd.met + given_up >= count
        await_(is_there, 20, 0.05, "everybody in the crowd has tried to connect")
        self.assertGreater(crowd.met, MET, f"of {count}, {mode}")
        return crowd

    def check(self):
        self.assertEqual(200, ask(self.director, "/health/web")[0])

    def assert_undisturbed(self, what, *crowds):
        """Checks in time, drift repaired, calls answered, little memory, few lines in the log, nothing left behind."""
        lines = self.daemon.log().count("\n")
        for _ in range(ATTEMPTS):
            times = check_for(SECONDS, self.check)
            if max(times) < LIMIT:
                break
        counts = [crowd.count() for crowd in crowds]
        begin = time.monotonic()
        self.assertEqual(0, self.daemon.control("status").returncode)
        self.bounds.assert_held(what, f"{len(times)} checks, worst {max(times) * 1e3:.1f} ms; "
                                      f"status {(time.monotonic() - begin) * 1e3:.0f} ms; {counts}")
        self.assertLess(max(times), LIMIT)
        said = [line for line in self.daemon.log().splitlines()[lines:] if "connections cut off" in line]
        self.assertLess(len(said), 12, said)
        return counts

    def end(self, *crowds):
        for crowd in crowds:
            crowd.close()
        self.bounds.assert_left_nothing()

    # faults: 61
    def test_hundreds_and_thousands_of_slow_clients_from_allowed_addresses(self):
        for count in (500, 5000):
            crowd = self.crowd("slow", count, GUESTS)
            counts, = self.assert_undisturbed(f"{count} slow clients", crowd)
            # They come, are cut off and come again all the time.
            self.assertGreater(min(counts["connected"], counts["closed"]), 1000 / SLOWNESS, counts)
            self.end(crowd)

    def test_a_flood_from_an_allowed_address(self):
        for sources in (GUESTS[:1], GUESTS):
            crowd = self.crowd("flood", 400, sources)
            counts = self.assert_undisturbed(f"flood from {len(sources)} allowed", crowd)
            self.assertGreater(counts[0]["connected"], 5000 / SLOWNESS)
            # On a machine that is busy with other things it takes the flooder a while to ask in time once.
            self.assertTrue(counts[0]["answered"] or await_(lambda: crowd.count()["answered"], 15, 0.5, "some are answered"))
            self.end(crowd)

    def test_a_flood_from_refused_addresses(self):
        crowd = self.crowd("flood", 400, STRANGERS)
        self.assert_undisturbed("flood from refused", crowd)
        self.end(crowd)

    def test_all_of_them_at_once(self):
        crowds = [self.crowd("slow", 500, GUESTS), self.crowd("flood", 200, GUESTS[:1]), self.crowd("flood", 200, STRANGERS)]
        self.assert_undisturbed("all at once", *crowds)
        self.end(*crowds)

    def test_slow_clients_at_the_directors_own_address(self):
        crowd = self.crowd("slow", 120, [NEIGHBOUR])
        self.assert_undisturbed("120 slow clients at the director's", crowd)
        self.end(crowd)

    # faults: 65
    def test_clients_that_never_take_a_large_answer(self):
        many = "".join(f'"198.51.{100 + i // 256}.{i % 256}", ' for i in range(MANY))
        self.daemon.write_role("many", f'forwarding = "dr"\nvips = [{many}]\nservices = ["81/tcp"]\nbind = "route"\n')
        self.daemon.reload()
        self.assertEqual(200, ask(self.director, "/status")[0])
        self.bounds.most_memory = memory(self.daemon.process) + CROWDED  # so many VIPs take theirs without a crowd
        crowd = self.crowd("mute", 400, [*GUESTS, NEIGHBOUR])
        counts, = self.assert_undisturbed("400 that never read", crowd)
        self.assertGreater(crowd.met + counts["connected"], 100)
        self.end(crowd)


if __name__ == "__main__":
    support.main()
