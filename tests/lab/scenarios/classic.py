"""What the classic script loses: realserver.sh and TCP_CHECK, a web server restarted in the middle of the day."""
import time

import classic
from cluster import VIP, Cluster
from keepalived import Keepalived, tcp_check
from traffic import Traffic
from web import Web

INTERVAL = 2
WHILE = 3  # seconds in which clients do what they always do: no event ends that


def run():
    with Cluster() as cluster:
        webs = [Web(server, f"rs{number}") for number, server in enumerate(cluster.servers, 1)]
        for server, web in zip(cluster.servers, webs):
            cluster.callback(web.close)
            classic.start(server, VIP)
        director = cluster.enter_context(Keepalived(cluster.directors[0], tcp_check(INTERVAL)))
        director.await_all()
        traffic = Traffic(cluster.client)
        cluster.callback(traffic.close)
        time.sleep(WHILE)
        stopped = time.monotonic()
        classic.stop(cluster.servers[0], VIP)
        time.sleep(INTERVAL * 2)  # the director looks, and has nothing to notice
        webs[0].restart()
        classic.start(cluster.servers[0], VIP)
        started = time.monotonic()
        time.sleep(WHILE)
        traffic.stop()
        return {
            **traffic.summary(),
            "lost": len(traffic.lost()),
            "lost_before": len(traffic.lost(end=stopped - 4)),
            "away_seconds": round(started - stopped, 1),
            "arp_frames": cluster.arp.count(),
            "failures": [] if traffic.lost() else ["the classic script lost nothing: is the load real?"],
        }
