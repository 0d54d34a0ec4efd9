"""keepalived that runs realserver-check: with misc_dynamic a drain is weight 0 and no failure."""
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import drain_and_restart, stop_and_start

LIMIT = 3 + 1.5


def run():
    with Scene(
        lambda namespace, servers: Keepalived(namespace, agents_check(servers, "--check", "misc")), least=1500
    ) as scene:
        drain_and_restart(scene, scene.servers[0], LIMIT)
        stop_and_start(scene, scene.servers[1], LIMIT)
        return scene.result()
