"""What tests of trouble begin with: a daemon that serves, on a segment of its own, and what must become of it."""
import support
from cost import Bounds
from daemon import Daemon, dr
from namespace import VIP, Segment


class Serving(support.Test):
    ROLE = dr(VIP)
    BUS_LIMITS = ""

    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        self.daemon = self.using(Daemon(self.server, {"web": self.ROLE}, bus_limits=self.BUS_LIMITS))
        self.daemon.start()
        self.bounds = Bounds(self, self.server, self.daemon)
