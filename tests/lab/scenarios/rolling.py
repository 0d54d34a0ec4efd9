"""Both web servers restarted in the middle of the day, then both agents: nothing is lost."""
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import drain_and_restart, stop_and_start

# What director-config says of its own text, and what the guest needs itself.
LIMIT = 3 + 1.5


def cluster(**options):
    return Scene(lambda namespace, servers: Keepalived(namespace, agents_check(servers)), **options)


def run():
    with cluster(least=5000) as scene:
        for server in scene.servers:
            drain_and_restart(scene, server, LIMIT)
        for server in scene.servers:
            stop_and_start(scene, server, LIMIT)
        return scene.result()
