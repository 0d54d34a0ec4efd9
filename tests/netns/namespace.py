"""Network namespaces without a name, held by a file descriptor of this process.

Nothing is mounted and nothing waits in the background: when this process ends, however it ends, the
namespaces and every device in them are gone.
"""
import contextlib
import ctypes
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from netlink import Monitor

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_REC_PRIVATE = 0x4000 | 0x40000
IFA_F_TENTATIVE = 0x40
NETLINK_NETFILTER = 12
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent():
    """For preexec_fn: a process of a test does not outlive it."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def use_private_directory():
    """Temporary files go to a tmpfs that only this process and its children see, and that ends with them."""
    empty = [path for path in ("/mnt", "/media", "/srv", "/opt") if os.path.isdir(path) and not os.listdir(path)]
    if not empty:
        return
    _check(libc.unshare(CLONE_NEWNS))
    _check(libc.mount(None, b"/", None, MS_REC_PRIVATE, None))
    _check(libc.mount(b"tmpfs", empty[0].encode(), b"tmpfs", 0, None))
    tempfile.tempdir = empty[0]


class Namespace:
    """`with namespace:` puts this thread into it; sockets and processes made there stay there."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _check(libc.unshare(CLONE_NEWNET))
            self._descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        finally:
            _check(libc.setns(home, CLONE_NEWNET))
            os.close(home)
        self._homes = []
        self.run("ip", "link", "set", "lo", "up")

    def close(self):
        os.close(self._descriptor)

    @property
    def path(self):
        """For `ip link ... netns PATH`."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def __enter__(self):
        self._homes.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        _check(libc.setns(self._descriptor, CLONE_NEWNET))
        return self

    def __exit__(self, *_):
        home = self._homes.pop()
        _check(libc.setns(home, CLONE_NEWNET))
        os.close(home)

    def popen(self, *command, **options):
        with self:
            return subprocess.Popen(command, preexec_fn=die_with_parent, **options)

    def run(self, *command, check=True, text=None):
        """Standard output of a command; its standard error is in the exception if it fails."""
        with self:
            result = subprocess.run(command, input=text, capture_output=True, text=True)
        if check and result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {result.returncode}: {result.stderr.strip()}")
        return result.stdout

    def ip(self, line, check=True):
        """`ip` with the words of one line."""
        return self.run("ip", *line.split(), check=check)

    def sysctl(self, device, key, value=None, family="ipv4"):
        """Reads, or writes and returns, one value of conf/DEVICE."""
        with self:
            path = f"/proc/sys/net/{family}/conf/{device}/{key}"
            if value is not None:
                with open(path, "w") as file:
                    file.write(str(value))
            with open(path) as file:
                return int(file.read())

    def holds(self, address):
        """Whether this host takes `address` for its own, however it is bound."""
        family = "-6" if ":" in address else "-4"
        return self.run("ip", family, "route", "get", address, check=False).startswith("local")

    def settle(self):
        """The kernel ends the check of a new IPv6 address, also one that it skips, some time after it was added, and
        tells of it."""
        self._await_change(["addr6"], self._has_checked_addresses)

    def await_up(self, device):
        """The kernel makes a link whole some time after it was set up, and tells of it: its state, its own address."""
        self._await_change(["link", "addr6"], lambda: self._is_up(device))

    def _await_change(self, groups, done):
        if done():
            return
        deadline = time.monotonic() + 5
        with Monitor(self, groups) as changes:
            while not done() and changes.wait(deadline - time.monotonic()):
                changes.drain()

    def _has_checked_addresses(self):
        return not any(int(flags, 16) & IFA_F_TENTATIVE for _, _, _, _, flags, _ in self._addresses6() or ())

    def _is_up(self, device):
        addresses = self._addresses6()
        own = addresses is None or any(words[0].startswith("fe80") and words[5] == device for words in addresses)
        return own and "state UP" in self.ip(f"link show {device}")

    def _addresses6(self):
        """The words of each line; None: a kernel without IPv6."""
        try:
            with self, open("/proc/thread-self/net/if_inet6") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return None

    def snapshot(self, nftables=True):
        """Everything a stop must leave as it was: text by the command or file it comes from."""
        self.settle()
        with self:
            return {**_commands(nftables), **_conf_files()}


def difference(before, after):
    """What differs between two snapshots, for a person; empty if nothing does."""
    lines = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            lines += [f"{key}:"]
            lines += [f"  - {line}" for line in old.splitlines() if line not in new.splitlines()]
            lines += [f"  + {line}" for line in new.splitlines() if line not in old.splitlines()]
            if len(lines) and lines[-1] == f"{key}:":
                lines += ["  another order"]
    return "\n".join(lines)


def _kernel_has_netfilter():
    """Not the lab's guest: there `nft` fails."""
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER).close()
    except OSError:
        return False
    return True


