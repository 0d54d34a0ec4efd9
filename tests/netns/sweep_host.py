"""A host with two roles, on which one course after the other is run."""
import contextlib
import socket

from daemon import Daemon, dr
from namespace import NEIGHBOUR, VIP, VIP6, Segment

OTHER, MANY, MEDIA = "192.0.2.18", "198.51.100.7", "203.0.113.7"
# The harder half: ARP is silent by order alone. And libnftables ends the process when it gets no socket, so that with
# the guard there are kills alone.
UNGUARDED = '\n[arp]\nguard = "off"'
WEB = f'directors = ["{NEIGHBOUR}"]\n[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n[drain]\nprobes = true' + UNGUARDED
ROLES = {"web": dr(VIP, VIP6, extra=WEB), "many": dr("198.51.100.0/24", extra=UNGUARDED)}
CHANGED = {"web": dr(VIP, OTHER, extra=WEB), "media": dr("203.0.113.0/28", services=("554/tcp",), extra=UNGUARDED)}
BOUND = {VIP, MANY}  # of those looked for
BOUND_CHANGED = {VIP, OTHER, MEDIA}


class Host:
    """Reused from one fault to the next, as long as nothing was found."""

    def __init__(self):
        self._resources = contextlib.ExitStack()
        self.server = self._resources.enter_context(Segment()).server
        # Other values than the kernel's own, so that putting back is more than writing zeros.
        self.server.sysctl("all", "arp_announce", 1)
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.daemon = self._resources.enter_context(Daemon(self.server, ROLES))
        self.before = self.server.snapshot()

    def close(self):
        self._resources.close()

    def bound(self):
        """Which of the VIPs this host has, by address or route."""
        with self.server:
            return {vip for vip in (VIP, OTHER, MANY, MEDIA) if _can_be_bound(vip)}


def _can_be_bound(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
            return True
        except OSError:
            return False
