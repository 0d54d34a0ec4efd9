"""A kernel that is short of memory drops its caches, and with them what inotify watches, unless it is held open. The
whole machine is slow for a while then: tests/kernel/guest.py gives this test a machine of its own."""
import os
import statistics
import sys
import time

import support
from daemon import Daemon, dr
from namespace import VIP, Segment

TIMES = 5
FOUND = 0.05
SLOWNESS = 5  # of user-mode Linux; the audit alone would need ten times FOUND at the median


class DroppedCaches(support.Test):
    # faults: 11
    def test_a_value_that_is_flipped_after_the_caches_were_dropped_is_heard_of(self):
        server = self.using(Segment()).server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}, bus=False))
        daemon.start(60)
        times = []
        for _ in range(TIMES):
            for _ in range(2):
                with open("/proc/sys/vm/drop_caches", "w") as file:
                    file.write("2")
            time.sleep(0.3)  # so that it is no fight
            begin = time.monotonic()
            server.sysctl("eth0", "arp_ignore", 0)
            support.await_(lambda: server.sysctl("eth0", "arp_ignore") == 1, 10, 0.001, "found")
            times.append(time.monotonic() - begin)
        print(f"found after {[f'{1e3 * each:.0f}' for each in times]} ms", flush=True)
        self.assertLess(statistics.median(times), FOUND * SLOWNESS)


if __name__ == "__main__":
    if not os.path.exists("/run/shared/job"):
        print("skipped: not in a guest, and everybody else on this machine would feel it")
        sys.exit(support.SKIP)
    support.main()
