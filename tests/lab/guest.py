"""The first process of the guest: mounts, modules, then one scenario after the other.

    linux.uml ... init=/usr/bin/python3 -- tests/lab/guest.py SCRATCH

SCRATCH is a directory of the host: `job.json` comes from there, `results.json` and `log` go there. The
root file system is the host's own, read-only; whatever else is written lives in the guest's memory.
"""
import ctypes
import importlib
import json
import os
import pathlib
import sys
import tempfile
import time
import traceback

MS_REMOUNT = 32
POWER_OFF = 0x4321FEDC
MODULES = pathlib.Path("/usr/lib/uml/modules")
NEEDED = (
    "ipv6", "bridge", "veth", "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "dummy",
    "ipip", "sit", "ip6_tunnel", "ip_gre", "ip6_gre", "fou", "fou6",
)
SHARED = pathlib.Path("/run/shared")

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, data=None):
    os.makedirs(target, exist_ok=True)
    if libc.mount(source.encode(), str(target).encode(), kind.encode(), 0, data and data.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def load_modules():
    """As modprobe does it, which not every host has."""
    home = MODULES / os.uname().release
    needs = dict(line.split(":") for line in (home / "modules.dep").read_text().splitlines())
    paths = {pathlib.Path(path).stem: path for path in needs}
    for name in NEEDED:
        for path in [*reversed(needs[paths[name]].split()), paths[name]]:
            _load_module(home / path)


def _load_module(path):
    with open(path, "rb") as file:
        if libc.syscall(313, file.fileno(), b"", 0) != 0 and ctypes.get_errno() != 17:  # finit_module, EEXIST
            raise OSError(ctypes.get_errno(), str(path))


def prepare(shared):
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    mount("tmpfs", "/run", "tmpfs")
    mount("none", SHARED, "hostfs", shared)
    log = os.open(SHARED / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    os.environ["LC_ALL"] = "C.UTF-8"
    tempfile.tempdir = "/run/lab"
    os.mkdir(tempfile.tempdir)
    load_modules()


def run(name):
    """One scenario's result: what it measured and found, and the trace of what ended it early."""
    began = time.monotonic()
    try:
        result = importlib.import_module(f"scenarios.{name}").run()
    except BaseException:
        result = {"failures": [traceback.format_exc()]}
    return {**result, "seconds": round(time.monotonic() - began, 1)}


def main():
    prepare(sys.argv[1])
    job = json.loads((SHARED / "job.json").read_text())
    os.environ.update(job["environment"])
    sys.path[:0] = job["path"]
    results = {}
    for name in job["scenarios"]:
        print(f"== {name}, {time.monotonic():.1f} s after boot", flush=True)
        results[name] = run(name)
        (SHARED / "results.json").write_text(json.dumps(results, indent=2))


try:
    main()
except BaseException:
    traceback.print_exc()
finally:
    sys.stdout.flush()
    libc.reboot(POWER_OFF)
