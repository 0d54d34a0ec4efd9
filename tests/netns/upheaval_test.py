"""Upheavals of the host's network: addresses and IPv6 switched off, links that go and come back as others, and a /proc
that nobody may write to. Everything is in order again afterwards."""
import contextlib
import errno
import os
import signal
import socket
import struct
import time

import cost
import support
from daemon import Daemon, dr
from events_test import Download
from flood_test import UNGUARDED
from namespace import NEIGHBOUR, RIP, VIP, VIP6, Segment
from notify import Ended
from probes import Flood, Web, connect, leaked
from serving import Serving

NLMSG_ERROR, NLMSG_DONE, RTM_DELADDR, RTM_NEWROUTE = 2, 3, 21, 24
RECOVERY = 35  # the longest back-off is 30 s
READ_ONLY = """#!/bin/sh
exec unshare -m sh -ec 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec "$0" "$@"' {} "$@"
"""


class Upheaval(support.Test):
    ROLE = dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"')

    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        self.daemon = self.using(Daemon(self.server, {"web": self.ROLE}))

    def role(self):
        return self.daemon.role("web")

    def in_order(self):
        role = self.role()
        return role["in_sync"] and role["state"] == "serving"

    # faults: 4
    def test_without_ipv6_the_role_is_degraded_and_waits_and_with_it_serves_again(self):
        self.daemon.start()
        self.server.sysctl("lo", "disable_ipv6", 1, family="ipv6")
        support.await_(lambda: self.role()["state"] == "degraded", 5, 0.05, "degraded")
        self.assertTrue(self.server.holds(VIP))
        used = cost.processor_time(self.daemon.process)
        time.sleep(3)  # in which a spin would show
        self.assertLess(cost.processor_time(self.daemon.process) - used, 0.3)
        self.server.sysctl("lo", "disable_ipv6", 0, family="ipv6")
        support.await_(self.in_order, RECOVERY, 0.1, "serving again")
        self.assertTrue(self.server.holds(VIP6))

    # faults: 18
    def test_reply_routes_that_went_with_the_addresses_of_their_device_come_back_with_them(self):
        self.daemon.start()
        (rule,) = [line for line in self.server.ip("rule").splitlines() if VIP in line]
        table = rule.split("lookup")[1].split()[0]
        routes = self.server.ip(f"route show table {table}")
        self.assertIn(f"default via {NEIGHBOUR}", routes)
        self.server.ip("-4 addr flush dev eth0")
        support.await_(lambda: self.role()["state"] == "degraded", 5, 0.05, "degraded")
        self.assertEqual("", self.server.ip(f"route show table {table}", check=False))
        self.server.ip(f"addr add {RIP}/24 dev eth0")
        support.await_(self.in_order, 5, 0.02, "serving again")
        self.assertEqual(routes, self.server.ip(f"route show table {table}"))

    # faults: 80
    def test_where_sysctls_are_read_only_nothing_is_bound_and_the_reason_told(self):
        wrapper = self.daemon.directory / "read-only"
        wrapper.write_text(READ_ONLY.format(os.environ["REALSERVERD"]))
        wrapper.chmod(0o755)
        before = self.server.snapshot()
        self.daemon.program = [str(wrapper)]
        self.daemon.start()
        self.assertEqual("degraded", self.role()["state"])
        problems = " ".join(self.role()["problems"])
        self.assertIn("Read-only file system", problems)
        self.assertIn("mount it read-write, or run on the host", problems)
        # Each attempt begins with what is not refused, and takes that back.
        support.await_(lambda: self.server.snapshot() == before, what="an attempt leaves nothing")
        self.daemon.stop()
        self.assert_same(before, self.server.snapshot())

    # faults: 79
    def test_what_cannot_be_noted_is_not_changed(self):
        before = self.server.snapshot()
        for how, said in (("full", "No space left on device"), ("read-only", "Read-only file system")):
            with self.subTest(how), self.unwritable(self.daemon.runtime, how):
                with contextlib.suppress(Ended):
                    self.daemon.start()
                self.assertIn(said, self.daemon.log())
                self.assert_same(before, self.server.snapshot())
                self.daemon.kill()
                self.assert_same(before, self.server.snapshot())

    @contextlib.contextmanager
    def unwritable(self, folder, how):
        if how == "full":
            self.server.run("mount", "-t", "tmpfs", "-o", "size=4k,mode=0700", "tmpfs", str(folder))
            (folder / "full").write_bytes(bytes(4096))
        else:
            self.server.run("mount", "--bind", str(folder), str(folder))
            self.server.run("mount", "-o", "remount,bind,ro", str(folder))
        try:
            yield
        finally:
            self.server.run("umount", str(folder))

    # faults: 79
    def test_where_nothing_outlasts_a_reboot_a_drain_is_kept_until_then(self):
        for how in ("full", "read-only"):
            with self.subTest(how), self.unwritable(self.daemon.state, how):
                self.daemon.start()
                self.daemon.log_path.write_text("")
                self.assertEqual(0, self.daemon.control("drain", "--no-wait").returncode)
                self.assertIn("the next reboot will find the drains as they were noted before", self.daemon.log())
                for state in ("drained", "serving"):
                    support.await_(lambda state=state: self.role()["state"] == state, 15, what=state)
                    self.daemon.kill()
                    self.daemon.start()
                    self.assertEqual(state, self.role()["state"])
                    self.assertEqual(0, self.daemon.control("undrain").returncode)
                self.daemon.stop()

    # faults: 79
    def test_where_nothing_outlasts_a_reboot_an_undrain_holds_until_then(self):
        self.daemon.start()
        self.assertEqual(0, self.daemon.control("drain").returncode)
        with self.unwritable(self.daemon.state, "read-only"):
            self.assertEqual(0, self.daemon.control("undrain").returncode)
            self.daemon.kill()
            self.daemon.start()
            self.assertTrue(self.in_order())

    # faults: 79
    def test_a_drain_that_cannot_be_noted_is_refused_and_changes_nothing(self):
        self.daemon.start()
        before = self.server.snapshot()
        for how in ("full", "read-only"):
            with self.subTest(how), self.unwritable(self.daemon.runtime, how):  # and what outlasts a reboot could be
                refusal = self.daemon.control("drain", "--no-wait")
                self.assertEqual(1, refusal.returncode)
                self.assertIn("not drained, because the drain cannot be noted for a restart", refusal.stderr)
                self.assertEqual("serving", self.role()["state"])
                self.assert_same(before, self.server.snapshot())
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual("serving", self.role()["state"])

    def netlink_ports(self):
        """Of the daemon's sockets of routing netlink."""
        folder = f"/proc/{self.daemon.process.pid}/fd"
        inodes = {os.readlink(f"{folder}/{name}").removeprefix("socket:[").rstrip("]") for name in os.listdir(folder)}
        lines = [line.split() for line in self.server.run("cat", "/proc/net/netlink").splitlines()[1:]]
        return [int(words[2]) for words in lines if words[1] == "0" and words[9] in inodes]

    # faults: 27
    def test_messages_of_other_processes_are_not_taken_for_the_kernels(self):
        self.daemon.start()
        before, ports = self.server.snapshot(), self.netlink_ports()
        self.assertGreaterEqual(len(ports), 2, "one that asks, one that is told")
        with self.server:
            forger = self.using(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK))

        def forge():
            # Whatever could end a dump early, refuse a request, or be taken for a change; cut off and with no length.
            for sequence in range(1, 400):
                for kind, payload in ((NLMSG_DONE, bytes(4)), (NLMSG_ERROR, struct.pack("=i16x", -errno.EPERM)),
                                      (RTM_DELADDR, b""), (RTM_NEWROUTE, bytes(2))):
                    for length in (16 + len(payload), 3, 0):
                        for port in ports:
                            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                                message = struct.pack("=IHHII", length, kind, 2, sequence, 0) + payload
                                forger.sendto(message, (port & 0xFFFFFFFF, 0))

        for _ in range(10):
            forge()
            self.server.ip(f"addr del {VIP}/32 dev lo")
            support.await_(lambda: self.server.holds(VIP), 5, 0.002, "the VIP is back")
        self.assertNotRegex(self.daemon.log(), "error:|critical:")
        support.await_(lambda: self.server.snapshot() == before, 5, 0.02, "all is as before")


