"""The daemon as its unit runs it: a user of its own, CAP_NET_ADMIN and nothing else, no memory both written and run, and
no privileged system calls."""
import json
import os
import shutil

import support
from daemon import Daemon, dr
from front_test import status
from health import ask
from namespace import VIP, VIP6, Segment
from netlink import delete_address
from support import await_

USER = "nobody"
NET_ADMIN = 1 << 12
PR_SET_MDWE = 65  # a kernel without it refuses, and nothing is lost but that part
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # with EPERM, as the unit has it
# What of the unit's SystemCallFilter=~@privileged @resources a program of ours might come to use.
REFUSED = ("capset chown fchown fchownat lchown setuid setgid setresuid setresgid setgroups chroot pivot_root "
           "setpriority setrlimit sched_setscheduler sched_setaffinity ioprio_set")
WRAPPER = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl({PR_SET_MDWE}, 1, 0, 0, 0)
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init({ALLOW}))
for name in "{REFUSED}".split():
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    assert number < 0 or seccomp.seccomp_rule_add(context, {REFUSE}, number, 0) == 0, name
assert seccomp.seccomp_load(context) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""
AS_THE_UNIT = [
    "setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", "--no-new-privs",
    "--bounding-set", "-all,+net_admin", "--inh-caps", "-all,+net_admin", "--ambient-caps", "-all,+net_admin",
    "/usr/bin/python3", "-c", WRAPPER,
]


class Unprivileged(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server
        self.before = self.server.snapshot()
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP, VIP6, extra='[arp]\nguard = "on"')}, bus=False))
        self.daemon.program = [*AS_THE_UNIT, *self.daemon.program]
        self.daemon.directory.chmod(0o755)
        for folder in (self.daemon.runtime, self.daemon.state):
            shutil.chown(folder, USER)
        os.chmod(self.daemon.notify.path, 0o666)

    def test_all_of_it_works_with_one_capability_and_the_front_has_none(self):
        server, daemon = self.server, self.daemon
        daemon.start()
        self.assertEqual([], support.hazards(server))
        self.assertIn(VIP, server.run("nft", "list", "table", "arp", "realserverd"))
        main, front = status(daemon.process.pid), status(daemon.front)
        for field in ("CapPrm", "CapEff", "CapAmb"):
            self.assertEqual((NET_ADMIN, 0), (int(main[field], 16), int(front[field], 16)), field)
        delete_address(server, VIP, "lo")
        server.sysctl("eth0", "arp_ignore", 0)
        server.run("nft", "flush", "ruleset")
        await_(lambda: server.holds(VIP) and server.sysctl("eth0", "arp_ignore") == 1, what="put right")
        await_(lambda: VIP in server.run("nft", "list", "ruleset"), what="the guard is back")
        daemon.stop()
        self.assert_same(self.before, server.snapshot())

    def test_what_root_releases_the_service_can_go_on_from(self):
        self.assertEqual(0, self.daemon.release().returncode)  # which makes the lock
        self.daemon.start()
        self.daemon.kill()
        self.assertEqual(0, self.daemon.release().returncode)
        self.assert_same(self.before, self.server.snapshot())
        self.daemon.start()
        told = json.loads(ask(self.server, "/status", "127.0.0.1")[1])
        self.assertEqual([], told["problems"])
        self.daemon.stop()
        self.assert_same(self.before, self.server.snapshot())
        released = self.daemon.release("--release-if-stopped", "--session-bus", program=self.daemon.program)
        self.assertEqual((0, ""), (released.returncode, released.stdout))


if __name__ == "__main__":
    support.main()
