"""Clients that use a port again soon after, as behind a NAT gateway: IPVS knows a connection for two minutes after its
end, takes the new one for it, and sends it to the same real server whatever its weight. In DR and TUN its default
conn_reuse_mode=1 does not help; each of the other settings below does."""
import time

from cluster import CLIENTS
from keepalived import Keepalived, agents_check
from scene import Scene

ROUND = 4  # seconds until the ports come around
RATE = 150
SETTINGS = (("conn_reuse_mode", 1), ("conn_reuse_mode", 3), ("expire_nodest_conn", 1))


def run():
    with Scene(
        lambda namespace, servers: Keepalived(namespace, agents_check(servers)),
        sources=CLIENTS[:1], ports=ROUND * RATE, rate=RATE, downloads=0,
    ) as scene:
        spans = [(f"{key}={value}", *drained(scene, key, value)) for key, value in SETTINGS]
        result = scene.result()
        for name, begin, end in spans:
            result[name] = scene.traffic.count(scene.servers[0].name, begin, end)
            if (result[name] > 0) is not (name == "conn_reuse_mode=1"):
                scene.failures.append(f"{name}: {result[name]} new connections to a drained server")
        return result


def drained(scene, key, value):
    """A while in which the director has weight 0 and half of the ports come again."""
    server, director = scene.servers[0], scene.directors[0].namespace
    before = director.run("sysctl", "-n", f"net.ipv4.vs.{key}").strip()
    director.run("sysctl", "-q", "-w", f"net.ipv4.vs.{key}={value}")
    time.sleep(ROUND)
    server.control("drain", "--no-wait")
    scene.await_taken(server, False)
    begin = time.monotonic()
    time.sleep(ROUND / 2)
    end = time.monotonic()
    director.run("sysctl", "-q", "-w", f"net.ipv4.vs.{key}={before}")
    server.control("undrain", "--no-wait")
    scene.await_taken(server, True)
    return begin, end
