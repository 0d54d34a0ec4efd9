"""What every test of this folder begins with. A test is a plain unittest; main() decides whether it can
run here at all: it needs root and network namespaces, and says so (exit 77, meson's skip) where it lacks them."""
import json
import os
import sys
import time
import unittest

from namespace import Namespace, difference, use_private_directory

SKIP = 77


def await_(predicate, seconds=3.0, interval=0.002, what=None):
    """Asks until `predicate` holds and returns what it returned. For what sends no event (a sysctl) or
    whose event is not the point; use netlink.Monitor where the moment matters."""
    deadline = time.monotonic() + seconds
    while not (result := predicate()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or predicate.__doc__ or predicate}")
        time.sleep(interval)
    return result


class Test(unittest.TestCase):
    maxDiff = None

    def using(self, resource):
        """Closes `resource` at the end of the test."""
        return self.enterContext(resource) if hasattr(resource, "__enter__") else self._closing(resource)

    def _closing(self, resource):
        self.addCleanup(resource.close)
        return resource

    def assert_same(self, before, after):
        """Two snapshots are equal, byte by byte."""
        found = difference(before, after)
        if before != after:
            self.fail(f"the host is not as it was:\n{found}")


SILENT_IGNORE = {1, 2, 8}


def hazards(namespace):
    """Where ARP could name a VIP now: (device, key, effective value) of every Ethernet device. The kernel
    takes the greater of `all` and the device's own."""
    found = []
    for device in ethernet_devices(namespace):
        for key, allowed in (("arp_ignore", SILENT_IGNORE), ("arp_announce", {2})):
            value = max(namespace.sysctl("all", key), namespace.sysctl(device, key))
            if value not in allowed:
                found.append((device, key, value))
    return found


def ethernet_devices(namespace):
    links = json.loads(namespace.run("ip", "-j", "link"))
    return [link["ifname"] for link in links if "NOARP" not in link["flags"] and "LOOPBACK" not in link["flags"]]


def prepare():
    """Ends with status 77 where these tests cannot run."""
    if os.geteuid() != 0:
        print("skipped: network namespaces need root")
        sys.exit(SKIP)
    try:
        Namespace().close()
        use_private_directory()
    except OSError as error:
        print(f"skipped: no namespaces here: {error}")
        sys.exit(SKIP)


def main():
    prepare()
    unittest.main(verbosity=2)
