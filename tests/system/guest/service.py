"""The package, its unit and its sandbox on a host with systemd, from installation to purge, beside a real director."""
import contextlib
import os
import pathlib
import signal
import time

import bystanders
import case
import host
from host import RIP, UNIT, VIP, apt, await_state, configure, drop_in, held, journal, mark, pid, role, run, show, status_of, web
from support import await_

CHECKS = """
[[check]]
type = "tcp"
target = "127.0.0.1:22"
[[check]]
type = "http"
target = "http://192.0.2.8/short"
[[check]]
type = "unit"
target = "ssh.service"
[[check]]
type = "exec"
target = "/usr/bin/test -e /run/lab-good"
interval = "1s"
"""


class Service(case.Case):
    @classmethod
    def setUpClass(cls):
        pathlib.Path("/run/lab-good").touch()
        super().setUpClass()

    def test_an_installation_is_a_quiet_service_without_roles(self):
        apt("install", host.package())
        self.assertEqual(show("ActiveState"), "active")
        self.assertEqual(show("StatusText"), "no roles")
        self.assertEqual(run("systemctl", "is-enabled", UNIT).strip(), "enabled")
        self.assertEqual(run("ps", "-o", "user=", "-p", str(pid())).strip(), "realserverd")
        self.assert_host_as_before()

    def test_ready_means_that_the_vip_is_bound(self):
        case.write_configuration()
        run("systemctl", "restart", UNIT)
        self.assertTrue(self.holds_vip())
        run("systemctl", "start", "nginx")

    def test_a_refused_reload_changes_nothing_and_says_why(self):
        since, before = mark(), pid()
        (host.CONF_D / "bad.toml").write_text("vip = 1\n")
        status, _ = status_of("systemctl", "reload", UNIT)
        (host.CONF_D / "bad.toml").unlink()
        self.assertNotEqual(status, 0)
        self.assertTrue(any("bad.toml:1:1: vip: unknown key" in line for line in journal(since)), journal(since))
        self.assertEqual((show("ActiveState"), pid(), role()["state"]), ("active", before, "serving"))

    def test_all_checks_work_in_the_sandbox(self):
        configure(web=web(CHECKS))
        await_state("serving")
        good = pathlib.Path("/run/lab-good")
        self.addCleanup(good.touch)
        good.unlink()
        await_state("unhealthy")
        good.touch()
        await_state("serving")
        run("systemctl", "stop", "ssh")
        await_state("unhealthy")
        run("systemctl", "start", "ssh")
        await_state("serving")

    def test_a_check_that_takes_all_memory_costs_nothing_but_the_check(self):
        before = pid()
        hungry = 'type = "exec"\ntarget = "/usr/bin/python3 -c bytearray(1<<29)"\ninterval = "30s"\ntimeout = "25s"\nfall = 1\n'
        since = mark()
        self.addCleanup(await_state, "serving")
        self.addCleanup(configure, web=web(CHECKS))
        configure(web=web(f"[[check]]\n{hungry}"))
        await_(lambda: any("exec /usr/bin/python3" in line and "signal" in line for line in journal(since)), 40, 0.3,
               "the check is killed")
        self.assertEqual((pid(), show("NRestarts")), (before, "0"))

    def test_drift_is_repaired_in_the_sandbox(self):
        self.host.ip(f"addr del {VIP}/32 dev lo")
        await_(self.holds_vip, 5, 0.05, "the VIP is back")
        self.host.sysctl("eth0", "arp_ignore", 0)
        self.host.sysctl("all", "arp_ignore", 0)
        await_(lambda: self.host.sysctl("all", "arp_ignore") == 1, 5, 0.05, "arp_ignore is back")
        await_state("serving")

    def test_the_journal_is_silent_while_nothing_happens(self):
        with bystanders.director() as director:
            await_(lambda: director.takes(RIP), 30, 0.2, "the director uses us")
            await_(lambda: role()["directors"][0]["polling"], 30, 0.2, "the director is known to ask")
            since = mark()
            run("systemd-cat", "-t", "lab", "echo", "nothing happens from here on")
            time.sleep(12)  # longer than every period of the daemon's: what does not happen has no event
            self.assertEqual(journal(since), [])

    def test_a_restart_troubles_nobody(self):
        before = pid()
        self.untroubled(lambda: run("systemctl", "restart", UNIT))
        self.assertNotEqual(pid(), before)

    def crash(self, name):
        self.started_again(lambda: run("systemctl", "kill", f"--signal={name}", "--kill-whom=main", UNIT))

    def started_again(self, end):
        before = pid()
        end()
        await_(lambda: show("ActiveState") == "active" and pid() not in (0, before), 20, 0.1, "started again")

    def test_a_crash_troubles_nobody(self):
        for name in ("SIGKILL", "SIGABRT"):
            with self.subTest(name):
                self.untroubled(lambda name=name: self.crash(name), again=True)

    # faults: 74
    def test_a_kill_for_its_memory_troubles_nobody(self):
        before, restarts = pid(), int(show("NRestarts"))
        limit = pathlib.Path(f"/sys/fs/cgroup{show('ControlGroup')}/memory.max")
        # Less than it has; systemd starts it again with the unit's own limit.
        self.untroubled(lambda: self.started_again(lambda: limit.write_text("1M")), again=True)
        self.assertIn(f"Memory cgroup out of memory: Killed process {before} ", run("dmesg"))
        self.assertEqual(int(show("NRestarts")), restarts + 1)
        self.assertGreater(int(limit.read_text()), 1 << 20)

    # faults: 73
    def test_a_daemon_that_hangs_is_replaced_and_troubles_nobody(self):
        remove = drop_in("watchdog", "[Service]\nWatchdogSec=5s\n")
        self.addCleanup(remove)
        run("systemctl", "restart", UNIT)
        await_state("serving")
        before, since = pid(), mark()

        def hang():
            os.kill(before, signal.SIGSTOP)
            await_(lambda: show("ActiveState") == "active" and pid() not in (0, before), 40, 0.2, "started again")
        self.untroubled(hang, again=True)
        self.assertTrue(any("watchdog" in line.lower() for line in journal(since)))

    # faults: 83
    def test_an_upgrade_troubles_nobody(self):
        later = host.newer()
        self.untroubled_by_upgrade(lambda: apt("install", later))
        self.assertIn("+later", run("dpkg-query", "-W", "realserverd"))

    def test_a_role_that_was_healthy_serves_from_the_first_moment_after_a_restart(self):
        """Its checks may take their time: directors hear yes at once, and the journal has nothing to tell."""
        since = mark()
        run("systemctl", "restart", UNIT)
        self.assertEqual(role()["state"], "serving")
        self.assertFalse([line for line in journal(since) if "unhealthy" in line or "check:" in line])

    def test_dpkg_reconfigure_troubles_nobody(self):
        self.untroubled(lambda: run("dpkg-reconfigure", "realserverd"))

    def test_stop_drains_first_and_leaves_the_host_as_it_was(self):
        with bystanders.director() as director:
            await_(lambda: director.takes(RIP), 30, 0.2, "the director uses us")
            await_(lambda: role()["directors"][0]["polling"], 30, 0.2, "the director is known to ask")
            since = mark()
            began = time.monotonic()
            run("systemctl", "stop", UNIT)
            self.assertLess(time.monotonic() - began, 45)
            self.assertFalse(director.takes(RIP))
        self.assertEqual(show("Result"), "success")
        self.assertTrue(any("drain" in line for line in journal(since)), journal(since))
        self.assert_host_as_before()
        run("systemctl", "start", UNIT)
        await_state("serving")

    def test_a_stop_unbinds_what_the_daemon_itself_cannot_or_was_told_to_leave(self):
        for orders in (["restart", "stop"], ["stop"]):
            with self.subTest(" and ".join(orders)):
                main = pid()
                with held(main):
                    for order in orders:
                        run("systemctl", order, "--no-block", UNIT)
                        await_(lambda: show("ActiveState") == "deactivating", 5, 0.05, "it is told to end")
                    self.assertTrue(self.holds_vip())
                    if orders == ["stop"]:
                        os.kill(main, signal.SIGKILL)
                await_(lambda: show("ActiveState") in ("inactive", "failed"), 20, 0.1, "stopped")
                self.assert_host_as_before()
                run("systemctl", "start", UNIT)
                await_state("serving")

    @contextlib.contextmanager
    def waiting_to_be_restarted(self):
        remove = drop_in("late", "[Service]\nRestartSec=60s\n")
        run("systemctl", "kill", "--signal=SIGKILL", "--kill-whom=main", UNIT)
        await_(lambda: show("SubState") == "auto-restart", 10, 0.1, "the daemon is dead")
        yield
        remove()

    def test_a_stop_unbinds_where_the_daemon_is_dead_already(self):
        for dead in (self.waiting_to_be_restarted, self.dead):
            with self.subTest(dead.__name__):
                with dead():
                    self.assertTrue(self.holds_vip())
                    run("systemctl", "stop", UNIT)
                    self.assert_host_as_before()
                self.assertEqual(show("Result", "realserverd-release.service"), "success")
                run("systemctl", "start", UNIT)
                await_state("serving")

    # faults: 88
    def test_removal_unbinds_and_purge_leaves_no_file(self):
        apt("remove", "realserverd")
        self.assert_host_as_before()
        apt("purge", "realserverd")
        self.assertEqual(case.left_on_disk(), self.files)

    # faults: 88
    def test_removal_while_the_daemon_is_dead_unbinds_as_well(self):
        apt("install", host.package())
        case.write_configuration()
        run("systemctl", "restart", UNIT)
        self.assertTrue(self.holds_vip())
        with self.dead():
            apt("purge", "realserverd")
        self.assert_host_as_before()
        self.assertEqual(case.left_on_disk(), self.files)

    def test_removal_that_may_not_stop_the_daemon_leaves_it_its_ledger(self):
        apt("install", host.package())
        case.write_configuration()
        run("systemctl", "restart", UNIT)
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        try:
            apt("remove", "realserverd")
        finally:
            policy.unlink()
        self.assertTrue(self.holds_vip())
        self.assertTrue(case.LEDGER.exists())
        apt("install", host.package())
        apt("purge", "realserverd")
        self.assert_host_as_before()
        self.assertEqual(case.left_on_disk(), self.files)
