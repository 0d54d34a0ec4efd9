"""The same behind tunnels, and with directors that come and go: nothing is lost."""
import json

from cluster import DIRECTORS
from scenarios.rolling import LIMIT, cluster
from steps import drain_and_restart, stop_and_start
from support import await_

OTHERS = (("192.0.2.66",), ("192.0.2.67",), ("192.0.2.66", "192.0.2.67"), ())


def remotes(server):
    """Whose tunnels end there."""
    links = json.loads(server.namespace.run("ip", "-j", "-d", "link"))
    return sorted(link["linkinfo"]["info_data"]["remote"] for link in links if link.get("ifalias") == "realserverd")


def change_directors(scene, server):
    """Adds, replaces, adds and removes other directors, while the one at work goes on."""
    for others in OTHERS:
        directors = [DIRECTORS[0], *others]
        server.follow(directors)
        await_(lambda: remotes(server) == directors, 5, 0.05, f"{server.name} has tunnels from {directors}")


def run():
    with cluster(forwarding="tun", least=1000) as scene:
        first, second = scene.servers
        drain_and_restart(scene, first, LIMIT)
        stop_and_start(scene, second, LIMIT)
        for server in scene.servers:
            scene.timed(f"{server.name}_directors_s", change_directors, scene, server)
        return scene.result()
