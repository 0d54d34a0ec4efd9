"""The director at work dies, and comes back later: each time another takes over, with a MAC of its own. What clients had
open goes on, and whatever they begin is served."""
import json
import pathlib
import socket
import struct
import time

from cluster import ETH_P_ARP, SERVERS, VIP
from director import Director
from scene import Scene
from support import await_

SOME = 100  # connections, after which traffic has moved for certain
FORWARDING = "3\n"
BROADCAST = b"\xff" * 6
LINES = "-A -t {vip}:80 -s sh -b sh-port\n" + "".join(
    f"-a -t {{vip}}:80 -r {server}:80 {{forward}} -w 1\n" for server in SERVERS)


class Table(Director):
    """IPVS alone, filled by hand. It hashes clients, and takes over in the midst of a connection: so every director
    sends the same client to the same real server, and knows nothing of the others."""

    def __init__(self, namespace, forward):
        super().__init__(namespace, "table")
        namespace.run("sysctl", "-q", "-w", "net.ipv4.vs.sloppy_tcp=1")
        namespace.run("ipvsadm", "-R", text=LINES.format(vip=VIP, forward=forward))

    def __exit__(self, *_):
        """There is no process."""

    def log(self):
        return self.namespace.run("ipvsadm", "-Ln", "--stats")

    def connections(self):
        """How many it has had."""
        with self.namespace:
            with open("/proc/thread-self/net/ip_vs_stats") as file:
                return int(file.read().splitlines()[2].split()[0], 16)

    def used(self):
        """The real servers that it sends anything to."""
        with self.namespace:
            with open("/proc/thread-self/net/ip_vs_conn") as table:
                servers = {line.split()[5] for line in table.readlines()[1:]}
        return {socket.inet_ntoa(bytes.fromhex(server)) for server in servers}

    def die(self):
        self.namespace.ip("link set eth0 down")

    def come_back(self):
        self.leave()
        self.namespace.ip("link set eth0 up")
        eth0, = json.loads(self.namespace.ip("-j link show eth0"))
        state = pathlib.Path(f"/sys/class/net/{socket.if_indextoname(eth0['link_index'])}/brport/state")
        await_(lambda: state.read_text() == FORWARDING, 5, 0.01, "the bridge takes what it sends")

    def leave(self):
        self.namespace.ip(f"addr del {VIP}/32 dev eth0")

    def take_over(self):
        """As VRRP does it: everybody is told the new MAC."""
        self.namespace.ip(f"addr add {VIP}/32 dev eth0")
        with self.namespace:
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with sender:
            sender.bind(("eth0", ETH_P_ARP))
            mac, vip = sender.getsockname()[4], socket.inet_aton(VIP)
            request = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, vip, BROADCAST, vip)
            sender.send(BROADCAST + mac + struct.pack("!H", ETH_P_ARP) + request)

    def await_some(self, scene, name):
        """Until it has had SOME connections from now on."""
        end = self.connections() + SOME
        scene.timed(name, await_, lambda: self.connections() >= end, 20, 0.05, f"{name}: the traffic has moved")


def cluster(forwarding, forward):
    return Scene(lambda namespace, _: Table(namespace, forward), directors=2, forwarding=forwarding, asks=False)


# faults: 38
def move_there_and_back(scene):
    """There and back under load. Returns the moments between which no other than the second director worked."""
    first, second = scene.directors
    first.await_some(scene, "before_s")
    began = time.monotonic()
    first.die()
    second.take_over()
    second.await_some(scene, "moved_s")
    first.come_back()
    ended = time.monotonic()
    second.leave()
    first.take_over()
    first.await_some(scene, "back_s")
    return began, ended


def judge(scene, moments):
    """What was open at both moments went on; Scene.result() wants everything else."""
    for name, moment in zip(("moved", "back"), moments):
        open_ = [r for r in scene.traffic.stop().records if r.kind == "download" and r.begin < moment < r.end]
        scene.figures[f"{name}_open"] = len(open_)
        scene.expect(open_, f"{name}: no download was open: this proves nothing")
    servers = {record.server for record in scene.traffic.records}
    scene.expect(servers >= {server.name for server in scene.servers}, f"only {servers} served")


def run():
    with cluster("dr", "-g") as scene:
        judge(scene, move_there_and_back(scene))
        return scene.result()
