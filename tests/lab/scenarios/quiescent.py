"""ldirectord with quiescent=yes."""
from ldirectord import Ldirectord, agents_check
from scene import Scene
from steps import drain_and_restart, stop_and_start

# checkinterval, and what perl takes in the guest to check both real servers when the host is busy.
LIMIT = 2 + 3


def run():
    with Scene(lambda namespace, servers: Ldirectord(namespace, agents_check(servers)), least=1500) as scene:
        drain_and_restart(scene, scene.servers[0], LIMIT)
        stop_and_start(scene, scene.servers[1], LIMIT)
        return scene.result()
