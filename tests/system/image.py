"""The root file system of the guest: a Debian with systemd, D-Bus and polkit, and what realserverd meets on real hosts.

It takes a minute to make, so it is kept in the cache of whoever runs the tests, under a name that says what it was
made of; a run writes to a file of its own beside it.
"""
import fcntl
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

SIZE = "2G"  # sparse
# What a host has, and what a director has; what our package needs is added, because apt is offline in the guest.
PACKAGES = (
    "dbus", "ifupdown", "iproute2", "iputils-arping", "kmod", "openssh-client", "openssh-server", "polkitd", "procps", "python3",
    "sudo", "systemd", "systemd-sysv", "udev",
    "ipvsadm", "keepalived", "nginx-light",
    "network-manager",
    "rpm",
)
# What would start by itself and only cost time.
OFF = (
    "apt-daily-upgrade.timer", "apt-daily.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "getty@.service", "ipvsadm.service", "keepalived.service", "systemd-tmpfiles-clean.timer",
    "NetworkManager-wait-online.service", "systemd-networkd-wait-online.service",
)
# What a test starts when it wants it.
LATER = ("NetworkManager.service", "nginx.service", "systemd-networkd.service")
ON = ("lab.service", "lab-network.service")
# Each costs a second at every `systemctl daemon-reload`.
GENERATORS_OFF = (
    "bless-boot", "cryptsetup", "debug", "getty", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "run", "system-update",
    "sysv", "veritysetup",
)
FILES = {
    "etc/fstab": "none /host hostfs ro,/ 0 0\nnone /usr/lib/modules hostfs ro,/usr/lib/uml/modules 0 0\n",
    "etc/hostname": "rs1\n",
    # Every device that systemd knows costs time at every `systemctl daemon-reload`, and this guest has 64 serial ports.
    "etc/udev/rules.d/99-zz-lab.rules": 'SUBSYSTEM=="tty", TAG-="systemd"\n',
    "etc/network/interfaces": "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n    address 192.0.2.9/24\n",
    "etc/systemd/system/lab-network.service": """[Unit]
DefaultDependencies=no
RequiresMountsFor=/host /usr/lib/modules
Before=network-pre.target shutdown.target
Wants=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'exec /usr/bin/python3 -B "$LAB/network.py"'
[Install]
WantedBy=sysinit.target
""",
    "etc/systemd/system/lab.service": """[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/sh -c 'exec /usr/bin/python3 -B "$LAB/driver.py"'
StandardOutput=file:/run/lab.log
StandardError=inherit
[Install]
WantedBy=multi-user.target
""",
}


def suite():
    """The Debian of this host, for which packages are built here; empty where it is none."""
    release = platform.freedesktop_os_release()
    return release.get("VERSION_CODENAME", "") if release["ID"] == "debian" else ""


def _needed(package):
    """The names of its dependencies, of each the first choice."""
    fields = subprocess.run(["dpkg-deb", "-f", package, "Depends"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return sorted(re.match(r"[^\s:(|]+", each.strip())[0] for each in fields.split(","))


def _name(packages):
    made_of = repr((packages, SIZE, OFF, ON, LATER, GENERATORS_OFF, FILES)).encode()
    return f"system-{suite()}-{hashlib.sha256(made_of).hexdigest()[:12]}.img"


def _cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME") or "/root", ".cache")
    return pathlib.Path(base) / "realserverd"


def _furnish(root):
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for name in GENERATORS_OFF:
        link = root / f"etc/systemd/system-generators/systemd-{name}-generator"
        link.parent.mkdir(exist_ok=True)
        link.symlink_to("/dev/null")
    (root / "host").mkdir()
    (root / "usr/lib/modules").mkdir(exist_ok=True)
    for verb, units in (("mask", OFF), ("enable", ON)):
        subprocess.run(["systemctl", "--quiet", f"--root={root}", verb, *units], check=True)
    for unit in LATER:
        subprocess.run(["systemctl", "--quiet", f"--root={root}", "disable", unit], check=True)


def image(package):
    """The path of a root file system on which `package` can be installed; made now if it is not there yet. Raises
    subprocess.CalledProcessError."""
    packages = (*PACKAGES, *_needed(package))
    path = _cache() / _name(packages)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.parent / "system.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several suites start at a time
        if not path.exists():
            _make(path, packages)
    return path


def _make(path, packages):
    with tempfile.TemporaryDirectory(prefix="system-", dir=path.parent) as scratch:
        root, made = pathlib.Path(scratch, "root"), pathlib.Path(scratch, "image")
        subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}",
                        suite(), root], check=True)
        _furnish(root)
        subprocess.run(["truncate", "-s", SIZE, made], check=True)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, made], check=True)
        shutil.rmtree(root)
        os.replace(made, path)
