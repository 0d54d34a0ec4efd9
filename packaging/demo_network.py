"""The stage of the demo: three hosts, each a network namespace, and a web server on the VIP."""
import http.client
import http.server
import select
import socket
import struct
import threading
import time

from namespace import Namespace

VIP, RIP, DIRECTOR, CLIENT = "192.0.2.8", "192.0.2.9", "192.0.2.6", "198.51.100.2"
MEGABYTE = 1 << 20


class Page(http.server.BaseHTTPRequestHandler):
    """A greeting, and a download of which the second half waits for `release`."""

    release = threading.Event()

    def do_GET(self):
        download = self.path == "/download"
        body = bytes(MEGABYTE) if download else f"Hello from {self.server.server_address[0]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        if download:
            self.release.wait(30)
        self.wfile.write(body[len(body) // 2 :])

    def log_message(self, *_):
        pass


class Network:
    """client --- director --- real server; the director's side is what IPVS in DR mode puts on the wire:
    packets for the VIP, sent to the real server's own address one hop away."""

    def __init__(self):
        self.client, self.director, self.server = Namespace(), Namespace(), Namespace()
        for host in (self.client, self.director, self.server):
            host.sysctl("default", "accept_dad", 0, family="ipv6")
        self.link(self.director, "lan", self.server, "eth0")
        self.link(self.director, "wan", self.client, "eth0")
        for host, line in (
            (self.server, f"addr add {RIP}/24 dev eth0"),
            (self.server, "route add default via 192.0.2.1"),
            (self.director, f"addr add {DIRECTOR}/24 dev lan"),
            (self.director, "addr add 192.0.2.1/24 dev lan"),
            (self.director, "addr add 198.51.100.1/24 dev wan"),
            (self.client, f"addr add {CLIENT}/24 dev eth0"),
            (self.client, "route add default via 198.51.100.1"),
            (self.director, f"route add {VIP} via {RIP}"),
        ):
            host.ip(line)
        self.director.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")

    @staticmethod
    def link(one, name, other, other_name):
        one.ip(f"link add {name} type veth peer name {other_name} netns {other.path}")
        one.ip(f"link set {name} up")
        other.ip(f"link set {other_name} up")

    def get(self, path):
        """A request of the client to the VIP, sent and not yet read."""
        with self.client:
            connection = http.client.HTTPConnection(VIP, 80, timeout=30)
            connection.connect()
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse()

    def arp_replies(self, address, count=3):
        """How many of `count` who-has requests of the director's are answered."""
        with self.director:
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x806))
            wire.bind(("lan", 0))
        own, replies = wire.getsockname()[4], 0
        ask = b"\xff" * 6 + own + struct.pack("!HHHBBH", 0x806, 1, 0x800, 6, 4, 1)
        ask += own + socket.inet_aton(DIRECTOR) + bytes(6) + socket.inet_aton(address)
        for _ in range(count):
            wire.send(ask)
            deadline = time.monotonic() + 0.3
            while select.select([wire], [], [], max(deadline - time.monotonic(), 0))[0]:
                frame = wire.recv(128)
                replies += frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(address)
        wire.close()
        return replies


def web_server(network):
    with network.server:
        server = http.server.ThreadingHTTPServer((VIP, 80), Page)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
