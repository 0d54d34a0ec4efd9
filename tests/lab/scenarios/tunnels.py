"""A tunnelled real server, in every combination of encapsulation and families that IPVS can send."""
import contextlib
import socket
import time

import packets
from cluster import SERVERS, VIP, Cluster
from daemon import Daemon
from namespace import difference
from support import await_
from transfer import Cargo
from web import await_listening

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
BULK = 50_000_000  # bytes
ROLE = """
forwarding = "tun"
vips = ["{vip}", "{vip6}"]
services = ["80/tcp", "81/tcp"]
directors = ["{director}"]
[tunnel]
encapsulation = "{encapsulation}"
{extra}
[reply]
mss = "{mss}"
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
        await_listening(self.server, "tcp6")
        await_(lambda: "tentative" not in self.server.ip("addr"), 5, 0.1, "the addresses are settled")
        with self.server:
            self.sink = self.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            self.bulk = self.enter_context(socket.create_server(("::", 81), family=socket.AF_INET6, dualstack_ipv6=True))
        self.sink.bind(("0.0.0.0", packets.PORT))
        self._lose_icmp()

    def _lose_icmp(self):
        """Packets too large for a tunnel are dropped, and nobody is told."""
        self.director.ip("rule add to 192.0.2.0/24 ipproto icmp prohibit priority 10")
        self.director.ip("-6 rule add to 2001:db8::/64 ipproto ipv6-icmp prohibit priority 10")
        # Several segments in one would be cut to fit by the director's kernel.
        self.client.ip("link set eth0 gso_max_segs 1")

    def forward(self, outer, kind):
        """The director sends what is for the VIPs to the real server in such tunnels."""
        server = SERVER if outer == 4 else f"[{SERVER6}]"
        services = [(vip, port) for vip in (VIP, f"[{VIP6}]") for port in (80, 81)]
        self.director.run("ipvsadm", "-C")
        self.director.run("ipvsadm", "-R", text="".join(
            f"-A -t {vip}:{port} -s rr\n-a -t {vip}:{port} -r {server}:{port} -i --tun-type {kind}\n"
            for vip, port in services))

    def carries(self, vip, cargo, upload, patience):
        """Whether all of the cargo gets to the other end of a new connection."""
        with self.client:
            client = socket.create_connection((vip, 81), timeout=3)
        server, _ = self.bulk.accept()
        with client, server:
            ends = (client, server) if upload else (server, client)
            return cargo.carry(*ends, patience) == cargo.size

    def connect(self, vip):
        """The greatest segment the client may send; raises when the VIP does not answer."""
        with self.client:
            connection = socket.create_connection((vip, 80), timeout=3)
        with connection:
            mss = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            if not answer.startswith(b"HTTP/1.0 200"):
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


# faults: 30
def serves(on, kind, name, expect):
    encapsulation, outer, _, _ = kind
    for vip in (VIP, VIP6):
        room = 1500 - (20 if outer == 4 else 40) - OVERHEAD[encapsulation] - (40 if vip == VIP else 60)
        mss = on.connect(vip)
        # less the timestamps, which every segment carries
        expect(room - 12 <= mss <= room, f"{name}: {vip} is clamped to {mss}, not {room}")


# faults: 32
def lets_in_nobody_else(on, kind, name, expect):
    encapsulation, outer, _, extra = kind
    director, stranger = (DIRECTOR, "192.0.2.101") if outer == 4 else (DIRECTOR6, CLIENT6)
    sent = (encapsulation, outer, extra != "")
    expect(on.lets_in(on.director, director, *sent), f"{name}: the director's packet is not let in")
    expect(not on.lets_in(on.client, stranger, *sent), f"{name}: a stranger's packet is let in")


# faults: 35
def carries_much(on, cargo, name, figures, expect):
    """50 MB there and back by each VIP, though nobody says which packets are too large."""
    for vip in (VIP, VIP6):
        for upload in (True, False):
            what = "upload" if upload else "download"
            began = time.monotonic()
            expect(on.carries(vip, cargo, upload, patience=10), f"{name}: an {what} by {vip} hangs")
            figures.setdefault(f"{what}_s", []).append(round(time.monotonic() - began, 2))


# faults: 35
def hangs_unclamped(on, cargo, name, expect):
    for vip in (VIP, VIP6):
        expect(not on.carries(vip, cargo, upload=True, patience=0.5),
               f"{name}: an upload by {vip} does not hang without a smaller MSS: this proves nothing")


def play(on, kind, cargo, figures, expect):
    encapsulation, outer, ipvs, extra = kind
    name = f"{ipvs} over IPv{outer}"
    before = on.server.snapshot()
    director = DIRECTOR if outer == 4 else DIRECTOR6
    role = lambda mss: ROLE.format(
        vip=VIP, vip6=VIP6, director=director, encapsulation=encapsulation, extra=extra, mss=mss)
    with Daemon(on.server, {"web": role("auto")}) as daemon:
        daemon.start(20)
        await_(lambda: daemon.role("web")["state"] == "serving", 5, 0.1, f"{name}: the role serves")
        try:
            on.forward(outer, ipvs)
            for strict in (0, 1, 2) if kind is KINDS[0] else (2,):
                on.server.sysctl("all", "rp_filter", strict)
                serves(on, kind, f"{name}, rp_filter {strict}", expect)
                lets_in_nobody_else(on, kind, f"{name}, rp_filter {strict}", expect)
            carries_much(on, cargo, name, figures, expect)
            daemon.write_role("web", role("off"))
            daemon.reload(20)
            hangs_unclamped(on, cargo, name, expect)
        except (OSError, RuntimeError, ValueError) as error:
            expect(False, f"{name}: {error!r}")
        daemon.stop(20)
    left = difference(before, on.server.snapshot())
    expect(not left, f"{name}: left behind: {left}")


def run():
    failures, figures = [], {}
    expect = lambda good, text: good or failures.append(text)
    with Tunnels() as on, contextlib.closing(Cargo(BULK)) as cargo:
        on.server.sysctl("all", "rp_filter", 2)
        for kind in KINDS:
            play(on, kind, cargo, figures, expect)
        frames = on.cluster.arp.count()
        expect(frames == 0, f"{frames} ARP frames named the VIP")
    return {"kinds": len(KINDS), "bytes_each": BULK, **figures, "failures": failures}
