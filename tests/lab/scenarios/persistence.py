"""persistence_timeout: a client that IPVS remembers comes back to the drained server, unless the director is told
otherwise."""
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import compare_settings

SETTINGS = (("expire_quiescent_template", 0), ("expire_quiescent_template", 1))


def sticky(servers):
    return agents_check(servers).replace("    lvs_sched", "    persistence_timeout 60\n    lvs_sched")


def run():
    with Scene(lambda namespace, servers: Keepalived(namespace, sticky(servers)), downloads=0) as scene:
        return compare_settings(scene, SETTINGS, settling=1)
