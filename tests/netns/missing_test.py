"""What a host lacks: the status names it, and everything else is as always."""
import os
import re
import subprocess
from unittest import mock

import support
from daemon import Daemon, dr, role
from namespace import NEIGHBOUR, VIP, VIP6, Segment

VIP_TUNNELLED = "192.0.2.102"
LIBRARY = "libnftables.so.1"


def library():
    """Its file, or None."""
    cache = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True, env={"PATH": "/sbin:/usr/sbin"})
    found = re.search(rf"{re.escape(LIBRARY)} .*=> (.+)", cache.stdout)
    return os.path.realpath(found[1]) if found else None


class Missing(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server

    # faults: 89
    def test_without_the_library_of_nftables_all_but_the_guard_is_there(self):
        daemon = self.using(Daemon(self.server, {"web": dr(VIP, VIP6)}))
        if path := library():
            daemon.program = ["unshare", "--mount", "sh", "-c", f'mount --bind /dev/null {path} && exec "$@"', "sh", *daemon.program]
        daemon.start()
        status = daemon.status()
        self.assertEqual("serving", status["state"])
        self.assertTrue(status["roles"][0]["in_sync"])
        self.assertEqual([], status["problems"] + status["roles"][0]["problems"])
        self.assertEqual(1, len(status["missing"]))
        self.assertIn(f"no ARP guard beside the sysctls: {LIBRARY} is not installed", status["missing"][0])
        self.assertIn(f"node: {status['missing'][0]}", daemon.control("status").stdout)
        self.assertEqual([], support.hazards(self.server))

        daemon.write_role("web", dr(VIP, VIP6, extra='[arp]\nguard = "off"'))
        daemon.reload()
        self.assertEqual([], daemon.status()["missing"])

    # faults: 89
    def test_a_kernel_without_ipip_degrades_the_role_that_wants_it_and_no_other(self):
        self.server.ip("link add test type ipip remote 192.0.2.1", check=False)
        if "test" in self.server.ip("link show"):
            self.skipTest("this kernel has ipip tunnels")
        tunnelled = f'directors = ["{NEIGHBOUR}"]\n' + role("tun", VIP_TUNNELLED)
        daemon = self.using(Daemon(self.server, {"web": dr(VIP), "tunnelled": tunnelled}))
        daemon.start()
        self.assertEqual("serving", daemon.role("web")["state"])
        self.assertEqual("degraded", daemon.role("tunnelled")["state"])
        self.assertIn("this kernel has no ipip tunnels", str(daemon.role("tunnelled")["problems"]))
        self.assertFalse(self.server.holds(VIP_TUNNELLED))

    def test_a_kernel_that_does_not_wait_for_packets_in_flight_is_given_a_time(self):
        before = self.server.snapshot()
        daemon = self.using(Daemon(self.server, {"web": dr(VIP)}))
        calls = daemon.directory / "calls"
        daemon.program = ["strace", "-D", "-f", "-qq", "-o", str(calls), "-e", "trace=membarrier,clock_nanosleep",
                          "-e", "inject=membarrier:error=EINVAL", *daemon.program]
        with mock.patch.dict(os.environ, ASAN_OPTIONS="detect_leaks=0"):  # which cannot be found out under strace
            daemon.start()
        self.assertNotIn("membarrier", calls.read_text())
        daemon.stop()
        waited = re.compile(r"membarrier\(.* = -1 EINVAL .*\n.*clock_nanosleep\(.*tv_nsec=20000000")
        support.await_(lambda: waited.search(calls.read_text()), seconds=15, what="strace tells of the wait")
        self.assert_same(before, self.server.snapshot())


if __name__ == "__main__":
    support.main()
