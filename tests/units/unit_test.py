#!/usr/bin/python3
"""The unit as systemd reads it: no unknown setting, and limits and a sandbox at least as tight as promised.

Usage: unit_test.py realserverd.service OTHER...
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST_EXPOSURE = 15  # tenths, all that a daemon with CAP_NET_ADMIN on the host's network can get
SKIP = 77
# Patterns of what nobody may lose or loosen in passing. systemd-analyze has no opinion about the limits, and lets any
# one of the others go while the rest is tight.
PROMISED = {
    "StartLimitIntervalSec": "0",  # after some crashes nobody would start it again
    "WatchdogSec": r"[1-9]\d*s",
    "MemoryMax": r"[1-9]\d*M",
    "OOMScoreAdjust": r"-[1-9]\d*",
    "AmbientCapabilities": "CAP_NET_ADMIN",
    "CapabilityBoundingSet": "CAP_NET_ADMIN",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    # The sandbox has a procfs of its own, where inotify misses what the host writes.
    "BindPaths": r"/proc/sys/net/ipv4/conf\b.*",
    "RestrictAddressFamilies": "AF_UNIX AF_NETLINK AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
}


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


def exposed(unit):
    """Whether it is exposed more than promised."""
    return run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit).returncode != 0


def loosened(unit):
    """A copy that is exposed a tenth more."""
    text, changed = re.subn(r"^LockPersonality=yes$", "LockPersonality=no", unit.read_text(), flags=re.MULTILINE)
    assert changed == 1
    copy = unit.with_name(f"loosened-{unit.name}")
    copy.write_text(text)
    return copy


def failures(unit):
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    # What it has to say of the units of this machine is not our concern.
    ours = [line for line in verified.stdout.splitlines() if line and not re.match(r"/\S*lib/systemd/", line)]
    if verified.returncode != 0 or ours:
        yield "systemd-analyze verify complains"
    if exposed(unit):
        yield f"the sandbox is weaker than {MOST_EXPOSURE / 10}"
    if not exposed(loosened(unit)):
        yield f"a sandbox weaker than {MOST_EXPOSURE / 10} would pass"


def broken_promises(text):
    for name, pattern in PROMISED.items():
        found = re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)
        # A second line would add to the first, or undo it.
        if len(found) != 1 or not re.fullmatch(pattern, found[0]):
            yield f"{name} is not {pattern} but {found}"


def check_the_checker(text):
    """A check that cannot fail would prove nothing."""
    for name in PROMISED:
        for without in (re.sub(rf"^{name}=.*\n", "", text, flags=re.MULTILINE), f"{text}\n{name}=\n"):
            assert any(complaint.startswith(name) for complaint in broken_promises(without)), name


def main():
    unit, *others = map(pathlib.Path, sys.argv[1:])
    check_the_checker(unit.read_text())
    found = list(broken_promises(unit.read_text()))
    if not found and not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        return SKIP
    if not found:
        with tempfile.TemporaryDirectory() as folder:
            for each in (unit, *others):
                found += failures(without_binaries(each, pathlib.Path(folder)))
    for failure in found:
        print("FAILED:", failure)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
