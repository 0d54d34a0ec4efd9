"""From a deleted VIP to the VIP being back, as the kernel's notifications tell it; beside the shell loop on
`ip monitor` that people put into place for this.

    repair.py [SAMPLES]        default: 500

Ten deletions in a row are repaired at once, then the daemon takes it for a fight: it is restarted in place
(SIGUSR2) after every eight, which also pauses between them.
"""
import contextlib
import statistics
import subprocess
import sys
import time

from common import Daemon, Segment, dr, percentile, print_machine, ratio, row, support, undisturbed
from namespace import VIP
from netlink import Monitor, delete_address

IN_A_ROW = 8
SHELL = f"""ip -4 monitor address | while read -r line; do case "$line" in
Deleted*{VIP}*) ip addr add {VIP}/32 dev lo scope host ;; esac; done"""


def repair_time(server, monitor):
    """Seconds from the kernel's word that the VIP is gone to its word that it is back."""
    monitor.drain()
    delete_address(server, VIP, "lo")
    gone = None
    while True:
        if not monitor.wait(5):
            raise TimeoutError("the VIP did not come back")
        for event in monitor.drain():
            if event.subject == VIP and event.kind == "del addr":
                gone = event.time
            elif event.subject == VIP and event.kind == "new addr" and gone:
                return event.time - gone


def ours(server, monitor, samples):
    times = []
    with Daemon(server, {"web": dr(VIP)}, bus=False) as daemon:
        while len(times) < samples:
            daemon.start()
            for _ in range(min(IN_A_ROW, samples - len(times))):
                times.append(repair_time(server, monitor))
            daemon.leave()
        daemon.start()
        daemon.stop()
    return times


def theirs(server, monitor, samples):
    server.ip(f"addr add {VIP}/32 dev lo scope host")
    loop = server.popen("sh", "-c", SHELL, start_new_session=True)
    try:
        time.sleep(0.3)  # `ip monitor` does not say when it listens
        return [repair_time(server, monitor) for _ in range(samples)]
    finally:
        server.run("sh", "-c", f"kill -9 -{loop.pid}", check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            loop.wait(5)
        server.ip(f"addr del {VIP}/32 dev lo", check=False)


def main():
    support.prepare()
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print_machine()
    undisturbed()
    row("who", "samples", "median ms", "p99 ms", "worst ms")
    row(*["---"] * 5)
    with Segment() as segment, Monitor(segment.server, ("addr4",)) as monitor:
        results = {"realserverd": ours(segment.server, monitor, samples),
                   "ip monitor in a shell": theirs(segment.server, monitor, samples)}
    for who, times in results.items():
        row(who, len(times), f"{statistics.median(times) * 1e3:.3f}", f"{percentile(times, 0.99) * 1e3:.3f}",
            f"{max(times) * 1e3:.3f}")
    print(f"ratio of the medians: {ratio(*results.values())} times faster")


if __name__ == "__main__":
    main()
