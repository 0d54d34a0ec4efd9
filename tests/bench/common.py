"""What the benchmarks share: the harness of tests/netns, medians, and how a row is printed."""
import os
import pathlib
import platform
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "netns"))

import support  # noqa: E402, F401
from daemon import Daemon, dr  # noqa: E402, F401
from namespace import Namespace, Segment  # noqa: E402, F401


def timed(action):
    """Seconds that `action` took."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def milliseconds(samples):
    """The median, for a table."""
    return f"{statistics.median(samples) * 1e3:.2f}"


def percentile(samples, share):
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def ratio(ours, theirs):
    """How many times faster we are than the peer, by the medians."""
    return f"{statistics.median(theirs) / statistics.median(ours):.2f}"


def undisturbed():
    """Puts this process and all it starts, ours and the peer's alike, before everybody else on the machine:
    what is measured is the work and not the wait for a processor. Says so where it may not."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError as error:
        print(f"# no real-time priority ({error.strerror}): other work on this machine is in the figures")


def print_machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    load = os.getloadavg()[0]
    print(f"# {os.cpu_count()} x {models[0] if models else platform.machine()}, Linux {platform.release()}, "
          f"load {load:.2f} at the start", flush=True)


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
