"""Boots the guest, has it play scenarios, and prints what came of them.

    run.py [--build FOLDER] [--keep DIRECTORY] [--timeout SECONDS] SCENARIO...

The exit status is 0 if every scenario held, 1 if not, and 77 (meson's skip) where there is no user-mode Linux.
"""
import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

SKIP = 77
HERE = pathlib.Path(__file__).resolve().parent
UML = str(HERE.parent / "support/uml")
MODULES = pathlib.Path("/usr/lib/uml/modules")
PROGRAMS = ("linux.uml", "keepalived", "ldirectord", "ipvsadm", "nginx", "dbus-daemon", "ip", "sysctl")
BUILT = {
    "LOAD": "tests/lab/load",
    "REALSERVERD": "src/realserverd",
    "REALSERVERD_CHECKS": "src/checks/realserverd-checks",
    "REALSERVERCTL": "src/ctl/realserverctl",
    "REALSERVER_CHECK": "src/director/realserver-check",
}
PR_SET_PDEATHSIG = 1


def missing():
    """What this host lacks, for a person; empty if nothing."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    programs = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    if programs:
        return f"the lab needs {', '.join(programs)} (packages user-mode-linux, keepalived, ... of Build-Depends)"
    if not list(MODULES.glob("*/kernel/net/netfilter/ipvs/ip_vs.ko")):
        return f"the lab needs the modules of user-mode Linux, {MODULES}/*/kernel/net/netfilter/ipvs"
    return ""


def command(scratch, build):
    return [
        UML, str(build), "mem=512M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", f"uml_dir={scratch}/uml",
        "con=null", "con0=null,fd:1", "quiet", f"init={sys.executable}", "--", "-B", str(HERE / "guest.py"), str(scratch),
    ]


def die_with_parent():
    """Asked politely, the guest takes its own helpers with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@contextlib.contextmanager
def guest(scratch, build, console):
    """The guest is several processes, in a group of their own; none of them survives this block."""
    process = subprocess.Popen(
        command(scratch, build), stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def play(scratch, build, scenarios, timeout):
    """The results by scenario; what is missing there was not reached."""
    job = {
        "scenarios": scenarios,
        "environment": {name: str(build.resolve() / path) for name, path in BUILT.items()},
        "path": [str(HERE), str(HERE.parent / "netns")],
    }
    (scratch / "uml").mkdir()
    (scratch / "job.json").write_text(json.dumps(job))
    with open(scratch / "console", "wb") as console, guest(scratch, build, console) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
    results = scratch / "results.json"
    return json.loads(results.read_text()) if results.exists() else {}


def show(name, result):
    print(f"{'FAILED' if result['failures'] else 'ok':7} {name}")
    for key, value in result.items():
        if key != "failures":
            print(f"    {key:24} {value}")
    for failure in result["failures"]:
        print(f"  ! {failure}")


def report(results, scenarios, scratch):
    """Prints the table; whether all of it is well."""
    for name in scenarios:
        show(name, results.setdefault(name, {"failures": ["not played to its end within the time limit"]}))
    if held := not any(result["failures"] for result in results.values()):
        return held
    for file, characters in (("console", 2000), ("log", 30000)):
        if (scratch / file).exists():
            print(f"\n-- {file} of the guest\n{(scratch / file).read_text(errors='replace')[-characters:]}")
    return held


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build", help="the build folder")
    parser.add_argument("--keep", type=pathlib.Path, help="leave logs and results in this new directory")
    parser.add_argument("--timeout", type=float, default=170, help="seconds until the guest is ended (default: 170)")
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO")
    return parser.parse_args()


def main():
    words = options()
    if reason := missing():
        print(f"skipped: {reason}")
        return SKIP
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        if words.keep:
            words.keep.mkdir(parents=True)
            scratch = words.keep.resolve()
        else:
            scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
        results = play(scratch, words.build, words.scenarios, words.timeout)
        held = report(results, words.scenarios, scratch)
    return 0 if held else 1


sys.exit(main())
