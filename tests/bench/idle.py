"""Resident memory with one role, and processor time over an idle minute, audit and all; beside the dbus-daemon
of the same run and a bare `ip monitor`, which only listens.

    idle.py [SECONDS]        default: 60
"""
import glob
import subprocess
import sys
import time

from common import Daemon, Segment, dr, print_machine, row, support
from namespace import VIP, VIP6


def memory(pid):
    """RSS, PSS and USS in MB (10^6 bytes)."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        kilobytes = {words[0]: int(words[1]) for words in map(str.split, file) if words[0].endswith(":")
                     and words[-1] == "kB"}
    unique = kilobytes["Private_Clean:"] + kilobytes["Private_Dirty:"]
    return [f"{value * 1024 / 1e6:.2f}" for value in (kilobytes["Rss:"], kilobytes["Pss:"], unique)]


def cpu(pid):
    """Seconds on a processor, to the nanosecond: all threads."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as file:
            total += int(file.read().split()[0])
    return total / 1e9


def main():
    support.prepare()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    print_machine()
    row("process", "RSS MB", "PSS MB", "USS MB", "CPU ms", "% of a core")
    row(*["---"] * 6)
    with Segment() as segment, Daemon(segment.server, {"web": dr(VIP, VIP6)}) as daemon:
        daemon.start()
        daemon.status()
        listener = segment.server.popen("ip", "monitor", "all", stdout=subprocess.DEVNULL)
        pids = {"realserverd": daemon.process.pid, "dbus-daemon": daemon.bus.pid, "ip monitor": listener.pid}
        time.sleep(2)  # what the start left to do
        before = {name: cpu(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        used = {name: cpu(pid) - before[name] for name, pid in pids.items()}
        for name, pid in pids.items():
            row(name, *memory(pid), f"{used[name] * 1e3:.2f}", f"{used[name] / seconds * 100:.4f}")
        listener.kill()
        listener.wait()
        daemon.stop()


if __name__ == "__main__":
    main()
