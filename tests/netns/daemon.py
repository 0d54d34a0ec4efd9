"""realserverd and realserverctl in a namespace: own configuration, runtime and state directories, own
notify socket, and a bus of their own for the tests that want one."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from notify import Notify
from private_bus import Bus

NOT_RUNNING = 3  # exit status of realserverctl
NODE = "[stop]\ndrain = false\n"


class Daemon:
    """One installation: its directories, and the process while there is one."""

    def __init__(self, namespace, roles=None, node=NODE, bus=True, bus_limits=""):
        self.namespace = namespace
        self.program = [os.environ["REALSERVERD"]]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="realserverd-"))
        self.config, self.runtime, self.state = (self.directory / name for name in ("etc", "run", "lib"))
        for folder in (self.config / "conf.d", self.runtime, self.state):
            folder.mkdir(parents=True)
        self.write_node(node)
        for name, text in (roles or {}).items():
            self.write_role(name, text)
        self.notify = Notify(namespace, self.directory / "notify")
        self.bus = Bus(self.directory, bus_limits) if bus else None
        self.process = None
        self.log_path = self.directory / "log"
        self.injector = None

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.bus:
            self.bus.close()
        self.notify.close()
        shutil.rmtree(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print(f"log of the daemon:\n{self.log()[-8000:]}\nnotified: {self.notify.lines[-20:]}", flush=True)
        self.close()

    def write_node(self, text):
        (self.config / "realserverd.toml").write_text(text)

    def write_role(self, name, text):
        (self.config / "conf.d" / f"{name}.toml").write_text(text)

    def remove_role(self, name):
        (self.config / "conf.d" / f"{name}.toml").unlink()

    def log(self):
        return self.log_path.read_text() if self.log_path.exists() else ""

    def environment(self):
        bus = self.bus.address if self.bus else f"unix:path={self.directory}/no-bus"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DBUS_", "NOTIFY_", "WATCHDOG_"))}
        return {
            **kept,
            "RUNTIME_DIRECTORY": str(self.runtime),
            "STATE_DIRECTORY": str(self.state),
            "NOTIFY_SOCKET": self.notify.path,
            "DBUS_SESSION_BUS_ADDRESS": bus,
        }

    def spawn(self, **environment):
        """Starts the process and does not wait for anything."""
        self.notify.forget()
        with open(self.log_path, "ab") as log:
            self.process = self.namespace.popen(
                *(self.injector.command if self.injector else ()),
                *self.program, "--config", str(self.config), "--session-bus",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**self.environment(), **environment},
                pass_fds=self.injector.descriptors if self.injector else (),
            )
        return self.process

    def start(self, timeout=20, **environment):
        self.spawn(**environment)
        self.notify.wait("READY=1", self.process, timeout)
        if self.bus:
            self._await_bus_name(time.monotonic() + timeout)

    def _await_bus_name(self, deadline):
        """The bus may come and go without the daemon; a test that talks to it waits until it is there."""
        while self.control("status").returncode == NOT_RUNNING:
            if time.monotonic() >= deadline:
                raise TimeoutError("the daemon is ready but has no name on the bus")

    def child(self, name):
        """The process id of the child that is called so; None: there is none."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name:
                    return int(pid)
        return None

    @property
    def front(self):
        """The process id of what faces strangers."""
        return self.child("rs-front")

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=10):
        return self.process.wait(timeout)

    def stop(self, timeout=10):
        self.send(signal.SIGTERM)
        status = self.wait(timeout)
        if status != 0:
            raise RuntimeError(f"stopped with status {status}")

    def leave(self, timeout=10):
        """Ends it as `systemctl restart` does: everything stays in place."""
        self.send(signal.SIGUSR2)
        return self.wait(timeout)

    def kill(self):
        self.send(signal.SIGKILL)
        self.process.wait()

    def release(self, *how, program=None):
        """A realserverd --release, or as `how` says, that ran to its end, as root unless `program` is another's:
        returncode, stdout."""
        process = self.namespace.popen(
            *(program or [os.environ["REALSERVERD"]]), *(how or ("--release",)), env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        output, _ = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def reload(self, timeout=10):
        """Until the reload is over, whatever became of it."""
        self.notify.forget()
        self.send(signal.SIGHUP)
        self.notify.wait("RELOADING=1", self.process, timeout)
        self.notify.wait("READY=1", self.process, timeout)

    def control(self, *words):
        """A realserverctl that ran to its end: returncode, stdout, stderr."""
        process = self.control_start(*words)
        output, errors = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def control_start(self, *words):
        return self.namespace.popen(
            os.environ["REALSERVERCTL"], "--session-bus", *words, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def status(self):
        """`realserverctl status --json`, parsed."""
        result = self.control("status", "--json")
        if not result.stdout:
            raise RuntimeError(f"status: {result.returncode}: {result.stderr}")
        return json.loads(result.stdout)

    def role(self, name):
        return next(role for role in self.status()["roles"] if role["name"] == name)


def role(forwarding, *vips, services=("80/tcp",), extra=""):
    """The text of a role."""
    quoted = [", ".join(f'"{word}"' for word in words) for words in (vips, services)]
    return f'forwarding = "{forwarding}"\nvips = [{quoted[0]}]\nservices = [{quoted[1]}]\n{extra}\n'


def dr(*vips, **options):
    """The text of a direct-routing role."""
    return role("dr", *vips, **options)
