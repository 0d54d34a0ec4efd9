"""Who may do what on a host with polkit: root, those whom polkit knows, and everybody else; here and over SSH. Then what
an installation says to network managers that run already, and the tests that are in the package."""
import os
import pathlib
import platform
import subprocess
import tempfile
import unittest

import host
from host import apt, await_state, configure, run, status_of, web
from support import await_

RULE = """polkit.addRule(function(action, subject) {
    if (action.id == "org.realserverd.drain" && subject.user == "alice") {
        return polkit.Result.YES;
    }
});
"""
AUTOPKGTESTS = pathlib.Path(__file__).resolve().parents[3] / "packaging/debian/tests"
NETWORKS = pathlib.Path("/etc/systemd/network")
MANAGER = ("org.realserverd.RealServer1", "/org/realserverd/RealServer1", "org.realserverd.RealServer1.Manager")
NOT_ALLOWED, BAD_CONFIGURATION = 4, 78
SENTENCE = r"not (allowed|authori[sz]ed)"


def as_user(user, *command):
    return status_of("runuser", "-u", user, "--", *command)


def allow_ssh(*users):
    """root's key opens the `users` on this host."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519")
    for user in users:
        folder = pathlib.Path(f"/home/{user}/.ssh")
        folder.mkdir()
        (folder / "authorized_keys").write_text(pathlib.Path("/root/.ssh/id_ed25519.pub").read_text())
        run("chown", "-R", f"{user}:", folder)
    pathlib.Path("/root/.ssh/config").write_text("Host *\n    StrictHostKeyChecking accept-new\n")


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        apt("install", host.package())
        configure(web=web())
        await_state("serving")
        for user in ("alice", "bob"):
            run("useradd", "--create-home", "--shell", "/bin/bash", user)
        pathlib.Path("/etc/polkit-1/rules.d/40-alice.rules").write_text(RULE)
        run("systemctl", "restart", "polkit")
        allow_ssh("alice", "bob")

    def test_the_version_says_for_which_debian_it_is(self):
        release = platform.freedesktop_os_release().get("VERSION_ID")
        self.assertRegex(run("dpkg-query", "--show", "realserverd"), rf"-\d+\+deb{release}u1\n" if release else r"-\d+\n")

    def test_root_is_told_what_the_daemon_cannot_read(self):
        path = host.CONF_D / "web.toml"
        self.addCleanup(path.chmod, 0o644)
        path.chmod(0o640)
        self.assertNotEqual(status_of("systemctl", "reload", host.UNIT)[0], 0)
        for command in ("check", "plan"):
            status, output = status_of("realserverctl", command)
            self.assertEqual(status, BAD_CONFIGURATION, output)
            self.assertIn(f"{path}: the daemon, user realserverd, cannot read it", output)

    def test_everybody_may_look(self):
        status, output = as_user("bob", "realserverctl", "status")
        self.assertEqual(status, 0, output)
        self.assertIn("serving", output)

    def test_an_authorised_user_drains_and_undrains(self):
        status, output = as_user("alice", "realserverctl", "drain", "--no-wait")
        self.assertEqual(status, 0, output)
        await_state("drained")
        status, output = as_user("alice", "realserverctl", "undrain", "--no-wait")
        self.assertEqual(status, 0, output)
        await_state("serving")

    def test_the_permission_to_drain_is_not_one_to_reload(self):
        status, output = as_user("alice", "realserverctl", "reload")
        self.assertEqual(status, NOT_ALLOWED, output)

    def test_another_user_is_refused_with_a_sentence(self):
        for words in (("drain", "--no-wait"), ("undrain", "--no-wait"), ("reload",)):
            with self.subTest(words):
                status, output = as_user("bob", "realserverctl", *words)
                self.assertEqual(status, NOT_ALLOWED, output)
                self.assertRegex(output, SENTENCE)
        self.assertEqual(host.role()["state"], "serving")

    def test_busctl_meets_the_same_answers(self):
        status, output = as_user("alice", "busctl", "call", *MANAGER, "Drain", "a{sv}", "0")
        self.assertEqual(status, 0, output)
        await_state("drained")
        status, output = as_user("bob", "busctl", "call", *MANAGER, "Undrain")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"(?i)denied|not (allowed|authori[sz]ed)")
        self.assertEqual(host.role()["state"], "drained")
        run("busctl", "call", *MANAGER, "Undrain")
        await_state("serving")

    def test_nobody_but_root_sets_the_log_level(self):
        path = ("org.realserverd.RealServer1", "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1", "LogLevel", "s", "debug")
        status, output = as_user("alice", "busctl", "set-property", *path)
        self.assertNotEqual(status, 0, output)
        run("systemctl", "service-log-level", host.UNIT, "debug")
        self.assertEqual(run("systemctl", "service-log-level", host.UNIT).strip(), "debug")
        run("systemctl", "service-log-level", host.UNIT, "info")

    def test_the_same_holds_over_ssh(self):
        status, output = status_of("realserverctl", "-H", "alice@127.0.0.1", "status")
        self.assertEqual(status, 0, output)
        self.assertIn("serving", output)
        status, output = status_of("realserverctl", "-H", "alice@127.0.0.1", "drain", "--no-wait")
        self.assertEqual(status, 0, output)
        await_state("drained")
        for user, words in (("alice", ("reload",)), ("bob", ("undrain", "--no-wait")), ("bob", ("drain",))):
            with self.subTest(user=user, words=words):
                status, output = status_of("realserverctl", "-H", f"{user}@127.0.0.1", *words)
                self.assertEqual(status, NOT_ALLOWED, output)
                self.assertRegex(output, SENTENCE)
        run("realserverctl", "undrain", "--no-wait")
        await_state("serving")

    def test_without_polkit_only_root_may(self):
        run("systemctl", "mask", "--now", "--runtime", "polkit")
        try:
            status, output = as_user("alice", "realserverctl", "drain", "--no-wait")
            self.assertEqual(status, NOT_ALLOWED, output)
            run("realserverctl", "drain", "--no-wait")
            await_state("drained")
            run("realserverctl", "undrain", "--no-wait")
            await_state("serving")
        finally:
            run("systemctl", "unmask", "--runtime", "polkit")


class Installation(unittest.TestCase):
    """Played after the class above, whose package it takes away."""

    @classmethod
    def setUpClass(cls):
        apt("purge", "realserverd")

    def networkd(self, device):
        return run("networkctl", "--no-legend", "list", device)

    def network_manager(self, device):
        return run("nmcli", "--get-values", "GENERAL.STATE", "device", "show", device)

    def add_device(self, name):
        run("ip", "link", "add", name, "type", "dummy")
        self.addCleanup(run, "ip", "link", "delete", name)

    def test_network_managers_that_run_already_leave_ours_alone_from_then_on(self):
        ours, later = "lvs0a1b9c", "lvs0a1b8c"
        NETWORKS.mkdir(exist_ok=True)
        (NETWORKS / "50-any.network").write_text("[Match]\nName=lvs0*\n[Network]\nLinkLocalAddressing=no\n")
        for device in (ours, "lvs0"):
            self.add_device(device)
        self.addCleanup(run, "systemctl", "stop", "systemd-networkd.socket", "systemd-networkd", "NetworkManager")
        run("systemctl", "start", "systemd-networkd", "NetworkManager")
        for device in (ours, "lvs0"):
            await_(lambda device=device: "configured" in self.networkd(device), 20, 0.2, f"networkd takes {device} for its own")
        apt("install", host.package(), host.package("realserverd-director"))
        await_(lambda: "unmanaged" in self.networkd(ours), 20, 0.2, "networkd leaves the device of ours alone")
        self.assertIn("configured", self.networkd("lvs0"))
        # lo, which it has taken up before, it lets others configure until it starts again.
        for device, address in ((later, "198.51.100.8/24"), ("lvs100", "203.0.113.8/24")):
            self.add_device(device)
            run("ip", "address", "add", address, "dev", device)
            run("ip", "link", "set", device, "up")
        await_(lambda: "externally" in self.network_manager("lvs100"), 20, 0.2, "NetworkManager looks at what appears")
        self.assertIn("unmanaged", self.network_manager(later))

    def test_networkd_is_told_at_an_installation_and_left_alone_at_an_upgrade(self):
        ours = "lvs0a1b9c"
        for device in (ours, "lvs0"):
            self.add_device(device)
        self.addCleanup(run, "systemctl", "stop", "systemd-networkd.socket", "systemd-networkd")
        run("systemctl", "start", "systemd-networkd")
        await_(lambda: "configured" in self.networkd("lvs0"), 20, 0.2, "networkd takes lvs0 for its own")
        edited = NETWORKS / "40-edited.network"
        self.addCleanup(edited.unlink)
        edited.write_text("[Match]\nName=lvs0\n[Link]\nUnmanaged=yes\n")
        apt("install", "--reinstall", host.package())
        self.assertIn("configured", self.networkd("lvs0"))
        apt("remove", "realserverd")
        run("networkctl", "reload")  # as a boot would
        await_(lambda: "unmanaged" in self.networkd("lvs0"), 20, 0.2, "networkd has read what was edited")
        await_(lambda: "configured" in self.networkd(ours), 20, 0.2, "networkd takes what was ours")
        apt("install", host.package())
        await_(lambda: "unmanaged" in self.networkd(ours), 20, 0.2, "networkd leaves it alone again")

    def test_the_tests_in_the_package_pass(self):
        for name in ("examples", "installed"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                result = subprocess.run([AUTOPKGTESTS / name], env={**os.environ, "AUTOPKGTEST_TMP": folder},
                                        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
                # Without allow-stderr, autopkgtest fails by anything there.
                self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
