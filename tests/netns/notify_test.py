"""What the daemon tells systemd, word for word."""
import signal
import time

import support
from daemon import Daemon, dr
from namespace import VIP, Segment


class Notified(support.Test):
    def setUp(self):
        self.daemon = self.using(Daemon(self.using(Segment()).server, {"web": dr(VIP)}))

    def test_it_is_ready_once_the_vip_is_bound_and_says_what_it_does(self):
        self.daemon.start()
        self.assertTrue(self.daemon.namespace.holds(VIP))
        self.daemon.stop()
        status = [line for line in self.daemon.notify.lines if line.startswith("STATUS=")]
        self.assertTrue(status and all(len(line) > len("STATUS=") for line in status), self.daemon.notify.lines)
        self.assertEqual(1, self.daemon.notify.lines.count("READY=1"))

    def test_whoever_waited_for_ready_finds_it_on_the_bus(self):
        for _ in range(10):
            self.daemon.spawn()
            self.daemon.notify.wait("READY=1", self.daemon.process, 5)
            self.assertEqual(0, self.daemon.control("status").returncode)
            self.daemon.stop()

    def test_a_reload_is_announced_with_its_time_and_ends_in_ready(self):
        self.daemon.start()
        begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.daemon.reload()
        lines = self.daemon.notify.lines
        reloading = lines.index("RELOADING=1")
        stamps = [int(line.split("=")[1]) for line in lines[reloading:] if line.startswith("MONOTONIC_USEC=")]
        self.assertEqual(1, len(stamps))
        self.assertTrue(begin <= stamps[0] <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.assertIn("READY=1", lines[reloading:])

    def test_a_refused_reload_ends_in_ready_too(self):
        self.daemon.start()
        self.daemon.write_role("web", "nonsense")
        self.daemon.reload()
        self.assertEqual(["READY=1"] * 2, [line for line in self.daemon.notify.lines if line == "READY=1"])

    def test_a_stop_is_announced(self):
        self.daemon.start()
        self.daemon.send(signal.SIGTERM)
        self.assertEqual("STOPPING=1", self.daemon.notify.wait("STOPPING=1", self.daemon.process, 5))
        self.assertEqual(0, self.daemon.wait())

    def test_the_watchdog_is_fed_more_often_than_it_asks(self):
        self.daemon.start(WATCHDOG_USEC="1000000")  # sd-event takes up to three quarters
        moments = []
        for _ in range(3):
            self.daemon.notify.wait("WATCHDOG=1", self.daemon.process, 5)
            moments.append(time.monotonic())
        gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
        self.assertLess(max(gaps), 1)
        self.daemon.stop()


if __name__ == "__main__":
    support.main()
