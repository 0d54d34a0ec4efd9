"""Orders that come at once, and what a drain has blocked while nobody is there to see to it."""

import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, RIP, VIP, Segment
from probes import Web, connect

ROUNDS = 8
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
        self.daemon.kill()
        self.assertFalse(self.reaches(RIP))
        self.assertTrue(self.reaches(VIP))
        self.daemon.start()
        self.assertFalse(self.reaches(RIP))
        self.daemon.control("undrain", "--no-wait")
        self.assertTrue(self.reaches(RIP))


if __name__ == "__main__":
    support.main()
