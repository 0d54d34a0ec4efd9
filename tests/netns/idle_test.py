"""What the daemon costs while nothing happens: all of its processes together, audits and local checks included."""
import time

import support
from checks_test import CHECK, Site
from cost import SLOWNESS, exact_time, processes
from daemon import dr
from namespace import NEIGHBOUR, VIP, VIP6
from serving import Serving

SECONDS = 3
PROMISED = 0.005  # of a processor
WEB = f'directors = ["{NEIGHBOUR}"]\n[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n'


class Idle(Serving):
    ROLE = dr(VIP, VIP6, extra=WEB)

    def test_all_processes_together_take_less_than_half_a_percent_of_a_processor(self):
        self.using(Site(self.server))
        self.daemon.write_role("web", dr(VIP, VIP6, extra=WEB + CHECK.replace("500ms", "1s")))
        self.daemon.reload()
        support.await_(lambda: self.daemon.role("web")["checks"][0]["ok"], 10, 0.05, "the check is good")
        before, begin, there = exact_time(self.daemon.process), time.monotonic(), processes(self.daemon.process)
        time.sleep(SECONDS)  # what is measured
        share = (exact_time(self.daemon.process) - before) / (time.monotonic() - begin)
        print(f"{share * 100:.3f} % of a core, {len(there)} processes", flush=True)
        self.assertEqual((3, there), (len(there), processes(self.daemon.process)), "with those for strangers and checks")
        self.assertTrue(0 < share < PROMISED * SLOWNESS, share)


if __name__ == "__main__":
    support.main()
