"""Orders that come at once, and what a drain has blocked while nobody is there to see to it."""
import contextlib
import os
import select

import support
from daemon import Daemon, dr
from health import PORT, ask
from namespace import NEIGHBOUR, RIP, VIP, Segment
from probes import Web, connect

ROUNDS, CHECKS = 8, 20
ORDERS = (("drain", "--no-wait"), ("undrain", "--no-wait"), ("reload",), ("drain", "--no-wait"), ("undrain", "--no-wait"))


class Orders(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.web = self.using(Web(self.segment.server, 80))

    def start(self, role):
        self.daemon = self.using(Daemon(self.segment.server, {"web": role}))
        self.daemon.start()

    def state(self):
        return self.daemon.role("web")["state"]

    # faults: 60
    def test_orders_at_once_are_carried_out_one_after_the_other_and_the_outcome_is_kept(self):
        self.start(dr(VIP))
        for number in range(ROUNDS):
            orders = [self.daemon.control_start(*words) for words in ORDERS]
            for order in orders:
                _, errors = order.communicate(timeout=30)
                self.assertEqual((0, ""), (order.returncode, errors))
            last = ("drain", "undrain")[number % 2]
            self.assertEqual(0, self.daemon.control(last).returncode)
            wanted = ("drained", "serving")[number % 2]
            self.assertEqual(wanted, self.state())
            self.assertTrue(self.segment.server.holds(VIP))
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(wanted, self.state())

    def reaches(self, address):
        try:
            connect(self.segment.neighbour, address, 80, timeout=1).close()
            return True
        except OSError:
            return False

    # faults: 68
    def test_blocked_probes_stay_blocked_without_a_daemon_and_clients_are_served(self):
        self.start(dr(VIP, extra=f'directors = ["{NEIGHBOUR}"]\n[drain]\nprobes = true'))
        self.assertTrue(self.reaches(RIP))
        self.daemon.control("drain", "--no-wait")
        self.assertFalse(self.reaches(RIP))
        self.assertEqual(503, ask(self.segment.neighbour, "/health/web")[0])
        self.kill_all()
        self.assertFalse(self.reaches(RIP))
        self.assertTrue(self.reaches(VIP))
        self.assertEqual(0, self.connected(), "checks, though nobody could answer them")
        self.daemon.start()
        self.assertFalse(self.reaches(RIP))
        self.assertEqual(CHECKS, self.connected())
        self.daemon.control("undrain", "--no-wait")
        self.assertTrue(self.reaches(RIP))
        self.kill_all()
        # Who kept the sockets, a service manager, would let them wait: health_test.py.
        self.assertEqual(0, self.connected(), "checks, though nobody could answer them")

    def kill_all(self):
        """Until the process has ended as well that listens to strangers."""
        with open(os.pidfd_open(self.daemon.front)) as front:
            self.daemon.kill()
            self.assertTrue(select.select([front], [], [], 5)[0], "it has not ended")

    def connected(self):
        """How many of so many checks get as far as a connection; all others are refused, none waits."""
        count = 0
        for _ in range(CHECKS):
            with contextlib.suppress(ConnectionRefusedError):
                connect(self.segment.neighbour, RIP, PORT, timeout=5).close()
                count += 1
        return count


if __name__ == "__main__":
    support.main()
