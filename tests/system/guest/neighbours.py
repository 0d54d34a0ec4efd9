"""Others who think that the network of this host is theirs."""
import json
import pathlib
import time
import unittest

import host
from host import DIRECTOR, RIP, VIP, apt, await_state, configure, role, run, web
from support import await_

MSS = "[reply]\nmss = 1200\n"
TUNNEL = f'forwarding = "tun"\nvips = ["192.0.2.18"]\nservices = ["80/tcp"]\ndirectors = ["{DIRECTOR}"]\n'
AT_ONCE = 4  # seconds: what takes 0.2 here, and far from the daemon's audit every ten
NETWORK = f"[Match]\nName=eth0\n[Network]\nAddress={RIP}/24\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n"


def tunnels():
    return [link["ifname"] for link in json.loads(run("ip", "-j", "link")) if link.get("ifalias") == "realserverd"]


class Neighbours(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.host = host.Named()
        apt("install", host.package())
        configure(web=web(MSS), tunnel=TUNNEL)
        await_state("serving")
        await_state("serving", "tunnel")

    def assert_all_is_well(self):
        """What is wanted is there, by the daemon's word and the kernel's."""
        await_(lambda: all(role(name)["in_sync"] and role(name)["state"] == "serving" for name in ("web", "tunnel")), 15, 0.2,
               "both roles serve, in sync")
        self.assertIn(f"inet {VIP}/", self.host.ip("-4 addr show dev lo"))
        self.assertIn("proto 82", self.host.ip("-d -4 rule").replace("protocol", "proto"))
        self.assertEqual(len(tunnels()), 1)
        self.assertEqual(self.host.sysctl(tunnels()[0], "rp_filter"), 2)
        self.assertEqual([self.host.sysctl("all", key) for key in ("arp_ignore", "arp_announce")], [1, 2])

    def drifts(self):
        return json.loads(run("busctl", "--json=short", "get-property", "org.realserverd.RealServer1", "/org/realserverd/RealServer1",
                              "org.realserverd.RealServer1.Manager", "Drifts"))["data"]

    def rules_and_routes(self):
        """Those of ours, in no order: two rules of one priority stand as they were added."""
        return sorted(f"{self.host.ip('-d -4 rule')}{self.host.ip('-4 route show table all proto 82')}".splitlines())

    def test_systemd_sysctl_and_udev_may_set_what_they_like(self):
        pathlib.Path("/etc/sysctl.d/50-hostile.conf").write_text(
            "net.ipv4.conf.*.rp_filter = 1\nnet.ipv4.conf.all.arp_ignore = 0\nnet.ipv4.conf.eth0.arp_ignore = 0\n")
        self.addCleanup(pathlib.Path("/etc/sysctl.d/50-hostile.conf").unlink)
        before = self.drifts()
        run("systemctl", "restart", "systemd-sysctl")
        await_(lambda: self.drifts() > before, 5, 0.1, "the drift is counted")
        self.assert_all_is_well()
        # udev applies the same file to a device when it appears.
        configure(web=web(MSS))
        self.assertEqual(tunnels(), [])
        configure(web=web(MSS), tunnel=TUNNEL)
        run("udevadm", "settle")
        self.assert_all_is_well()

    def test_ifdown_and_ifup_of_lo_and_of_the_network_device(self):
        for device in ("lo", "eth0"):
            with self.subTest(device):
                run("ifdown", "--force", device)
                run("ifup", device)
                self.assert_all_is_well()

    # faults: 21
    def test_networkd_takes_rules_and_routes_away_and_they_come_back(self):
        run("ifdown", "eth0")
        pathlib.Path("/etc/systemd/network/eth0.network").write_text(NETWORK)
        pathlib.Path("/etc/systemd/network/rest.network").write_text("[Match]\nName=*\n[Network]\nDHCP=yes\n")
        before = self.drifts()
        run("systemctl", "start", "systemd-networkd")
        await_(lambda: "configured" in run("networkctl", "--no-legend", "list", "eth0"), 20, 0.2, "eth0 is configured")
        self.assert_all_is_well()
        self.assertIn("unmanaged", run("networkctl", "--no-legend", "list", tunnels()[0]))
        self.assertGreater(self.drifts(), before, "networkd left everything alone: this test says nothing")
        before, drifts = self.rules_and_routes(), self.drifts()
        for what in ("8200:", "advmss", "blackhole"):
            self.assertEqual(sum(what in line for line in before), 2, before)
        begin = time.monotonic()
        run("networkctl", "reconfigure", "eth0")
        await_(lambda: self.drifts() > drifts and self.rules_and_routes() == before, AT_ONCE, 0.05,
               f"networkd takes some away, and they are back: {before}")
        took = time.monotonic() - begin
        print(f"networkctl reconfigure: {self.drifts() - drifts} drifts, well after {took:.1f} s", flush=True)
        self.assert_all_is_well()

    def test_networkd_can_be_told_to_leave_them(self):
        folder = pathlib.Path("/etc/systemd/networkd.conf.d")
        folder.mkdir(exist_ok=True)
        (folder / "realserverd.conf").write_text("[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n")
        before = self.drifts()
        run("systemctl", "restart", "systemd-networkd")
        await_(lambda: "configured" in run("networkctl", "--no-legend", "list", "eth0"), 20, 0.2, "eth0 is configured")
        self.assert_all_is_well()
        self.assertEqual(self.drifts(), before)
        run("systemctl", "stop", "systemd-networkd.socket", "systemd-networkd")

    def test_networkmanager_sees_no_device_of_ours_as_its_own(self):
        before = self.drifts()
        run("systemctl", "start", "NetworkManager")
        run("nm-online", "--timeout=20", "--wait-for-startup", check=False)
        devices = dict(line.split(":", 1) for line in run("nmcli", "--terse", "--fields", "DEVICE,STATE", "device").splitlines())
        self.assertEqual(devices[tunnels()[0]], "unmanaged", devices)
        self.assert_all_is_well()
        self.assertEqual(self.drifts(), before)
        run("systemctl", "stop", "NetworkManager")
        self.assert_all_is_well()
