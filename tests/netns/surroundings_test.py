"""What others do to the host that is not ours to put right: the status says it, with the remedy, which works."""
import re

import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, VIP, VIP6, Segment
from support import await_

AUDIT = 20  # seconds; not everything is told of by the kernel
DRAINABLE = f'directors = ["{NEIGHBOUR}"]\n[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n[drain]\nprobes = true'


class Surroundings(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP, VIP6)}))
        self.daemon.start()
        self.assertEqual([], self.problems())

    def problems(self):
        status = self.daemon.status()
        return status["problems"] + status["roles"][0]["problems"]

    def told(self, text):
        """The remedy that stands in the problem which has `text` in it."""
        found = await_(lambda: [each for each in self.problems() if text in each], AUDIT, 0.05, f"told: {text}")
        return re.search(r": (ip .+)$", found[0])[1]

    def assert_told_and_remedied(self, text, state="serving"):
        remedy = self.told(text)
        self.assertEqual(state, self.daemon.role("web")["state"])
        self.server.run(*remedy.split())
        await_(lambda: self.problems() == [], AUDIT, 0.05, "no problem any more")
        self.assertEqual([], support.hazards(self.server))

    # faults: 2
    def test_that_lo_was_flushed_is_repaired_as_far_as_it_is_ours_and_told_beyond(self):
        self.server.ip("addr flush dev lo")
        await_(lambda: self.server.holds(VIP) and self.server.holds(VIP6), what="the VIPs are back")
        self.assert_told_and_remedied("127.0.0.1/8")

    # faults: 16
    def test_a_vip_that_claims_its_whole_subnet_on_lo_is_told(self):
        self.server.ip(f"addr add {VIP}/24 dev lo")
        self.assert_told_and_remedied("192.0.2.0/24")
        self.assertTrue(self.server.holds(VIP))

    def own_rules(self):
        """With their priority, which is one: they speak of different sources, and have no order among themselves."""
        return sorted(line for line in self.server.ip("-d rule").splitlines() if line.endswith("proto 82"))

    # faults: 19
    def test_that_the_rules_were_flushed_is_repaired_as_far_as_it_is_ours_and_told_beyond(self):
        self.daemon.write_role("web", dr(VIP, VIP6, extra=DRAINABLE))
        self.daemon.reload()
        self.assertEqual(0, self.daemon.control("drain", "web", "--no-wait").returncode)
        rules = self.own_rules()
        self.assertEqual(["lookup", "unreachable"], re.findall("lookup|unreachable", str(rules)))
        self.server.ip("rule flush")  # which spares the one of table local
        self.server.ip("rule del lookup local")
        await_(lambda: self.own_rules() == rules, what="the rules of VIP and drain are back, where they were")
        self.server.run(*self.told("table local").split())
        self.assert_told_and_remedied("table main", "draining")
        self.assertEqual(rules, self.own_rules())

    # faults: 39
    def test_a_proxy_of_a_vip_for_neighbour_discovery_is_told(self):
        self.server.ip(f"-6 neigh add proxy {VIP6} dev eth0")
        self.assert_told_and_remedied("neighbour discovery")

    # faults: 45
    def test_that_a_reload_was_refused_stays_in_the_status_until_one_is_not(self):
        self.daemon.write_role("bad", "vip = 1\n")
        self.daemon.reload()
        (problem,) = self.problems()
        self.assertIn("the last reload was refused", problem)
        self.assertIn("bad.toml:1:1: vip: unknown key", problem)
        self.assertEqual("serving", self.daemon.role("web")["state"])
        self.daemon.remove_role("bad")
        self.daemon.reload()
        self.assertEqual([], self.problems())


if __name__ == "__main__":
    support.main()
