"""What the clients do, and how they fared."""
import collections
import os
import pathlib
import subprocess
import tempfile

from cluster import CLIENTS, VIP

Record = collections.namedtuple("Record", "kind begin end pause_begin pause server outcome")

STALL = 0.25  # seconds


class Traffic:
    """Requests with a new connection each, RATE a second and LEAST before it ends, and a few long downloads all the time."""

    def __init__(self, client, sources=CLIENTS, ports=50000, rate=150, least=1, downloads=4):
        self._path = pathlib.Path(tempfile.mkdtemp(prefix="traffic-")) / "records"
        self._process = client.popen(
            os.environ["LOAD"], VIP, "80", str(rate), str(least), str(downloads), str(self._path), str(ports),
            *sources, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the load generator did not start")
        self.records = []

    def stop(self):
        """Goes on to its least number of requests, and lets what is under way come to its end."""
        if not self.records:
            self._process.stdin.close()
            if self._process.wait(30) != 0:
                raise RuntimeError("the load generator failed")
            self.records = [_parse(line) for line in self._path.read_text().splitlines()]
        return self

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def summary(self):
        requests, downloads = (self._of(kind) for kind in ("request", "download"))
        return {
            "requests": len(requests),
            "failed": len(_bad(requests)),
            "downloads": len(downloads),
            "broken": len(_bad(downloads)),
            "outcomes": dict(collections.Counter(f"{r.kind} {r.outcome}" for r in self.records if r.outcome != "ok")),
            "by_server": dict(collections.Counter(r.server for r in self.records)),
            "stalled_s": round(self.stalled(), 2),
            "longest_pause_s": round(self.longest_pause(), 2),
            "slowest_ms": round(1000 * max(r.end - r.begin for r in requests)),
        }

    def lost(self, begin=float("-inf"), end=float("inf")):
        """What failed of what began between two moments."""
        return _bad(r for r in self.records if begin <= r.begin < end)

    def excuse(self, server, begin, end):
        """Forgets, and counts, what failed at a server while some of [begin, end] went by."""
        excused = [r for r in self.lost() if r.server in (server, "-") and r.begin < end and r.end > begin]
        self.records = [r for r in self.records if r not in excused]
        return len(excused)

    def count(self, server, begin, end):
        """Connections to a server that began between two moments."""
        return sum(r.server == server and begin <= r.begin < end for r in self.records)

    def last_to(self, server, begin, end):
        """When the last connection to a server began between two moments, in seconds after the first, less the time in
        which the whole guest stood still; None without one."""
        times = [r.begin for r in self.records if r.server == server and begin <= r.begin < end]
        return round(max(times) - begin - self.stalled(begin, max(times)), 2) if times else None

    def stalled(self, begin=float("-inf"), end=float("inf")):
        """Seconds in which no request began though many were due: the host had no time for the guest."""
        return sum(max(0, min(later, end) - max(earlier, begin)) for earlier, later in self._stalls())

    def longest_pause(self):
        """Seconds in which nothing of a download came, less those in which the whole guest stood still."""
        pauses = [r.pause - self.stalled(r.pause_begin, r.pause_begin + r.pause) for r in self._of("download")]
        return max(pauses, default=0.0)

    def _stalls(self):
        times = sorted(r.begin for r in self.records)
        return [pair for pair in zip(times, times[1:]) if pair[1] - pair[0] > STALL]

    def _of(self, kind):
        return [r for r in self.records if r.kind == kind]


def _bad(records):
    return [r for r in records if r.outcome != "ok"]


def _parse(line):
    kind, *times, server, outcome = line.split(maxsplit=6)
    return Record(kind, *map(float, times), server, outcome)
