"""A second director, which has no traffic at present and asks half as often: a drain waits for it too."""
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import drain_and_restart

LIMIT = 3 + 1.5


def run():
    texts = ["delay_loop 2", "delay_loop 4"]

    def director(namespace, servers):
        return Keepalived(namespace, agents_check(servers).replace("delay_loop 2", texts.pop(0)))

    with Scene(director, directors=2, least=1000) as scene:
        drain_and_restart(scene, scene.servers[0], LIMIT)
        told = [each["address"] for each in scene.servers[0].daemon.role("web")["directors"] if each["last_poll"]]
        scene.expect(len(told) == 2, f"two directors ask, the status knows of {told}")
        return scene.result()