class Wire(Serving):
    ROLE = dr(VIP, extra=UNGUARDED)  # or nothing could be seen

    def ask_for_the_neighbour(self):
        """A connection to the VIP, for whose answer the server has to ask who the neighbour is."""
        self.server.ip("neigh flush all")
        connect(self.segment.neighbour, VIP, 80).close()

    # faults: 8
    def test_no_request_for_a_neighbour_names_the_vip_once_arp_announce_is_repaired(self):
        self.using(Web(self.server, 80))
        flood = self.using(Flood(self.segment, VIP, 1000))
        for value in (0, 1, 3, 10):
            for device in ("all", "eth0"):
                self.server.sysctl(device, "arp_announce", value)
            support.await_(lambda: not support.hazards(self.server), 3, 0.001, f"{value} repaired")
            flood.count()
            self.ask_for_the_neighbour()
            self.assertEqual(0, leaked(flood.count()), value)
        # That this could be seen:
        self.daemon.send(signal.SIGSTOP)
        for device in ("all", "eth0"):
            self.server.sysctl(device, "arp_announce", 0)
        self.ask_for_the_neighbour()
        self.assertGreater(flood.count()["request"], 0)
        self.daemon.send(signal.SIGCONT)

    # faults: 37
    def test_a_link_that_flaps_and_comes_back_with_another_mac_never_names_the_vip(self):
        download = self.using(Download(self.segment))
        flood = self.using(Flood(self.segment, VIP, 55_000))
        self.server.sysctl("eth0", "arp_notify", 1)
        flood.count()
        download.await_more()
        self.server.ip("link set eth0 down")
        time.sleep(2)  # the flap
        self.server.ip("link set eth0 address 02:00:00:00:00:99")
        self.server.ip("link set eth0 up")
        download.await_more(30)
        self.server.ip("link set eth0 address 02:00:00:00:00:98")
        download.await_more(30)
        counters = flood.count()
        self.assertEqual(0, leaked(counters), counters)
        self.assertGreater(counters["sent"], 10_000)


if __name__ == "__main__":
    support.main()
