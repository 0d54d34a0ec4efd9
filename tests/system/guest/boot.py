"""Boot and shutdown. Played twice on one disk: the first time ends with a reboot in the middle of traffic."""
import json
import pathlib
import re
import signal
import unittest

import bystanders
import host
from host import CONF_D, RIP, VIP, apt, await_state, role, run, show, web
from support import await_

MARKER = pathlib.Path("/var/lib/lab-first-boot")
NODE = pathlib.Path("/etc/realserverd/realserverd.toml")


def start_lasting(name, *command):
    """A service that still runs when nearly everything else has stopped."""
    run("systemd-run", f"--unit={name}", "--property=DefaultDependencies=no", *command)


def start_lasting_director():
    run("modprobe", "ip_vs")
    configuration = pathlib.Path("/run/keepalived.conf")
    configuration.write_text(run("realserverctl", "director-config", "--format", "keepalived"))
    start_lasting("director", "ip", "netns", "exec", "director", "keepalived", "--dont-fork", "--check", "--use-file",
                  str(configuration))


class First(unittest.TestCase):
    def test_a_host_is_set_up_and_goes_down_while_it_serves(self):
        bystanders.set_up_web_server()
        apt("install", host.package(), host.package("realserverd-director"))
        NODE.write_text('[health]\nlisten = ["0.0.0.0:9180"]\n[stop]\ntimeout = "20s"\n')
        (CONF_D / "web.toml").write_text(web())
        (CONF_D / "spare.toml").write_text(web().replace(VIP, "192.0.2.18"))
        run("systemctl", "restart", host.UNIT)
        run("systemctl", "enable", "--now", "nginx")
        run("realserverctl", "drain", "spare", "--no-wait")
        start_lasting_director()
        start_lasting("witness", "ip", "monitor", "address")
        await_(lambda: role()["directors"][0]["polling"], 30, 0.2, "the director is known to ask")
        run("ip", "netns", "exec", "director", "realserver-check", "--timeout", "20s", "--role", "web", RIP)
        MARKER.touch()
        run("systemctl", "reboot")
        signal.pause()  # what is left of this guest's life is in the journal that the next one reads


class Second(unittest.TestCase):
    """After the reboot."""

    def entries(self, *options):
        return run("journalctl", "--quiet", "--output=short-monotonic", *options).splitlines()

    def complaints(self, boot):
        # That there is no second layer is said once as well; this kernel has no nftables for ARP.
        return [line for line in self.entries(f"--boot={boot}", f"--unit={host.UNIT}", "--priority=warning")
                if "no ARP guard beside the sysctls" not in line]

    def moment(self, lines, pattern):
        """When the last such line was written."""
        for line in reversed(lines):
            if re.search(pattern, line):
                return float(re.match(r"\[\s*([\d.]+)\]", line)[1])
        self.fail(f"no {pattern} in:\n" + "\n".join(lines))

    # faults: 90
    def test_at_shutdown_the_vip_went_drained_before_the_web_server_stopped(self):
        lines = self.entries("--boot=-1", f"--unit={host.UNIT}", "--unit=witness.service", "--unit=nginx.service",
                             "--unit=networking.service")
        drained = self.moment(lines, r"web: drain: drained")
        gone = self.moment(lines, rf"Deleted .* inet {re.escape(VIP)}/")
        web_server = self.moment(lines, r"Stopping nginx.service")
        network = self.moment(lines, r"Stopping networking.service")
        self.assertLess(drained, gone)
        self.assertLess(gone, web_server)
        self.assertLess(web_server, network)
        self.assertEqual(self.complaints(boot=-1), [])

    def test_at_boot_the_vip_is_bound_before_the_web_server_needs_it(self):
        self.assertEqual(show("ActiveState", "nginx.service"), "active")
        self.assertEqual(show("NRestarts", "nginx.service"), "0")
        self.assertIn(f"{VIP}:80", run("ss", "-ltn"))
        await_state("serving")

    # faults: 86
    def test_a_drained_role_comes_up_drained(self):
        await_state("drained", "spare")
        run("realserverctl", "undrain", "spare", "--no-wait")
        await_state("serving", "spare")

    # faults: 89
    def test_what_the_kernel_lacks_stands_in_the_status(self):
        status = json.loads(run("realserverctl", "status", "--json", check=False))
        self.assertIn("no ARP guard beside the sysctls", str(status["missing"]))

    def test_nothing_complains_at_boot(self):
        self.assertEqual(self.complaints(boot=0), [])
        self.assertEqual(run("systemctl", "--failed", "--no-legend").strip(), "")

    def test_removal_stops_what_drains_at_shutdown_and_leaves_no_unit(self):
        self.assertEqual(show("ActiveState", "realserverd-drain.service"), "active")
        apt("remove", "realserverd")
        self.assertEqual(run("systemctl", "is-active", "realserverd-drain.service", check=False), "inactive\n")
        apt("purge", "realserverd")
        self.assertEqual(run("systemctl", "list-units", "--all", "--no-legend", "*realserverd*"), "")


def load_tests(loader, _tests, _pattern):
    return loader.loadTestsFromTestCase(Second if MARKER.exists() else First)
