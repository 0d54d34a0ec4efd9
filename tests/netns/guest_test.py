"""What a whole machine has to go through: caches dropped, the clock stepped, memory used up. tests/kernel/guest.py gives
this test a machine of its own."""
import os
import signal
import subprocess
import sys
import time

import support
from cost import processes, processor_time
from daemon import Daemon, dr
from namespace import VIP, Segment
from probes import Web, connect

SLOWNESS = 5  # of user-mode Linux
FOUND = 0.05
# The audit alone, each second, would find each but the first one this much before the next second.
PAUSES = (0.2, 0.6, 0.3, 0.5, 0.4)
DAY = 86400
TIMEOUT = 3
LATE = 1.5
TIMED_OUT = "drained by its deadline"


class Hoarder:
    """Takes all memory there is. While the daemon ends, its own is free already, and taken too; then the kernel kills this."""
    def __init__(self):
        program = "hoard = []\nwhile True: hoard.append(b'1' * (1 << 20))"
        self._process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)

    def close(self):
        self._process.kill()
        self._process.wait()


class Guest(support.Test):
    NODE = "[stop]\ndrain = false\n"

    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP)}, node=self.NODE))
        self.daemon.start(60)

    # faults: 11
    def test_a_value_that_is_flipped_after_the_caches_were_dropped_is_heard_of(self):
        times = []
        for pause in PAUSES:
            for _ in range(2):
                with open("/proc/sys/vm/drop_caches", "w") as file:
                    file.write("2")
            time.sleep(pause)  # a pace
            begin = time.monotonic()
            self.server.sysctl("eth0", "arp_ignore", 0)
            support.await_(lambda: self.server.sysctl("eth0", "arp_ignore") == 1, 10, 0.001, "found")
            times.append(time.monotonic() - begin)
        print(f"found after {[f'{1e3 * each:.0f}' for each in times]} ms", flush=True)
        self.assertLess(max(times), FOUND * SLOWNESS)

    @staticmethod
    def step_clock(seconds):
        time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)

    def hold_still(self, seconds):
        """As in a suspended host, nothing happens to the daemon but time; there, its own clock would stand still too."""
        found = processes(self.daemon.process)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in found:
            os.kill(pid, signal.SIGCONT)

    def timed_drain(self, disturb):
        """Of a connection that does not end: for how many seconds it is waited, at most and at least."""
        with connect(self.segment.neighbour, VIP, 80), self.web.accept():
            asked, known = time.monotonic(), len(self.daemon.log())
            self.assertEqual(0, self.daemon.control("drain", "web", "--no-wait", "--timeout", f"{TIMEOUT}s").returncode)
            begun = time.monotonic()
            disturb()
            support.await_(lambda: TIMED_OUT in self.daemon.log()[known:], 40, 0.01, "the drain has timed out")
            ended = time.monotonic()
        self.assertEqual("drained", self.daemon.role("web")["state"])
        self.assertEqual(0, self.daemon.control("undrain", "web").returncode)
        self.assertEqual("serving", self.daemon.role("web")["state"])
        return ended - asked, ended - begun

    # faults: 40
    def test_a_clock_that_is_stepped_moves_no_deadline(self):
        self.web = self.using(Web(self.server, 80))
        for what, disturb, least in (
            ("a day on", lambda: self.step_clock(DAY), TIMEOUT),
            ("two days back", lambda: self.step_clock(-2 * DAY), TIMEOUT),
            ("held still", lambda: self.hold_still(2 * TIMEOUT), 2 * TIMEOUT),
        ):
            with self.subTest(what):
                most, took = self.timed_drain(disturb)
                busy = processor_time(self.daemon.process)
                time.sleep(1)  # a span
                busy = processor_time(self.daemon.process) - busy
                print(f"{what}: drained after {took:.1f} s; busy {100 * busy:.0f} % of the next second", flush=True)
                self.assertGreater(most, least)
                self.assertLess(took, least + LATE)
                self.assertLess(busy, 0.5)

    # faults: 74
    def test_a_daemon_that_was_killed_for_its_memory_is_started_again_and_takes_over(self):
        for pid in processes(self.daemon.process):
            with open(f"/proc/{pid}/oom_score_adj", "w") as file:
                file.write("1000")
        hoarder = self.using(Hoarder())
        self.daemon.process.wait(60)
        print(self.daemon.log().splitlines()[-1], flush=True)
        hoarder.close()
        with open("/proc/vmstat") as file:
            self.assertNotIn("oom_kill 0\n", file)
        self.assertTrue(self.server.holds(VIP))
        self.assertEqual([], support.hazards(self.server))
        self.daemon.start(60)
        self.assertEqual("serving", self.daemon.role("web")["state"])
        self.assertEqual([], support.hazards(self.server))
        self.daemon.stop(60)
        self.assertFalse(self.server.holds(VIP))


if __name__ == "__main__":
    if not os.path.exists("/run/shared/job"):
        print("skipped: not in a guest, and everybody else on this machine would feel it")
        sys.exit(support.SKIP)
    support.main()
