"""Clients of the bus that ask as fast as they can and never take an answer: the daemon stays small, and drift is
repaired meanwhile. What the bus daemon keeps for them is its own affair. And a bus that is not there any more."""
import contextlib
import os
import socket
import subprocess
import sys
import time

import support
from cost import SLOWNESS
from health import ask
from namespace import VIP
from private_bus import Bus
from probes import Web, connect
from serving import Serving

SECONDS = 2
BROKEN = 3  # seconds without a bus
LEAST = 2000  # calls a second of both; 8000 to 34 000 of them on a busy machine
MOST = 60_000 // SLOWNESS  # calls of each; many of them wait when all are sent
FLOODER = """
import os, signal, socket, sys
from bus_client import call

path, flags, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bus = socket.socket(socket.AF_UNIX)
bus.connect(path)
bus.send(b"\\\\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\\\\r\\\\nBEGIN\\\\r\\\\n")
bus.recv(100)
bus.send(call(1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"))
bus.recv(1000)
many = [call(serial, "org.realserverd.RealServer1", "/org/realserverd/RealServer1", "org.freedesktop.DBus.Properties",
             "GetAll", "org.realserverd.RealServer1.Manager", flags=flags) for serial in range(2, 20002)]
data = b"".join(many)
size = len(many[0])
sent = 0

def end(*_):
    print(sent // size, flush=True)
    os._exit(0)

signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
try:
    while sent < most * size:
        at = sent % len(data)
        sent += bus.send(data[at:at + (1 << 18)])
except OSError:
    pass  # the bus has had enough of it
signal.pause()
""".replace("\\\\", "\\")


class Flooded(Serving):
    def flooder(self, flags):
        process = self.server.popen(sys.executable, "-c", FLOODER, f"{self.daemon.directory}/bus", str(flags),
                                    str(MOST), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual("ready\n", process.stdout.readline())
        return process

    @staticmethod
    def ended(process):
        """How many calls it has sent."""
        process.terminate()
        return int(process.stdout.readline())

    def flood(self, what, flags):
        flooders, begin = [self.flooder(flags) for _ in range(2)], time.monotonic()
        time.sleep(SECONDS)  # what piles up, piles up now
        self.bounds.assert_held(what)
        self.assertEqual([None, None], [each.poll() for each in flooders])
        calls = sum(self.ended(each) for each in flooders)
        rate = calls / (time.monotonic() - begin)
        print(f"{calls} calls, {rate:.0f} a second", flush=True)
        self.assertGreater(rate, LEAST / SLOWNESS)


class BusFlood(Flooded):
    # faults: 53
    def test_callers_who_never_take_an_answer(self):
        for what, flags in (("calls that want an answer", 0), ("calls that want none", 1)):
            with self.subTest(what):
                self.flood(what, flags)
                support.await_(lambda: self.daemon.control("status").returncode == 0, 60 * SLOWNESS, 0.1,
                               "reachable again")
                self.bounds.assert_left_nothing()


class BusWithoutLimits(Flooded):
    """As session.conf has it: what the bus does not take from us in time stays with those who asked."""

    BUS_LIMITS = """<limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_replies_per_connection">50000</limit>"""

    # faults: 53
    def test_answers_that_nobody_takes_do_not_pile_up_here(self):
        self.flood("a bus without limits", 0)


class BusLost(Serving):
    # faults: 57
    def test_a_bus_that_dies_is_asked_for_with_back_off_and_found_again_and_nothing_else_notices(self):
        self.using(Web(self.server, 80))
        self.daemon.bus.close()
        path = self.daemon.directory / "bus"
        path.unlink()
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as broken:
            broken.bind(str(path))
            broken.listen()
            came = self.turned_away(broken)
        print(f"{came} attempts in {BROKEN} s", flush=True)
        self.assertTrue(2 <= came <= 5, f"{came}, but the first is after 0.2 s, and each waits twice as long")
        self.assertEqual(1, self.daemon.log().count("D-Bus: the bus has gone"))
        self.assertLessEqual(self.daemon.log().count("error: D-Bus:"), 1 + came, self.daemon.log())
        path.unlink()
        self.daemon.bus = Bus(self.daemon.directory)
        support.await_(lambda: self.daemon.control("status").returncode == 0, 15, 0.1, "the name is owned again")
        self.assertEqual("serving", self.daemon.role("web")["state"])
        self.bounds.assert_left_nothing()

    def turned_away(self, broken):
        """How often the daemon comes to what is in the place of the bus and sends everybody away; it serves meanwhile."""
        end, came = time.monotonic() + BROKEN, 0
        while True:
            broken.settimeout(max(end - time.monotonic(), 0.001))
            try:
                broken.accept()[0].close()
            except TimeoutError:
                return came
            came += 1
            if came == 1:
                self.bounds.assert_held("without a bus")
                self.assertEqual(200, ask(self.server, "/health/web")[0])
                connect(self.segment.neighbour, VIP, 80).close()


if __name__ == "__main__":
    support.main()
