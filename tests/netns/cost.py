"""What a daemon costs, all of its processes together, and that a flood of anything costs it next to nothing."""
import collections
import glob
import os
import pathlib
import socket
import statistics
import time

from namespace import VIP
from netlink import delete_address
from support import await_

MOST_MEMORY = 16384  # KiB
PROMISED = 0.05  # seconds until drift is repaired that the kernel tells of
# A sanitized daemon takes about ten times as long; tests ask it for less, and give it more time.
SLOWNESS = 10 if b"libasan.so" in pathlib.Path(os.environ["REALSERVERD"]).read_bytes() else 1
TIMES = 5  # twice that many are the daemon's patience with whoever takes the VIP away


def processes(process):
    """The main process's id and those of all that descend from it."""
    found = [process.pid]
    for pid in found:
        for path in glob.glob(f"/proc/{pid}/task/*/children"):
            found += map(int, _read(path).split())
    return found


def memory(process):
    """KiB, what is shared counted by shares; 0 of a sanitized daemon, whose memory is another matter."""
    if SLOWNESS != 1:
        return 0
    lines = "".join(_read(f"/proc/{pid}/smaps_rollup") for pid in processes(process)).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def descriptors(process):
    """How many each kind of file is open, in all processes: socket, pipe, anon_inode:[eventpoll], /dev/null, ..."""
    kinds = collections.Counter()
    for pid in processes(process):
        for path in glob.glob(f"/proc/{pid}/fd/*"):
            try:
                kinds[os.readlink(path).partition(":[")[0]] += 1
            except FileNotFoundError:
                pass
    return kinds


def processor_time(process):
    """Seconds, of the processes that there are now."""
    ticks = 0
    for pid in processes(process):
        words = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        ticks += int(words[11]) + int(words[12]) if words else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def exact_time(process):
    """The same to the nanosecond, of the threads that there are now; not where the kernel does not count that."""
    return sum(int(_read(path).split()[0]) for pid in processes(process)
               for path in glob.glob(f"/proc/{pid}/task/*/schedstat")) / 1e9


def switches(process):
    """How often the threads that there are now have gone to sleep: preempted, they have not."""
    return sum(int(line.split()[1]) for pid in processes(process) for path in glob.glob(f"/proc/{pid}/task/*/status")
               for line in _read(path).splitlines() if line.startswith("voluntary_ctxt_switches:"))


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # a child that has ended meanwhile


def holds(namespace, address):
    """Whether an IPv4 address is the namespace's own, asked a thousand times a second if need be."""
    with namespace, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


class Bounds:
    """What a flood must not do to a daemon that serves VIP: make it large or slow, and leave descriptors behind."""

    def __init__(self, test, namespace, daemon):
        self._test, self._namespace, self._daemon = test, namespace, daemon
        self._descriptors = descriptors(daemon.process)
        self.most_memory = MOST_MEMORY

    def assert_held(self, what, also="", damage=None, repaired=None):
        """In the middle of the flood. A pause of a busy machine may spoil single repairs, not half of them."""
        repairs = []
        for _ in range(TIMES):
            time.sleep(0.2)  # so that it is no fight: a pace
            begin = time.monotonic()
            (damage or self._unbind)()
            await_(repaired or (lambda: holds(self._namespace, VIP)), 10, 0.0005, "what was damaged is repaired")
            repairs.append(time.monotonic() - begin)
        size = memory(self._daemon.process)
        middle = statistics.median(repairs)
        print(f"{what}: repairs, median {middle * 1e3:.1f} ms, worst {max(repairs) * 1e3:.1f} ms; {size} KiB; "
              f"{sum(descriptors(self._daemon.process).values())} descriptors {also}", flush=True)
        self._test.assertLess(middle, PROMISED * SLOWNESS)
        self._test.assertLess(size, self.most_memory)

    def _unbind(self):
        delete_address(self._namespace, VIP, "lo")

    def assert_left_nothing(self):
        """After the flood."""
        await_(lambda: descriptors(self._daemon.process) == self._descriptors, 15, 0.1,
               f"as many descriptors as before, {self._descriptors}")
