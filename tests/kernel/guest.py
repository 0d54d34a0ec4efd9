"""Runs programs inside user-mode Linux, which has the tunnel modules that the kernel of a build machine may lack.

    guest.py [--build FOLDER] [--modules A,B] [--writable DIRECTORY] [--timeout SECONDS] PROGRAM [ARGUMENT...]

The guest is a kernel that runs as an ordinary process, with the host's own files as its root, a
/run of its own where $TMPDIR is, and nothing in its network. It loads modules as the host's kernel does: when it
asks for them. Where there is no user-mode Linux the program runs here. Exit status: the program's.
"""
import argparse
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

POWER_OFF = 0x4321FEDC
MODULES = pathlib.Path("/usr/lib/uml/modules")
HERE = str(pathlib.Path(__file__).resolve())
TESTS = pathlib.Path(__file__).resolve().parents[1]
UML = str(TESTS / "support/uml")
FINIT_MODULE = 313

libc = ctypes.CDLL(None, use_errno=True)


def load(name):
    """As modprobe does it, which not every host has; `name` may be an alias that the kernel asks for."""
    home = MODULES / os.uname().release
    needs = dict(line.split(":") for line in (home / "modules.dep").read_text().splitlines())
    aliases = dict(line.split()[1:3] for line in (home / "modules.alias").read_text().splitlines() if line.startswith("alias "))
    paths = {pathlib.Path(path).stem.replace("-", "_"): path for path in needs}
    path = paths.get(aliases.get(name, name).replace("-", "_"))
    if not path:
        return 1
    for one in [*reversed(needs[path].split()), path]:
        with open(home / one, "rb") as file:
            libc.syscall(FINIT_MODULE, file.fileno(), b"", 0)
    return 0


def mount(source, target, kind, data=None):
    if libc.mount(source.encode(), target.encode(), kind.encode(), 0, data and data.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def prepare(shared):
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    mount("tmpfs", "/run", "tmpfs")
    os.mkdir("/run/shared")
    mount("none", "/run/shared", "hostfs", shared)
    os.mkdir("/run/scratch")
    os.environ["TMPDIR"] = "/run/scratch"
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    loader = pathlib.Path("/run/modprobe")
    loader.write_text(f"#!/bin/sh\nfor name; do :; done\nexec {sys.executable} {HERE} --load \"$name\"\n")
    loader.chmod(0o755)
    pathlib.Path("/proc/sys/kernel/modprobe").write_text(str(loader))


def first_process(shared):
    """The first process of the guest: never returns."""
    try:
        prepare(shared)
        modules, command, writable = json.loads(pathlib.Path("/run/shared/job").read_text())
        os.mkdir("/run/writable")
        mount("none", "/run/writable", "hostfs", writable)
        for name in ["ipv6", *filter(None, modules.split(","))]:
            load(name)
        with open("/run/shared/output", "wb") as output:
            status = subprocess.run(command, stdout=output, stderr=output, check=False).returncode
        pathlib.Path("/run/shared/status").write_text(str(status))
    except BaseException as error:  # a first process that ends is a panic
        pathlib.Path("/run/shared/output").write_text(f"guest: {error!r}\n")
    finally:
        libc.reboot(POWER_OFF)


def command_here(words):
    """With the program's whole path: the guest starts elsewhere."""
    return [os.path.abspath(shutil.which(words[0]) or words[0]), *words[1:]]


def boot(words):
    with tempfile.TemporaryDirectory(prefix="guest-") as shared:
        command = [
            UML, words.build, "mem=256M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", f"uml_dir={shared}/uml",
            "con=null", "con0=null,fd:1", "quiet", f"init={sys.executable}", "--", "-B", HERE, "--first", shared,
        ]
        os.mkdir(f"{shared}/uml")
        pathlib.Path(shared, "job").write_text(json.dumps([words.modules, command_here(words.command), os.path.abspath(words.writable or shared)]))
        with open(f"{shared}/console", "wb") as console:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
            try:
                process.wait(words.timeout)
            except subprocess.TimeoutExpired:
                print("the guest did not end in time")
            finally:
                try:
                    os.killpg(process.pid, 9)
                except ProcessLookupError:
                    pass
        output, status = pathlib.Path(shared, "output"), pathlib.Path(shared, "status")
        print(output.read_text(errors="replace") if output.exists() else pathlib.Path(shared, "console").read_text(errors="replace"))
        return int(status.read_text()) if status.exists() else 1


def main():
    if sys.argv[1:2] == ["--load"]:
        return load(sys.argv[2])
    if sys.argv[1:2] == ["--first"]:
        first_process(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(TESTS.parent / "build"), help="the build folder")
    parser.add_argument("--modules", default="", help="loaded before the program starts, with commas between them")
    parser.add_argument("--writable", help="a directory that is /run/writable in the guest")
    parser.add_argument("--timeout", type=float, default=100, help="seconds until the guest is ended (default: 100)")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    words = parser.parse_args()
    if not shutil.which("linux.uml") or not list(MODULES.glob("*/kernel/net/ipv4/ipip.ko")):
        print("no user-mode Linux with its modules (package user-mode-linux): running on this kernel", flush=True)
        return subprocess.run(words.command, check=False, timeout=words.timeout).returncode
    return boot(words)


sys.exit(main())
