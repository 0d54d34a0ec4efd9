"""ldirectord with quiescent=yes."""
from ldirectord import Ldirectord, agents_check
from scene import Scene
from steps import drain_and_restart, stop_and_start

# checkinterval, and what the checks of both real servers take in the guest.
LIMIT = 2 + 1.5


def run():
    with Scene(lambda namespace, servers: Ldirectord(namespace, agents_check(servers))) as scene:
        drain_and_restart(scene, scene.servers[0], LIMIT)
        stop_and_start(scene, scene.servers[1], LIMIT)
        return scene.result(requests=1500)
