"""Both web servers restarted in the middle of the day, then both agents: nothing is lost."""
import time

from director import Keepalived, http_check
from scene import Scene

INTERVAL = 2
# A check interval, a retry, and what the guest needs itself.
LIMIT = INTERVAL + 1 + 0.5


def run():
    with Scene(lambda namespace, _: Keepalived(namespace, http_check(INTERVAL))) as scene:
        for server in scene.servers:
            drain_and_restart(scene, server)
        for server in scene.servers:
            stop_and_start(scene, server)
        return scene.result(requests=5000)


def drain_and_restart(scene, server):
    began = time.monotonic()
    scene.timed(f"{server.name}_drain_s", server.control, "drain")
    server.web.restart()
    scene.quiet(server, began, time.monotonic(), LIMIT, f"{server.name}_drain")
    scene.timed(f"{server.name}_undrain_s", server.control, "undrain")
    scene.await_taken(server, True)


def stop_and_start(scene, server):
    began = time.monotonic()
    scene.timed(f"{server.name}_stop_s", server.daemon.stop, 30)
    scene.quiet(server, began, time.monotonic(), LIMIT, f"{server.name}_stop")
    server.daemon.start()
    scene.await_taken(server, True)
