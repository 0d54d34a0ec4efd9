"""Everything that may drift, at random, for as long as asked, against a role with traffic and a flood of ARP requests.

Usage: soak.py SECONDS [SEED]

After each change the host has to come back to exactly what it was with the VIPs up, and at the end, after a stop, to
what it was before the start. Prints a line of counts now and then and at the end; the exit status is 1 if anything was
not put right, an ARP frame named the VIP, the download broke, or memory or descriptors grew.
"""
import collections
import contextlib
import os
import pathlib
import random
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "netns"))
import support  # noqa: E402
from cost import MOST_MEMORY, descriptors, memory  # noqa: E402
from daemon import Daemon, dr  # noqa: E402
from events_test import Download  # noqa: E402
from namespace import NEIGHBOUR, VIP, VIP6, Segment, difference  # noqa: E402
from netlink import set_device_conf  # noqa: E402
from probes import Flood, leaked  # noqa: E402

FLOOD = 2000  # requests a second
PATIENCE = 40  # seconds: repairs that are too many wait up to 30
PAUSE = (0.5, 3.5)  # seconds between changes; at more than one in three it would be a fight
REPORT = 60  # seconds between lines
LEAKING = (0, 3, 4, 7, 9)


class Soak:
    def __init__(self, segment, daemon, dice):
        self._segment, self._daemon, self._dice = segment, daemon, dice
        self._server = segment.server
        self.kinds = collections.Counter()
        self.times = collections.defaultdict(list)

    def change(self):
        """One change, and how long it took until nothing of it was left."""
        kind = self._dice.choice(CHANGES)
        begin = time.monotonic()
        kind(self)
        support.await_(self.is_whole, PATIENCE, 0.01, f"{kind.__name__} is put right:\n{self.what_differs()}")
        self.kinds[kind.__name__] += 1
        self.times[kind.__name__].append(time.monotonic() - begin)

    def begin(self):
        self.whole = self._server.snapshot()

    def is_whole(self):
        return self._server.snapshot() == self.whole

    def what_differs(self):
        return difference(self.whole, self._server.snapshot())

    def vip_deleted(self):
        self._server.ip(f"addr del {VIP}/32 dev lo")

    def ipv6_vip_deleted(self):
        self._server.ip(f"addr del {VIP6}/128 dev lo")

    def lo_down_and_up(self):
        self._server.ip("link set lo down")
        self._server.ip("link set lo up")

    def blackhole_deleted(self):
        self._server.ip(f"route del blackhole {VIP}")

    def rules_deleted(self):
        self._server.ip(f"rule del from {VIP}", check=False)

    def reply_table_flushed(self):
        table = self._server.ip(f"rule show from {VIP}").split("lookup ")[1].split()[0]
        self._server.ip(f"route flush table {table}")

    def all_written(self):
        self._server.sysctl("all", "arp_ignore", self._dice.choice(LEAKING))

    def device_written(self):
        self._server.sysctl("eth0", "arp_announce", self._dice.choice((0, 1)))

    def both_written(self):
        for device in ("all", "eth0"):
            self._server.sysctl(device, "arp_ignore", 0)

    def written_by_netlink(self):
        set_device_conf(self._server, "eth0", {"arp_ignore": 0})

    def ruleset_flushed(self):
        self._server.run("nft", "flush", "ruleset")

    def device_comes_and_goes(self):
        self._server.ip("link add soak0 type veth peer name soak1")
        self._server.ip("link set soak0 up")
        time.sleep(0.2)  # the life of the device
        self._server.ip("link del soak0")

    def reloaded(self):
        self._daemon.reload(30)

    def restarted(self):
        self._daemon.leave(30)
        self._daemon.start(30)

    def killed(self):
        self._daemon.kill()
        self._server.ip(f"addr del {VIP6}/128 dev lo")  # while nobody looks
        self._daemon.start(30)

    def front_killed(self):
        os.kill(self._daemon.front, signal.SIGKILL)
        self._daemon.wait(30)
        self._daemon.start(30)

    def drained_and_undrained(self):
        self._daemon.control("drain", "web")  # its time is over before the download is
        result = self._daemon.control("undrain", "web")
        if result.returncode != 0:
            raise AssertionError(f"undrain: {result.stderr}")


CHANGES = [value for name, value in vars(Soak).items()
           if callable(value) and not name.startswith("_") and name not in ("change", "begin", "is_whole", "what_differs")]


def main(seconds, seed):
    print(f"seed {seed}", flush=True)
    role = dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n[drain]\ntimeout = "1s"\n')
    with Segment() as segment:
        before = segment.server.snapshot()
        with Daemon(segment.server, {"web": role}) as daemon:
            with contextlib.closing(Sums(Flood(segment, VIP, FLOOD))) as flood, \
                    open_soak(segment, daemon, seed) as (soak, download):
                first = measure(daemon)
                run(soak, seconds, lambda: report(soak, flood, download, daemon))
                last, counters = measure(daemon), flood.count()
                download.await_more(30)
            daemon.stop(60)
        after = segment.server.snapshot()
    failures = [f"the stop left:\n{difference(before, after)}"] if before != after else []
    failures += [f"ARP frames named the VIP: {counters}"] if leaked(counters) else []
    failures += [f"descriptors: {first[1]} -> {last[1]}"] if last[1] > first[1] else []
    failures += [f"memory: {last[0]} KiB"] if last[0] > MOST_MEMORY else []
    print(f"{sum(soak.kinds.values())} changes; {counters}; memory {first[0]} -> {last[0]} KiB; longest gap of the "
          f"download {download.longest:.2f} s", *failures, sep="\n", flush=True)
    return 1 if failures else 0


class Sums:
    """A flood whose counters are those since it began."""

    def __init__(self, flood):
        self._flood, self._sums = flood, collections.Counter()
        self.close = flood.close

    def count(self):
        self._sums.update(self._flood.count())
        return dict(self._sums)


class open_soak:  # noqa: N801: reads as what it does
    """The daemon serves, and a client downloads."""

    def __init__(self, segment, daemon, seed):
        self._segment, self._daemon, self._seed = segment, daemon, seed

    def __enter__(self):
        self._daemon.start(30)
        soak = Soak(self._segment, self._daemon, random.Random(self._seed))
        self._download = Download(self._segment)
        self._download.await_more()
        soak.drained_and_undrained()  # what is opened at first use is open from here on
        soak.begin()
        return soak, self._download

    def __exit__(self, *_):
        self._download.close()


def measure(daemon):
    """KiB and descriptors, when what was just started has come to rest."""
    time.sleep(2)
    return memory(daemon.process), sum(descriptors(daemon.process).values())


def run(soak, seconds, tell):
    end = time.monotonic() + seconds
    told = time.monotonic()
    while time.monotonic() < end:
        soak.change()
        if time.monotonic() > told + REPORT:
            tell()
            told = time.monotonic()
        time.sleep(random.uniform(*PAUSE))  # the pace
    tell()


def report(soak, flood, download, daemon):
    times = {kind: f"{count} ({statistics.median(soak.times[kind]):.2f}, {max(soak.times[kind]):.2f} s)"
             for kind, count in sorted(soak.kinds.items())}
    print(f"{time.strftime('%H:%M:%S')} {sum(soak.kinds.values())} changes, kind: count (median, worst time): {times}; "
          f"{memory(daemon.process)} KiB; longest gap {download.longest:.2f} s; {flood.count()}", flush=True)


if __name__ == "__main__":
    support.prepare()
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 31)))
