"""Roles of a daemon on a segment."""
import json

import support
from daemon import Daemon
from namespace import Segment
from probes import connect


class Life(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server

    def daemon(self, **roles):
        return self.using(Daemon(self.server, roles))

    def addresses(self, vip):
        """The entries of `ip -j addr` for one address."""
        links = json.loads(self.server.run("ip", "-j", "-d", "addr"))
        return [
            {**entry, "ifname": link["ifname"]}
            for link in links for entry in link["addr_info"] if entry.get("local") == vip
        ]

    def routes(self, line):
        return [line.strip() for line in self.server.ip(line, check=False).splitlines()]

    def serves(self, vip, port=80):
        with connect(self.segment.neighbour, vip, port) as client:
            return client.getpeername()[0] == vip
