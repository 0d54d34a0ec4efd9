"""The root file system of the guest: a Debian with systemd, D-Bus and polkit, and what realserverd meets on real hosts.

It takes a minute to make, so it is kept in the cache of whoever runs the tests, under a name that says what it was
made of; a run writes to a file of its own beside it.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

SUITE = "bookworm"
SIZE = "2G"  # sparse
# What a host has, what a director has, what our package needs (its Depends are checked by apt, offline, in the guest).
PACKAGES = (
    "dbus", "ifupdown", "iproute2", "iputils-arping", "kmod", "openssh-client", "openssh-server", "polkitd", "procps", "python3",
    "sudo", "systemd", "systemd-sysv", "udev",
    "ipvsadm", "keepalived", "nginx-light",
    "network-manager",
    "libcurl4", "libmicrohttpd12", "libnl-route-3-200", "libsdbus-c++1", "libspdlog1.10", "libtomlplusplus3",
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


def _name():
    made_of = repr((SUITE, SIZE, PACKAGES, OFF, GENERATORS_OFF, FILES)).encode()
    return f"system-{SUITE}-{hashlib.sha256(made_of).hexdigest()[:12]}.img"


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


def image():
    """Its path; made now if it is not there yet. Raises subprocess.CalledProcessError."""
    path = _cache() / _name()
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="system-", dir=path.parent) as scratch:
        root, made = pathlib.Path(scratch, "root"), pathlib.Path(scratch, "image")
        subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root], check=True)
        _furnish(root)
        subprocess.run(["truncate", "-s", SIZE, made], check=True)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, made], check=True)
        shutil.rmtree(root)
        os.replace(made, path)
    return path


if __name__ == "__main__":
    print(image())
