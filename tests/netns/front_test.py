"""The process that faces strangers: what it has not got, and what becomes of the daemon without it."""
import contextlib
import glob
import os
import select
import signal

import support
from daemon import Daemon, dr
from namespace import VIP, Segment
from netlink import delete_address
from probes import Web, connect
from support import await_

NODE = '[stop]\ndrain = false\n\n[health]\nlisten = ["127.0.0.1:9180"]\nallow = ["any"]\n'
OTHER = "192.0.2.18"
BIND_LOW_PORTS = 1 << 10


def status(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as file:
        return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}


def files(pid):
    return [os.readlink(path) for path in glob.glob(f"/proc/{pid}/fd/*")]


class Front(support.Test):
    def setUp(self):
        segment = self.using(Segment())
        self.server, self.neighbour = segment.server, segment.neighbour
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP)}, node=NODE))

    def gone(self, pid):
        return not os.path.exists(f"/proc/{pid}/fd/0")

    def test_what_strangers_reach_has_no_privileges_and_no_file(self):
        self.daemon.start()
        front = self.daemon.front
        said = status(front)
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(0, int(said[name], 16) & ~BIND_LOW_PORTS, name)
        self.assertEqual(("1", "2"), (said["NoNewPrivs"], said["Seccomp"]))
        own = [path for path in files(front) if str(self.daemon.directory) in path]
        self.assertEqual([str(self.daemon.log_path)] * len(own), own, "only the log")

    def test_what_has_privileges_hears_no_stranger(self):
        self.daemon.start()
        listening = self.server.run("ss", "-Htlnp")
        self.assertIn(f"pid={self.daemon.front},", listening)
        self.assertNotIn(f"pid={self.daemon.process.pid},", listening)

    def test_a_reload_is_over_when_what_strangers_reach_has_followed_it(self):
        self.daemon.start()
        os.kill(self.daemon.front, signal.SIGSTOP)
        self.daemon.write_node(NODE.replace("9180", "9190"))
        self.daemon.write_role("web", dr(OTHER))
        self.daemon.notify.forget()
        self.daemon.send(signal.SIGHUP)
        for _ in range(2):  # the second is put back by a daemon that has done its part of the reload
            await_(lambda: self.server.holds(OTHER), what="the VIP is bound")
            delete_address(self.server, OTHER, "lo")
        await_(lambda: self.server.holds(OTHER), what="the VIP is bound")
        self.assertFalse(self.daemon.notify.told("READY=1"))
        os.kill(self.daemon.front, signal.SIGCONT)
        self.daemon.notify.wait("READY=1", self.daemon.process, 10)
        connect(self.server, "127.0.0.1", 9190).close()

    # faults: 78
    def test_if_privileges_cannot_be_given_up_the_daemon_ends_and_has_changed_nothing(self):
        before = self.server.snapshot()
        for call, what in (("capset", "capset"), ("prctl", "PR_SET_NO_NEW_PRIVS")):
            program = self.daemon.program
            self.daemon.program = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:error=EPERM", *program]
            self.daemon.spawn()
            self.assertEqual(1, self.daemon.wait(20))
            self.daemon.program = program
            self.assertIn(f"critical: front: {what}: Operation not permitted", self.daemon.log())
            self.assert_same(before, self.server.snapshot())

    def test_it_ends_with_the_daemon(self):
        self.daemon.start()
        front = os.pidfd_open(self.daemon.front)
        self.addCleanup(os.close, front)
        self.daemon.kill()
        self.assertTrue(select.select([front], [], [], 5)[0], "it has not ended")

    def test_without_its_front_the_daemon_ends_and_the_next_one_takes_over(self):
        self.daemon.start()
        os.kill(self.daemon.front, signal.SIGKILL)
        self.assertEqual(1, self.daemon.wait())
        self.assertTrue(self.server.holds(VIP))
        self.daemon.start()
        self.assertEqual("serving", self.daemon.role("web")["state"])
        self.daemon.stop()

    def test_a_stop_without_its_front_ends_as_any_other(self):
        self.daemon.write_node(NODE.replace("drain = false", 'drain = true\ntimeout = "5s"'))
        before = self.server.snapshot()
        self.daemon.start()
        with contextlib.closing(Web(self.server, 80)) as web, connect(self.neighbour, VIP, 80), web.accept():
            self.daemon.send(signal.SIGTERM)
            self.daemon.notify.wait("STATUS=web draining", self.daemon.process, 5)
            os.kill(self.daemon.front, signal.SIGKILL)
            self.assertEqual(0, self.daemon.wait())
        self.assertIn("the stop goes on without it", self.daemon.log())
        self.assert_same(before, self.server.snapshot())

    # faults: 73
    def test_a_front_that_hangs_is_replaced_and_repairs_go_on_meanwhile(self):
        self.daemon.start()
        front = self.daemon.front
        os.kill(front, signal.SIGSTOP)
        delete_address(self.server, VIP, "lo")
        await_(lambda: self.server.holds(VIP), what="bound again")
        self.assertEqual(1, self.daemon.wait(30))
        self.assertIn("lost the front process: it is silent", self.daemon.log())
        self.assertTrue(self.gone(front))
        self.assertTrue(self.server.holds(VIP))


if __name__ == "__main__":
    support.main()
