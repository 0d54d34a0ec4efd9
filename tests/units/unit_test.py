#!/usr/bin/python3
"""The unit as systemd reads it: no unknown setting, and a sandbox at least as tight as promised.

Usage: unit_test.py realserverd.service
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST_EXPOSURE = 16  # tenths; 15 is what a daemon with CAP_NET_ADMIN on the host's network can get
SKIP = 77


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print("$", *command)
    print(result.stdout)
    if "Failed to create directory '/run/systemd/'" in result.stdout:
        print("skipped: systemd-analyze needs root where systemd does not run")
        sys.exit(SKIP)
    return result


def without_binaries(unit, folder):
    """A copy of the unit that can be verified before anything is installed."""
    text = re.sub(r"^(Exec\w+=\+?)\S+", r"\1/bin/true", unit.read_text(), flags=re.MULTILINE)
    copy = folder / unit.name
    copy.write_text(text)
    return copy


def failures(unit):
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    # What it has to say of the units of this machine is not our concern.
    ours = [line for line in verified.stdout.splitlines() if line and not re.match(r"/\S*lib/systemd/", line)]
    if verified.returncode != 0 or ours:
        yield "systemd-analyze verify complains"
    security = run("systemd-analyze", "security", "--offline=true",
                   f"--threshold={MOST_EXPOSURE}", unit)
    if security.returncode != 0:
        yield f"the sandbox is weaker than {MOST_EXPOSURE / 10}"
    # Without it the sandbox has a procfs of its own and inotify misses what the host writes.
    if "\nBindPaths=/proc/sys/net/ipv4/conf" not in unit.read_text():
        yield "the sysctls are not those of the host's own procfs"
    if "\nStartLimitIntervalSec=0\n" not in unit.read_text():
        yield "after some crashes nobody starts it again"


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        return SKIP
    with tempfile.TemporaryDirectory() as folder:
        found = list(failures(without_binaries(pathlib.Path(sys.argv[1]), pathlib.Path(folder))))
    for failure in found:
        print("FAILED:", failure)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
