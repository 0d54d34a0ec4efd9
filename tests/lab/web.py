"""The web server of a real server: nginx with one process, whose downloads take their time."""
import pathlib
import subprocess
import tempfile

from support import await_

PATTERN = bytes(range(251))
SHORT, LONG, RATE = 300, 400_000, 100_000  # bytes, bytes, bytes a second: a download takes about four seconds

CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 0.0.0.0:80;
        root {directory};
        add_header X-Real-Server {name};
        location /long {{ limit_rate {rate}; }}
    }}
}}
"""


def await_listening(namespace, table):
    """Until somebody listens to port 80; `table` is that of the family of the socket, tcp or tcp6."""
    def listens():
        with namespace, open(f"/proc/thread-self/net/{table}") as lines:
            return any(":0050 " in line and " 0A " in line for line in lines)

    await_(listens, 10, 0.02, "the web server listens")


class Web:
    def __init__(self, namespace, name):
        self._namespace = namespace
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix=f"web-{name}-"))
        for file, size in (("short", SHORT), ("long", LONG)):
            (self._directory / file).write_bytes((PATTERN * (size // len(PATTERN) + 1))[:size])
        self._configuration = self._directory / "nginx.conf"
        self._configuration.write_text(CONFIGURATION.format(directory=self._directory, name=name, rate=RATE))
        self._process = None
        self.start()

    def start(self):
        self._process = self._namespace.popen(
            "nginx", "-p", str(self._directory), "-c", str(self._configuration), stdin=subprocess.DEVNULL)
        await_listening(self._namespace, "tcp")

    def stop(self):
        """As a package upgrade does it: at once, whatever is under way."""
        self._process.terminate()
        self._process.wait()

    def restart(self):
        self.stop()
        self.start()

    close = stop
