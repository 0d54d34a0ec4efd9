"""Orders that come at once, and what a drain has blocked while nobody is there to see to it."""
import contextlib
import os
import pathlib
import random
import select
import subprocess
import sys

import bus_client
import support
from bus_client import Client
from daemon import Daemon, dr
from health import PORT, ask
from namespace import NEIGHBOUR, RIP, VIP, Segment
from probes import Web, connect

ROUNDS, CHECKS = 8, 20
PENDING = 16  # orders of one client that the daemon looks at at the same time
ORDERS = (("drain", "--no-wait"), ("undrain", "--no-wait"), ("reload",), ("drain", "--no-wait"), ("undrain", "--no-wait"))
# As the system bus is, and not one of a session.
EVERYBODY = '<policy context="default"><allow user="*"/></policy>'
ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
# Whoever says that it is root, and who leaves it to the kernel.
AS_ROOT = """
import sys
print("root" if os.getuid() == 0 else os.getuid())
try:
    Client(sys.argv[1])
except PermissionError as error:
    print(str(error).strip())
client = Client(sys.argv[1], user=None)
print(client.ask("Drain", {}), client.ask("Undrain"), client.ask("Reload"), sep="\\n")
"""


class Orders(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.web = self.using(Web(self.segment.server, 80))

    def start(self, role, **options):
        self.daemon = self.using(Daemon(self.segment.server, {"web": role}, **options))
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

    # faults: 60
    def test_the_last_of_many_orders_that_nobody_waited_for_is_what_holds(self):
        self.start(dr(VIP))
        client = self.using(Client(self.daemon.bus.address))
        chance = random.Random(1)
        for number in range(ROUNDS // 2):
            last = (("Drain", {}), ("Undrain",))[number % 2]
            orders = [*chance.choices((("Drain", {}), ("Undrain",), ("Reload",)), k=PENDING - 1), last]
            self.assertEqual([""] * len(orders), client.ask_all(orders))
            wanted = ("drained", "serving")[number % 2]
            support.await_(lambda: self.state() != "draining", seconds=15, what="nobody is connected")
            self.assertEqual(wanted, self.state(), orders)
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(wanted, self.state(), orders)

    # faults: 59
    def test_root_of_another_user_namespace_is_nobody_here(self):
        self.start(dr(VIP), bus_limits=EVERYBODY)
        self.daemon.directory.chmod(0o755)
        process = self.segment.neighbour.popen(
            "setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "unshare", "--user", "--map-root-user",
            sys.executable, "-I", "-", self.daemon.bus.address, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        said, _ = process.communicate(pathlib.Path(bus_client.__file__).read_text() + AS_ROOT, timeout=30)
        if "unshare" in said:
            self.skipTest(said)
        self.assertEqual(["root", "REJECTED EXTERNAL", *[ACCESS_DENIED] * 3], said.splitlines())
        self.assertEqual("serving", self.state())
        self.assertNotIn("org.realserverd.drain", self.daemon.log())
        # That it could be otherwise:
        self.assertEqual("", self.using(Client(self.daemon.bus.address)).ask("Drain", {}))
        self.assertIn("org.realserverd.drain for user 0", self.daemon.log())

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
        # Who kept the sockets, a service manager, would let them wait: endpoints_test.py.
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
