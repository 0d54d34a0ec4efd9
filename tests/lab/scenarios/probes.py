"""`drain.probes` and a director that nobody can change: a plain TCP check sees the drain, downloads go on."""
import time

from keepalived import Keepalived, tcp_check
from scene import Scene
from support import await_

INTERVAL = 2
# Until the next check, until that has given up, the retry after a second and its end, and the guest's own time.
LIMIT = INTERVAL + 1 + 1 + 1 + 1.5


def run():
    with Scene(
        lambda namespace, _: Keepalived(namespace, tcp_check(INTERVAL, inhibit=True)),
        extra="[drain]\nprobes = true\n", asks=False, least=1500,
    ) as scene:
        for server in scene.servers:
            drain_and_restart(scene, server)
        return scene.result()


def drain_and_restart(scene, server):
    """Who blocks probes is not told when that was noticed, so `drained` waits for the slowest of defaults;
    this waits as a person would who knows the directors' interval."""
    began = time.monotonic()
    server.control("drain", "--no-wait")
    scene.await_taken(server, False)
    scene.figures[f"{server.name}_weight_0_s"] = round(time.monotonic() - began, 2)
    await_(lambda: server.daemon.role("web")["connections"] == 0, 20, 0.2, "the downloads end")
    scene.figures[f"{server.name}_empty_s"] = round(time.monotonic() - began, 2)
    server.web.restart()
    scene.quiet(server, server.drain_began(), time.monotonic(), LIMIT, f"{server.name}_drain")
    server.control("undrain", "--no-wait")
    scene.await_taken(server, True)
