"""Two uplinks: replies, their MSS and the near end of the tunnel follow the routes, while a connection goes on."""
import json
import socket

from cluster import VIP
from daemon import Daemon, role
from scenarios.tunnels import Tunnels
from support import await_

# In none of the real server's networks.
CLIENT, DIRECTOR = "203.0.113.1", "203.0.113.6"
UPLINKS = ("eth0", "eth1")
LOCAL = {"eth0": "192.0.2.9", "eth1": "198.51.100.9"}
CLIENT_AT = {"eth0": "192.0.2.101", "eth1": "198.51.100.101"}
DIRECTOR_AT = {"eth0": "192.0.2.6", "eth1": "198.51.100.6"}
PORT, TIMESTAMPS, ANSWER = 82, 12, 20_000  # bytes
ROLE = role("tun", VIP, services=(f"{PORT}/tcp",), extra=f'directors = ["{DIRECTOR}"]\n')


class Paths(Tunnels):
    def __init__(self):
        super().__init__()
        self.failures = []
        self.cluster.plug(self.server, "eth1")
        for host, lines in (
            (self.server, ("link set eth1 mtu 1400", f"addr add {LOCAL['eth1']}/24 dev eth1",
                           f"route add default via {CLIENT_AT['eth0']} dev eth0",
                           f"route add default via {CLIENT_AT['eth1']} dev eth1 metric 100",
                           f"route add {DIRECTOR} via {DIRECTOR_AT['eth0']} dev eth0 metric 50")),
            (self.client, (f"addr add {CLIENT_AT['eth1']}/24 dev eth0", f"addr add {CLIENT} dev lo")),
            (self.director, (f"addr add {DIRECTOR_AT['eth1']}/24 dev eth0", f"addr add {DIRECTOR} dev lo",
                             *(f"route add {LOCAL[uplink]} dev eth0 src {DIRECTOR}" for uplink in UPLINKS))),
        ):
            for line in lines:
                host.ip(line)
        with self.server:
            self.listener = self.enter_context(socket.create_server(("0.0.0.0", PORT)))

    def expect(self, good, text):
        if not good:
            self.failures.append(text)

    def to(self, uplink):
        """The director sends to the address of this uplink."""
        self.director.run("ipvsadm", "-C")
        self.director.run("ipvsadm", "-A", "-t", f"{VIP}:{PORT}", "-s", "rr")
        self.director.run("ipvsadm", "-a", "-t", f"{VIP}:{PORT}", "-r", f"{LOCAL[uplink]}:{PORT}", "-i")

    def connection(self):
        """Both ends of a new one."""
        with self.client:
            client = socket.create_connection((VIP, PORT), timeout=3, source_address=(CLIENT, 0))
        return self.enter_context(client), self.enter_context(self.listener.accept()[0])

    def sent(self):
        """Bytes, by uplink."""
        with self.server, open("/proc/thread-self/net/dev") as table:
            words = [line.replace(":", " ").split() for line in table]
        return {line[0]: int(line[9]) for line in words if line[0] in UPLINKS}

    def answered_by(self, ends):
        """The uplink by which an answer leaves, None if both have a part of it; raises if none comes."""
        client, server = ends
        server.settimeout(3)
        before = self.sent()
        client.sendall(b"?")
        if server.recv(1) != b"?":
            raise ConnectionError("the connection ended")
        server.sendall(bytes(ANSWER))
        left = ANSWER
        while left and (count := len(client.recv(left))):
            left -= count
        if left:
            raise ConnectionError(f"{left} bytes of an answer are missing")
        now = self.sent()
        return next((uplink for uplink in UPLINKS if now[uplink] - before[uplink] >= ANSWER), None)

    def local(self):
        """Where tunnels end."""
        links = json.loads(self.server.run("ip", "-j", "-d", "link"))
        return [link["linkinfo"]["info_data"]["local"] for link in links if link.get("ifalias") == "realserverd"]


def follow_default_route(on, ends):
    on.expect(on.answered_by(ends) == "eth0", "replies do not leave by the default route")
    on.server.ip("route del default dev eth0")
    await_(lambda: on.answered_by(ends) == "eth1", 5, 0.05, "replies follow the default route away")
    on.server.ip(f"route add default via {CLIENT_AT['eth0']} dev eth0")
    await_(lambda: on.answered_by(ends) == "eth0", 5, 0.05, "replies follow the default route back")


def share(on, ends):
    """Of a default route with two ways both are used by the VIP's clients, as by everybody else's."""
    on.server.run("sysctl", "-q", "-w", "net.ipv4.fib_multipath_hash_policy=1")
    on.server.ip("route replace default " + " ".join(f"nexthop via {CLIENT_AT[uplink]} dev {uplink}" for uplink in UPLINKS))
    await_(lambda: on.server.ip("route show table all default proto 82").count("nexthop") == 2, 5, 0.05, "the copy has two ways")
    on.answered_by(ends)
    used = {on.answered_by(on.connection()) for _ in range(24)}  # as their hash has it
    on.expect(used == set(UPLINKS), f"of two ways of the default route the VIP uses {used}")


def ends_at(on, uplink, mss):
    await_(lambda: on.local() == [LOCAL[uplink]], 5, 0.05, f"the tunnel ends at {LOCAL[uplink]}")
    on.to(uplink)
    ends = on.connection()
    on.answered_by(ends)
    offered = ends[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) + TIMESTAMPS
    on.expect(offered == mss, f"towards the director by {uplink}, the MSS is {offered}, not {mss}")
    return ends


def follow_director(on):
    on.server.ip(f"route add {DIRECTOR} via {DIRECTOR_AT['eth1']} dev eth1")
    ends_at(on, "eth1", 1400 - 60)
    on.server.ip("link set eth1 mtu 1300")
    await_(lambda: "advmss 1240" in on.server.ip("route show table all"), 5, 0.05, "the MSS follows the MTU")
    ends_at(on, "eth1", 1300 - 60)
    on.server.ip("link set eth1 down")
    ends_at(on, "eth0", 1500 - 60)


def run():
    with Paths() as on, Daemon(on.server, {"web": ROLE}) as daemon:
        daemon.start(20)
        await_(lambda: daemon.role("web")["state"] == "serving", 5, 0.1, "the role serves")
        ends = ends_at(on, "eth0", 1500 - 60)
        follow_default_route(on, ends)
        share(on, ends)
        follow_director(on)
        daemon.stop(20)
        for what in ("link", "rule", "route show table all"):
            left = [line for line in on.server.ip(what).splitlines() if "lvs" in line or "proto 82" in line or "8200:" in line]
            on.expect(not left, f"left behind: {left}")
        frames = on.cluster.arp.count()
        on.expect(frames == 0, f"{frames} ARP frames named the VIP")
    return {"failures": on.failures}
