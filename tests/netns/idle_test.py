"""What the daemon costs while nothing happens: all of its processes together, audits and local checks included."""
import time

import support
from checks_test import CHECK, Site
from cost import SLOWNESS, exact_time, processes, switches
from daemon import dr
from namespace import NEIGHBOUR, VIP, VIP6
from serving import Serving

SECONDS = 12  # with one audit at least
WAKE_UPS = 20  # a second
PROMISED = 0.005  # of a processor
SCRIPTS = 10  # a second, or what they cost where the machine is so slow that this is more
WEB = f'directors = ["{NEIGHBOUR}"]\n[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"\n'


class Idle(Serving):
    ROLE = dr(VIP, VIP6, extra=WEB)

    def test_all_processes_together_sleep_and_take_less_than_half_a_percent_of_a_processor(self):
        self.using(Site(self.server))
        self.daemon.write_role("web", dr(VIP, VIP6, extra=WEB + CHECK.replace("500ms", "1s")))
        self.daemon.reload()
        support.await_(lambda: self.daemon.role("web")["checks"][0]["ok"], 10, 0.05, "the check is good")
        there = processes(self.daemon.process)
        used, woken, begin = exact_time(self.daemon.process), switches(self.daemon.process), time.monotonic()
        script = sum(self.script() for _ in range(SECONDS))
        used, woken = exact_time(self.daemon.process) - used, switches(self.daemon.process) - woken
        seconds = time.monotonic() - begin
        print(f"{100 * used / seconds:.3f} % of a core, {woken / seconds:.0f} wake-ups a second, {used / script:.1f} scripts", flush=True)
        self.assertEqual((3, there), (len(there), processes(self.daemon.process)), "with those for strangers and checks")
        if SLOWNESS == 1:  # Sanitized, it does not run alone.
            self.assertTrue(0 < woken / seconds < WAKE_UPS, woken)
        self.assertTrue(0 < used < max(PROMISED * seconds, SCRIPTS * script) * SLOWNESS, (used, script))

    def script(self):
        """Processor time of this thread to read one sysctl after a second's sleep. A virtual machine whose host is busy
        takes ten times as long for that as at other times, and as long for all that the daemon does."""
        time.sleep(1)
        begin = time.thread_time()
        self.server.sysctl("eth0", "arp_ignore")
        return time.thread_time() - begin


if __name__ == "__main__":
    support.main()
