"""A real server that cannot serve: the director takes it out within one interval, and in again afterwards."""
import os
import signal
import time

from cluster import VIP
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import break_and_repair

LIMIT = 3 + 1.5
CHECK = """
[[check]]
type = "tcp"
target = "127.0.0.1:80"
interval = "500ms"
timeout = "400ms"
rise = 1
fall = 2
"""


class Meddler:
    """Somebody who opens ARP again and again, faster than it could be put right."""

    def __init__(self, namespace):
        self._namespace = namespace
        self._child = None

    def begin(self):
        self._child = os.fork()
        if self._child == 0:
            with self._namespace:
                while True:
                    for device in ("all", "eth0"):
                        self._namespace.sysctl(device, "arp_ignore", 0)
                    time.sleep(0.02)  # its pace

    def end(self):
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


def run():
    with Scene(
        lambda namespace, servers: Keepalived(namespace, agents_check(servers)),
        extra='device = "vip0"\n' + CHECK,
        prepare=lambda namespace: namespace.ip("link add vip0 up type dummy"),
    ) as scene:
        first, second = scene.servers
        # Removed together with its device, the VIP cannot be put back; alone it is back in milliseconds.
        break_and_repair(scene, first, "vip_gone", lambda: first.namespace.ip("link del vip0"),
                         lambda: first.namespace.ip("link add vip0 up type dummy"), LIMIT)
        meddler = Meddler(second.namespace)
        break_and_repair(scene, second, "arp_open", meddler.begin, meddler.end, LIMIT + 35)
        break_and_repair(scene, first, "web_dead", first.web.stop, first.web.start, LIMIT + 1)
        scene.expect(second.namespace.holds(VIP), "the VIP is not bound again")
        return scene.result()
