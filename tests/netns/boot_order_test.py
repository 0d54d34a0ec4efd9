"""A boot: the daemon, the first device, the network's addresses and sysctl.d come in whatever order, while neighbours
ask for the VIP all the time. Nothing is bound before ARP is silent, none of them is answered, and in the end it serves."""
import contextlib
import itertools

import support
from daemon import Daemon, dr
from flood_test import UNGUARDED
from namespace import NEIGHBOUR, RIP, VIP, VIP6, Namespace
from netlink import Monitor
from probes import Flood, Web, connect, leaked

FAR = "192.0.2.18"  # whose replies need the network
HOSTILE = {"arp_ignore": 0, "arp_announce": 0, "rp_filter": 1}
STEPS = ("daemon", "device", "sysctl_d", "network")
LATER = [order for order in itertools.permutations(STEPS) if order.index("device") < order.index("network")]
ORDERS = [("lo", *order) for order in LATER] + [(*order, "lo") for order in LATER]
NEEDED = {"daemon", "lo", "network"}  # for all VIPs
RATE = 20_000  # requests a second
REQUESTS = 2000  # that go unanswered before the next step
RECOVERY = 35  # the longest back-off is 30 s


class Machine(contextlib.ExitStack):
    """One that has just been switched on: lo down, no other device, ARP as the kernel has it; and the other end of the
    cable, from where the requests come as soon as there is a device."""

    def __init__(self):
        super().__init__()
        self.server, self.neighbour = (self.enter_context(contextlib.closing(Namespace())) for _ in range(2))
        self.server.ip("link set lo down")
        for device, key in itertools.product(("all", "default"), HOSTILE):
            self.server.sysctl(device, key, 0)
        for line in ("link add eth0 type veth peer name cable", "link set cable up", "link set eth0 up",
                     f"addr add {NEIGHBOUR}/24 dev eth0", f"route add {VIP} via {RIP}", "link set cable down"):
            self.neighbour.ip(line)
        self.flood = self.enter_context(contextlib.closing(Flood(self, VIP, RATE)))

    def device(self):
        self.neighbour.ip(f"link set cable netns {self.server.path} name eth0")
        self.server.ip("link set eth0 up")

    def has_device(self):
        return "eth0" in self.server.ip("link")

    def lo(self):
        self.server.ip("link set lo up")

    def network(self):
        """What a network manager does once it has a device."""
        for line in (f"addr add {RIP}/24 dev eth0", f"route add default via {NEIGHBOUR}"):
            self.server.ip(line)

    def sysctl_d(self):
        devices = ("default", "lo", "all", *(["eth0"] if self.has_device() else []))
        for (key, value), device in itertools.product(HOSTILE.items(), devices):
            self.server.sysctl(device, key, value)

    def leaks(self):
        """The frames that named the VIP since the last call, and amid some more requests if any can come."""
        leaks = leaked(self.flood.count())  # requests of before may have been lost: there was no device
        return leaks + leaked(self.flood.count(after=REQUESTS)) if self.has_device() else leaks


class Boot(contextlib.ExitStack):
    """One boot, in which the steps are taken in this order."""

    def __init__(self, test, order, extra=""):
        super().__init__()
        self.enter_context(test.subTest(", ".join(order)))
        self.test, self.order = test, order
        self.machine = self.enter_context(Machine())
        self.server = self.machine.server
        reply = f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n'
        roles = {"web": dr(VIP, VIP6, extra=extra), "far": dr(FAR, extra=reply + extra)}
        self.daemon = self.enter_context(Daemon(self.server, roles))
        self.addresses = self.enter_context(Monitor(self.server, ["addr4"]))

    def take(self, step):
        if step == "daemon":
            self.daemon.spawn()
        else:
            getattr(self.machine, step)()

    def await_ready(self):
        self.daemon.notify.wait("READY=1", self.daemon.process, RECOVERY)

    def in_turn(self):
        """Each step is seen by those who ask before the next one."""
        taken = set()
        for step in self.order:
            self.take(step)
            taken.add(step)
            if step in ("lo", "daemon") and taken >= {"lo", "daemon"}:
                self.await_bound()
            if step in NEEDED and taken >= NEEDED:
                self.await_ready()
            if "daemon" in taken:
                support.await_(self.silent, what="silent on all")
            self.test.assertEqual(0, self.machine.leaks(), f"after {step}")
        self.assert_serves()

    def await_bound(self):
        """The VIP cannot be bound before lo is up. When it is, what keeps it silent is there."""
        while not any(event.subject == VIP for event in self.addresses.drain()):
            self.test.assertTrue(self.addresses.wait(10), "an address within 10 s")
        self.test.assertTrue(self.silent(), "silent when bound")

    def at_once(self):
        for step in self.order:
            self.take(step)
        self.await_ready()
        self.assert_serves()

    def silent(self):
        """By conf/all alone, which is what makes a new device safe."""
        return [self.server.sysctl("all", key) for key in ("arp_ignore", "arp_announce")] == [1, 2]

    def in_order(self):
        return {(role["state"], role["in_sync"]) for role in self.daemon.status()["roles"]} == {("serving", True)}

    def assert_serves(self):
        support.await_(self.in_order, RECOVERY, 0.05, "serving, in sync")
        # The kernel acknowledges an IPv6 address before it has made its route.
        support.await_(lambda: all(map(self.server.holds, (VIP, VIP6, FAR))), what="all VIPs")
        support.await_(lambda: not support.hazards(self.server), what="silent everywhere")
        with contextlib.closing(Web(self.server, 80)):
            connect(self.machine.neighbour, VIP, 80).close()
        self.test.assertEqual(0, self.machine.leaks())


class BootOrder(support.Test):
    # faults: 85
    def test_in_every_order_nobody_is_answered_and_the_vip_is_served_in_the_end(self):
        for order in ORDERS:
            with Boot(self, order) as boot:
                boot.in_turn()

    # faults: 85
    def test_the_guard_is_needed_only_where_sysctl_d_comes_to_a_device_in_use(self):
        for order in ORDERS:
            if order.index("sysctl_d") < max(order.index("device"), order.index("daemon")):
                with Boot(self, order, UNGUARDED) as boot:
                    boot.in_turn()

    # faults: 85
    def test_when_all_of_it_comes_at_once_nobody_is_answered_either(self):
        for order in ORDERS:
            with Boot(self, order) as boot:
                boot.at_once()

    def test_a_vip_that_a_script_binds_at_boot_is_heard(self):
        """The flood hears what it should."""
        with Machine() as machine:
            for line in (f"addr add {VIP}/32 dev lo", "link set lo up"):
                machine.server.ip(line)
            machine.device()
            support.await_(machine.leaks, 10, what="frames that name the VIP")


if __name__ == "__main__":
    support.main()
