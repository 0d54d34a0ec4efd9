"""Requests a second that the health endpoint answers, each over a new connection, and how long one takes; beside
nginx `return 200` with one worker, without a log and without keep-alive. They take turns in one run. The client is
one process: where it has a core to itself and the server another, what counts is the processor time a request.

    health.py [SECONDS [ROUNDS]]        default: 3 seconds, 5 rounds
"""
import os
import statistics
import sys

from common import Daemon, Segment, dr, print_machine, row, support
from daemon import NODE
from namespace import NEIGHBOUR, RIP, VIP

CONNECTIONS = 8
NGINX = """daemon off;
master_process off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{
    listen {address}:9190 backlog=128;
    keepalive_timeout 0;
    default_type text/plain;
    location / {{ return 200 "serving\\n"; }}
  }}
}}
"""


def load(client, process, port, seconds):
    """The words ask_health prints, as numbers; and `processor`, the seconds that it cost the server."""
    before = processor_time(process.pid)
    words = client.run(os.environ["ASK_HEALTH"], RIP, str(port), "/health/web", str(CONNECTIONS), str(seconds)).split()
    numbers = {key: float(value) for key, value in (word.split("=") for word in words)}
    return {**numbers, "processor": processor_time(process.pid) - before}


def processor_time(pid):
    """Seconds, to the nanosecond."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def rss(pid):
    """MB (10^6 bytes)."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024 / 1e6


def start_nginx(server, directory):
    path = directory / "nginx.conf"
    path.write_text(NGINX.format(directory=directory, address=RIP))
    process = server.popen("nginx", "-e", "stderr", "-p", str(directory), "-c", str(path))
    support.await_(lambda: f"{RIP}:9190" in server.run("ss", "-Hltn"), what="nginx listening")
    return process


def measure(segment, daemon, nginx, seconds, rounds):
    """Per peer: a list of what each round gave."""
    results = {"realserverd": [], "nginx": []}
    for _ in range(rounds):
        results["realserverd"].append(load(segment.neighbour, daemon.process, 9180, seconds))
        results["nginx"].append(load(segment.neighbour, nginx, 9190, seconds))
    return results, {"realserverd": rss(daemon.process.pid), "nginx": rss(nginx.pid)}


def main():
    support.prepare()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print_machine()
    role = dr(VIP, extra=f'directors = ["{NEIGHBOUR}"]')
    with Segment() as segment, Daemon(segment.server, {"web": role}, node=NODE) as daemon:
        daemon.start()
        nginx = start_nginx(segment.server, daemon.directory)
        try:
            results, memory = measure(segment, daemon, nginx, seconds, rounds)
        finally:
            nginx.kill()
            nginx.wait()
        daemon.stop()
    row("who", "requests/s", "failed", "median us", "p99 us", "processor us/request", "RSS MB")
    row(*["---"] * 7)
    rates = {}
    for who, runs in results.items():
        rates[who] = statistics.median(run["requests"] / run["seconds"] for run in runs)
        row(who, f"{rates[who]:.0f}", f"{sum(run['failed'] for run in runs):.0f}",
            f"{statistics.median(run['median'] for run in runs):.0f}", f"{statistics.median(run['p99'] for run in runs):.0f}",
            f"{statistics.median(run['processor'] / run['requests'] for run in runs) * 1e6:.1f}", f"{memory[who]:.2f}")
    print(f"ratio of the requests a second: {rates['realserverd'] / rates['nginx']:.2f} of nginx")


if __name__ == "__main__":
    main()