SNAPSHOT_COMMANDS = {  # and what they read
    "ip -d -batch -": "addr\nlink\n",
    "ip -4 -d -batch -": "route show table all\nrule\n",
    "ip -6 -d -batch -": "route show table all\nrule\n",
    **({"nft -s list ruleset": ""} if shutil.which("nft") and _kernel_has_netfilter() else {}),
}


def _commands(nftables):
    return {
        command: subprocess.run(command.split(), input=text, capture_output=True, text=True, check=True).stdout
        for command, text in SNAPSHOT_COMMANDS.items() if nftables or not command.startswith("nft ")
    }


def _conf_files():
    """Hundreds, and read hundreds of times."""
    folders = [f"/proc/sys/net/{family}/conf" for family in ("ipv4", "ipv6")]
    paths = [f"{folder}/{device}/{key}" for folder in folders for device in os.listdir(folder) for key in _keys(folder)]
    return {path: _read(path) for path in paths}


@functools.cache
def _keys(folder):
    """Each device has the same."""
    return os.listdir(f"{folder}/default")


def _read(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 4096).decode()
    except OSError as error:  # stable_secret, while it is not set
        return error.strerror
    finally:
        os.close(descriptor)


VIP, VIP6 = "192.0.2.8", "2001:db8::8"
RIP, RIP6 = "192.0.2.9", "2001:db8::9"
NEIGHBOUR, NEIGHBOUR6 = "192.0.2.1", "2001:db8::1"


class Segment(contextlib.ExitStack):
    """A real server and a neighbour on one Ethernet, `eth0` on both sides.

    The VIPs are of the same subnet: the case in which ARP leaks most easily. The neighbour stands
    for the director: its route to the VIP through the RIP is what direct routing does on the wire.
    """

    def __init__(self):
        super().__init__()
        self.server = Namespace()
        self.callback(self.server.close)
        self.neighbour = Namespace()
        self.callback(self.neighbour.close)
        for host in (self.server, self.neighbour):
            host.sysctl("default", "accept_dad", 0, family="ipv6")
            host.sysctl("all", "accept_dad", 0, family="ipv6")
        self.add_link("eth0")
        for host in (self.server, self.neighbour):
            host.await_up("eth0")
        self._address(self.server, RIP, RIP6)
        self._address(self.neighbour, NEIGHBOUR, NEIGHBOUR6)
        self.route(VIP, RIP)
        self.route(VIP6, RIP6)
        for host in (self.server, self.neighbour):
            host.settle()

    def add_link(self, name):
        """A pair of devices of one name, both up."""
        self.server.ip(f"link add {name} type veth peer name {name} netns {self.neighbour.path}")
        for host in (self.server, self.neighbour):
            host.ip(f"link set {name} up")

    def route(self, destination, gateway):
        """The neighbour sends what is for `destination` to `gateway`."""
        self.neighbour.ip(f"route add {destination} via {gateway}")

    @staticmethod
    def _address(host, address, address6):
        host.ip(f"addr add {address}/24 dev eth0")
        host.ip(f"addr add {address6}/64 dev eth0")
