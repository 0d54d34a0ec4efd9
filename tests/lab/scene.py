"""A cluster under load with realserverd on each real server, and the list of what went wrong."""
import contextlib
import datetime
import time

from cluster import DIRECTORS, SERVERS, VIP, Cluster
from daemon import Daemon, role
from support import await_
from traffic import Traffic
from web import Web

NODE = """
[health]
listen = ["0.0.0.0:9180"]
[stop]
drain = true
"""


class RealServer(contextlib.ExitStack):
    """A web server, and realserverd with the role `web`."""

    def __init__(self, namespace, number, directors, forwarding, extra):
        super().__init__()
        self._forwarding, self._extra = forwarding, extra
        self.name, self.address = f"rs{number}", SERVERS[number - 1]
        self.namespace = namespace
        self.web = self.enter_context(contextlib.closing(Web(namespace, self.name)))
        self.daemon = self.enter_context(Daemon(namespace, {"web": self._role(directors)}, node=NODE))

    def _role(self, directors):
        quoted = ", ".join(f'"{address}"' for address in directors)
        return role(self._forwarding, VIP, extra=f"directors = [{quoted}]\n{self._extra}")

    def follow(self, directors):
        """Reloads with these directors."""
        self.daemon.write_role("web", self._role(directors))
        self.daemon.reload(20)

    def control(self, *words):
        result = self.daemon.control(*words)
        if result.returncode != 0:
            raise RuntimeError(f"{self.name}: realserverctl {words}: {result.returncode}: {result.stderr}")
        return result.stdout

    def all_ask(self):
        """Whether the agent knows how often each director asks."""
        return all(director["polling"] for director in self.daemon.role("web")["directors"])

    def drain_began(self):
        """When the agent began to say no, as time.monotonic() counts."""
        since = datetime.datetime.fromisoformat(self.daemon.role("web")["drain"]["since"])
        return since.timestamp() - time.time() + time.monotonic()

    def director_config(self, kind, *options):
        return self.control("director-config", "--config", str(self.daemon.config), "--format", kind, *options)


class Scene(contextlib.ExitStack):
    """`director` makes one of a namespace and the real servers, `prepare` readies a real server's namespace,
    `forwarding` and `extra` are in the file of its role; `asks`: whether the director asks the agent; `load` is for
    Traffic. The traffic begins when all of them serve."""

    def __init__(self, director, directors=1, forwarding="dr", extra="", prepare=lambda namespace: None,
                 asks=True, **load):
        super().__init__()
        self.failures, self.figures, self._expected, self._excused = [], {}, [], []
        with contextlib.ExitStack() as stack:
            self.cluster = stack.enter_context(Cluster(directors))
            self.servers = []
            for number, namespace in enumerate(self.cluster.servers, 1):
                prepare(namespace)
                server = RealServer(namespace, number, DIRECTORS[:directors], forwarding, extra)
                self.servers.append(stack.enter_context(server))
                self.servers[-1].daemon.start(20)
            self.directors = [
                stack.enter_context(director(namespace, self.servers)) for namespace in self.cluster.directors
            ]
            self._await_start(asks)
            self.traffic = stack.enter_context(contextlib.closing(Traffic(self.cluster.client, **load)))
            self._owned = self.enter_context(stack.pop_all())

    def _await_start(self, asks):
        for director in self.directors:
            director.await_all()
        for server in self.servers if asks else ():
            await_(server.all_ask, 15, 0.2, f"the directors ask {server.name}")

    def expect(self, condition, text):
        if not condition:
            self.failures.append(text)

    def timed(self, name, function, *arguments):
        """Calls it and keeps how long it took as a figure."""
        began = time.monotonic()
        result = function(*arguments)
        self.figures[name] = round(time.monotonic() - began, 2)
        return result

    def await_taken(self, server, taken, seconds=10):
        for director in self.directors:
            await_(lambda d=director: d.takes(server.address) is taken, seconds, 0.02,
                   f"the director {'uses' if taken else 'spares'} {server.name}")

    def quiet(self, server, begin, end, seconds, name):
        """To be judged in the end: no connection to `server` began later than `seconds` after `begin`, until `end`."""
        self._expected.append((server, begin, end, seconds, name))

    def excused(self, server, begin, end, name):
        """What `server` lost of what was under way between two moments is a figure, not a failure."""
        self._excused.append((server, begin, end, name))

    def result(self):
        """Ends the traffic and judges it: nothing may have been lost, nor any ARP frame have named the VIP."""
        self.traffic.stop()
        for server, begin, end, seconds, name in self._expected:
            last = self.traffic.last_to(server.name, begin, end) or 0.0
            self.figures[f"{name}_last_new_s"] = last
            self.expect(last <= seconds, f"{name}: a new connection came {last} s later, {seconds} s allowed")
        for server, begin, end, name in self._excused:
            self.figures[f"{name}_lost"] = self.traffic.excuse(server.name, begin, end)
        summary = {**self.traffic.summary(), "arp_frames": self.cluster.arp.count()}
        for key in ("failed", "broken", "arp_frames"):
            self.expect(summary[key] == 0, f"{key}: {summary[key]}, must be 0")
        if self.failures:
            self._tell()
        return {**summary, **self.figures, "failures": self.failures}

    def _tell(self):
        for record in self.traffic.lost()[:10]:
            print(record)
        for thing in (*self.directors, *(server.daemon for server in self.servers)):
            print(f"-- log of {type(thing).__name__}\n{thing.log()[-6000:]}", flush=True)
