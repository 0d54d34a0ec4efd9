"""A tunnelled real server, in every combination of encapsulation and families that IPVS can send."""
import contextlib
import socket

import packets
from cluster import SERVERS, VIP, Cluster
from daemon import Daemon
from namespace import difference
from support import await_

VIP6, CLIENT6, DIRECTOR6, SERVER6 = "2001:db8::8", "2001:db8::101", "2001:db8::6", "2001:db8::9"
DIRECTOR, SERVER = "192.0.2.6", SERVERS[0]
OVERHEAD = {"ipip": 0, "gre": 8, "gue": 20}
# encapsulation, outer family, what ipvsadm is told, what the role is told
KINDS = [
    ("ipip", 4, "ipip", ""),
    ("ipip", 6, "ipip", ""),
    ("gre", 4, "gre --tun-nocsum", ""),
    ("gre", 4, "gre --tun-csum", "checksum = true"),
    ("gre", 6, "gre --tun-nocsum", ""),
    ("gue", 4, "gue --tun-port 6080 --tun-nocsum", ""),
    ("gue", 4, "gue --tun-port 6080 --tun-remcsum", ""),
    ("gue", 6, "gue --tun-port 6080 --tun-nocsum", ""),
]
ROLE = """
forwarding = "tun"
vips = ["{vip}", "{vip6}"]
services = ["80/tcp"]
directors = ["{director}"]
[tunnel]
encapsulation = "{encapsulation}"
{extra}
"""


class Tunnels(contextlib.ExitStack):
    def __init__(self):
        super().__init__()
        self.cluster = self.enter_context(Cluster())
        self.client, self.director = self.cluster.client, self.cluster.directors[0]
        self.server = self.cluster.servers[0]
        for host, address in ((self.client, CLIENT6), (self.director, DIRECTOR6), (self.server, SERVER6)):
            host.ip(f"addr add {address}/64 dev eth0 nodad")
        # As keepalived adds it: otherwise the director may take it for its own source address.
        self.director.ip(f"addr add {VIP6}/128 dev eth0 nodad preferred_lft 0")
        web = self.server.popen("/usr/bin/python3", "-m", "http.server", "80", "--bind", "::", "--directory", "/run/lab")
        self.callback(web.wait)
        self.callback(web.kill)
        await_(lambda: "tentative" not in self.server.ip("addr"), 5, 0.1, "the addresses are settled")
        with self.server:
            self.sink = self.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.sink.bind(("0.0.0.0", packets.PORT))

    def forward(self, outer, kind):
        """The director sends what is for the VIPs to the real server in such tunnels."""
        run = lambda *words: self.director.run("ipvsadm", *words)
        run("-C")
        server = SERVER if outer == 4 else f"[{SERVER6}]"
        for vip in (VIP, f"[{VIP6}]"):
            run("-A", "-t", f"{vip}:80", "-s", "rr")
            run("-a", "-t", f"{vip}:80", "-r", f"{server}:80", "-i", "--tun-type", *kind.split())

    def connect(self, vip):
        """The greatest segment the client may send; raises when the VIP does not answer."""
        with self.client:
            connection = socket.create_connection((vip, 80), timeout=3)
        with connection:
            mss = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if not connection.recv(16).startswith(b"HTTP/1.0 200"):
                raise ConnectionError(f"{vip} does not answer as it should")
        return mss

    def lets_in(self, host, source, encapsulation, outer, checksum):
        """Whether a tunnelled packet of `host` gets to the VIP."""
        server = SERVER if outer == 4 else SERVER6
        packets.send(host, source, server, VIP, encapsulation, outer, checksum)
        self.sink.settimeout(0.3)
        try:
            return bool(self.sink.recv(64))
        except TimeoutError:
            return False


def serves(on, kind, name, expect):
    encapsulation, outer, _, _ = kind
    for vip in (VIP, VIP6):
        room = 1500 - (20 if outer == 4 else 40) - OVERHEAD[encapsulation] - (40 if vip == VIP else 60)
        mss = on.connect(vip)
        # less the timestamps, which every segment carries
        expect(room - 12 <= mss <= room, f"{name}: {vip} is clamped to {mss}, not {room}")


def lets_in_nobody_else(on, kind, name, expect):
    encapsulation, outer, _, extra = kind
    director, stranger = (DIRECTOR, "192.0.2.101") if outer == 4 else (DIRECTOR6, CLIENT6)
    sent = (encapsulation, outer, extra != "")
    expect(on.lets_in(on.director, director, *sent), f"{name}: the director's packet is not let in")
    expect(not on.lets_in(on.client, stranger, *sent), f"{name}: a stranger's packet is let in")


def play(on, kind, expect):
    encapsulation, outer, ipvs, extra = kind
    name = f"{ipvs} over IPv{outer}"
    before = on.server.snapshot()
    director = DIRECTOR if outer == 4 else DIRECTOR6
    role = ROLE.format(vip=VIP, vip6=VIP6, director=director, encapsulation=encapsulation, extra=extra)
    with Daemon(on.server, {"web": role}) as daemon:
        daemon.start(20)
        await_(lambda: daemon.role("web")["state"] == "serving", 5, 0.1, f"{name}: the role serves")
        try:
            on.forward(outer, ipvs)
            serves(on, kind, name, expect)
            lets_in_nobody_else(on, kind, name, expect)
        except (OSError, RuntimeError) as error:
            expect(False, f"{name}: {error!r}")
        daemon.stop(20)
    left = difference(before, on.server.snapshot())
    expect(not left, f"{name}: left behind: {left}")


def run():
    failures = []
    expect = lambda good, text: good or failures.append(text)
    with Tunnels() as on:
        for strict in (0, 1, 2):
            on.server.sysctl("all", "rp_filter", strict)
            play(on, KINDS[0], expect)
        for kind in KINDS[1:]:
            play(on, kind, expect)
        frames = on.cluster.arp.count()
        expect(frames == 0, f"{frames} ARP frames named the VIP")
    return {"kinds": len(KINDS), "failures": failures}
