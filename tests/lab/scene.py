"""A cluster under load with realserverd on each real server, and the list of what went wrong."""
import contextlib
import time

from cluster import DIRECTORS, SERVERS, VIP, Cluster
from daemon import Daemon, dr
from support import await_
from traffic import Traffic
from web import Web

HEALTH_PORT = 9180
NODE = f"""
[health]
listen = ["0.0.0.0:{HEALTH_PORT}"]
[stop]
drain = true
"""


class RealServer(contextlib.ExitStack):
    """A web server, and realserverd with the role `web`."""

    def __init__(self, namespace, number, directors=1, extra=""):
        super().__init__()
        self.name, self.address = f"rs{number}", SERVERS[number - 1]
        self.namespace = namespace
        self.web = self.enter_context(contextlib.closing(Web(namespace, self.name)))
        quoted = ", ".join(f'"{address}"' for address in DIRECTORS[:directors])
        self.daemon = self.enter_context(contextlib.closing(Daemon(
            namespace, {"web": dr(VIP, extra=f"directors = [{quoted}]\n{extra}")}, node=NODE)))
        self.daemon.start(20)

    def control(self, *words):
        result = self.daemon.control(*words)
        if result.returncode != 0:
            raise RuntimeError(f"{self.name}: realserverctl {words}: {result.returncode}: {result.stderr}")
        return result.stdout


class Scene(contextlib.ExitStack):
    """`director` makes one of a namespace and the real servers. Traffic begins last."""

    def __init__(self, director, directors=1, extra="", **load):
        super().__init__()
        self.failures, self.figures = [], {}
        with contextlib.ExitStack() as stack:
            self.cluster = stack.enter_context(Cluster(directors))
            self.servers = [
                stack.enter_context(RealServer(namespace, number, directors, extra))
                for number, namespace in enumerate(self.cluster.servers, 1)
            ]
            self.directors = [
                stack.enter_context(contextlib.closing(director(namespace, self.servers)))
                for namespace in self.cluster.directors
            ]
            self.director = self.directors[0]
            self.traffic = stack.enter_context(contextlib.closing(Traffic(self.cluster.client, **load)))
            self._expected = []
            self._owned = self.enter_context(stack.pop_all())

    def __exit__(self, kind, *error):
        if kind is not None:
            for thing in (*self.directors, *(server.daemon for server in self.servers)):
                print(f"-- log of {type(thing).__name__}\n{thing.log()[-6000:]}", flush=True)
        return super().__exit__(kind, *error)

    def expect(self, condition, text):
        if not condition:
            self.failures.append(text)

    def timed(self, name, function, *arguments):
        """Calls it and keeps how long it took as a figure."""
        began = time.monotonic()
        result = function(*arguments)
        self.figures[name] = round(time.monotonic() - began, 2)
        return result

    def quiet(self, server, begin, end, seconds, name):
        """Once the traffic has ended: no connection to `server` began later than `seconds` after `begin`, until `end`."""
        self._expected.append((server, begin, end, seconds, name))

    def await_taken(self, server, taken, seconds=10):
        for director in self.directors:
            await_(lambda d=director: d.takes(server.address) is taken, seconds, 0.02,
                   f"the director {'uses' if taken else 'spares'} {server.name}")

    def result(self, requests=1):
        """Ends the traffic and judges it: nothing may have been lost, nor any ARP frame have named the VIP."""
        self.traffic.stop()
        for server, begin, end, seconds, name in self._expected:
            last = self.traffic.last_to(server.name, begin, end) or 0.0
            self.figures[f"{name}_last_new_s"] = last
            self.expect(last <= seconds, f"{name}: a new connection came {last} s later, {seconds} s allowed")
        summary = {**self.traffic.summary(), "arp_frames": self.cluster.arp.count()}
        for key in ("failed", "broken", "arp_frames"):
            self.expect(summary[key] == 0, f"{key}: {summary[key]}, must be 0")
        self.expect(summary["requests"] >= requests, f"{summary['requests']} requests, {requests} wanted")
        for record in self.traffic.lost()[:10]:
            print(record, flush=True)
        return {**summary, **self.figures, "failures": self.failures}
