"""This host, a real server with systemd, and those around it."""
import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import subprocess

from namespace import Namespace
from support import await_

VIP, RIP, DIRECTOR = "192.0.2.8", "192.0.2.9", "192.0.2.6"
UNIT = "realserverd.service"
CONF_D = pathlib.Path("/etc/realserverd/conf.d")
PACKAGES = pathlib.Path("/run/shared")


class Named(Namespace):
    """A network namespace that `ip netns` made, or the host's own."""

    def __init__(self, name=None):
        self._descriptor = os.open(f"/run/netns/{name}" if name else "/proc/1/ns/net", os.O_RDONLY)
        self._homes = []


def run(*command, check=True, **options):
    """Standard output and error of a command, together."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, check=False, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}")
    return result.stdout


def status_of(*command, **options):
    """Exit status, and standard output and error together."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, check=False, **options)
    return result.returncode, result.stdout


def apt(*words):
    return run("apt-get", "--yes", "--quiet", *words)


def package(name="realserverd"):
    """The newest .deb that was handed in."""
    return str(max(PACKAGES.glob(f"{name}_*.deb"), key=os.path.getmtime))


def newer():
    """The same package, one revision later."""
    folder = "/run/newer"
    run("dpkg-deb", "-R", package(), folder)
    control = pathlib.Path(folder, "DEBIAN/control")
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+later", control.read_text(), flags=re.MULTILINE))
    run("dpkg-deb", "-Znone", "-b", folder, "/run/newer.deb")
    shutil.rmtree(folder)
    return "/run/newer.deb"


def show(name, unit=UNIT):
    return run("systemctl", "show", f"--property={name}", "--value", unit).strip()


def pid():
    return int(show("MainPID"))


def journal(since, unit=UNIT):
    """Lines of a unit after a cursor of mark()."""
    run("journalctl", "--sync")
    output = run("journalctl", "--quiet", "--output=cat", f"--unit={unit}", f"--after-cursor={since}")
    return output.splitlines()


def mark():
    run("journalctl", "--sync")
    return json.loads(run("journalctl", "--quiet", "--output=json", "--lines=1", "--output-fields=MESSAGE"))["__CURSOR"]


def drop_in(name, text, unit=UNIT):
    """Settings of the unit for this test; call the result to take them away."""
    path = pathlib.Path(f"/run/systemd/system/{unit}.d/{name}.conf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    run("systemctl", "daemon-reload")

    def remove():
        path.unlink()
        path.parent.rmdir()
        run("systemctl", "daemon-reload")
    return remove


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


@contextlib.contextmanager
def held(process):
    """It takes no signal but SIGKILL. What is stopped or frozen, systemd continues and thaws when it stops the unit."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ptrace(request):
        if libc.ptrace(request, process, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
    ptrace(PTRACE_SEIZE)
    ptrace(PTRACE_INTERRUPT)
    os.waitpid(process, 0)
    try:
        yield
    finally:
        try:
            ptrace(PTRACE_DETACH)
        except ProcessLookupError:
            os.waitpid(process, 0)  # killed; its parent hears of it after this


def configure(**roles):
    """The roles, in place of those before, in force."""
    for path in CONF_D.glob("*.toml"):
        path.unlink()
    for name, text in roles.items():
        (CONF_D / f"{name}.toml").write_text(text)
    run("systemctl", "reload", UNIT)


def web(extra=""):
    return f'forwarding = "dr"\nvips = ["{VIP}"]\nservices = ["80/tcp"]\ndirectors = ["{DIRECTOR}"]\n{extra}'


def role(name="web"):
    """Its part of the status; None while the daemon is away."""
    result = subprocess.run(["realserverctl", "status", "--json"], stdout=subprocess.PIPE, text=True, check=False)
    roles = json.loads(result.stdout)["roles"] if result.stdout else []
    return next((role for role in roles if role["name"] == name), None)


def await_state(state, name="web", seconds=20):
    return await_(lambda: (role(name) or {}).get("state") == state, seconds, 0.2, f"{name} is {state}")
