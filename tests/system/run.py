"""Boots a host with systemd in user-mode Linux, with our packages at hand, and plays suites of tests there.

    run.py [--build FOLDER] [--packages FOLDER] [--keep DIRECTORY] [--timeout SECONDS] SUITE...

The exit status is 0 if every test passed, 1 if not, and 77 (meson's skip) where there is no user-mode Linux or mmdebstrap.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from image import image, suite

SKIP = 77
HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
UML = str(TESTS / "support/uml")
PROGRAMS = ("dpkg-deb", "linux.uml", "mmdebstrap", "mke2fs", "systemctl", "truncate")
RPMS = ("realserverd-[0-9]*[!s][!r][!c].rpm", "later/realserverd-[0-9]*.rpm")


def missing(packages, suites):
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if programs := [name for name in PROGRAMS if not shutil.which(name, path=path)]:
        return f"a guest with systemd needs {', '.join(programs)} (packages user-mode-linux, mmdebstrap, e2fsprogs)"
    if not list(packages.glob("realserverd_*.deb")):
        return f"no packages in {packages}: packaging/build-deb {packages}"
    if "rpm" in suites and not shutil.which("rpmbuild"):
        return "packages for Fedora need rpmbuild (package rpm)"
    if "rpm" in suites and not all(list(packages.glob(pattern)) for pattern in RPMS):
        return f"no RPM packages in {packages}: packaging/build-rpm --later {packages}"
    if not suite():
        return "the packages are for Debian, which this host is not"
    if os.geteuid() != 0:
        return "to make the guest's root file system needs root"
    return ""


def bring_rpms(packages, scratch):
    """Ours, and what stands in for Fedora's systemd."""
    (scratch / "later").mkdir()
    for pattern in RPMS:
        for package in packages.glob(pattern):
            shutil.copy2(package, scratch / package.relative_to(packages))
    defines = (f"_topdir {scratch}/rpmbuild", f"_rpmdir {scratch}", "_build_name_fmt %%{NAME}-%%{VERSION}.rpm")
    subprocess.run(["rpmbuild", "-bb", "--quiet", *(f"--define={define}" for define in defines), HERE / "rpm/systemd.spec"],
                   check=True)


# Else 512 more terminals would be units of systemd: see image.py.
NO_LEGACY_TERMINALS = "pty.legacy_count=0"


def command(scratch, build, disk):
    root = image(next(scratch.glob("realserverd_*.deb")))
    return [
        UML, str(build), "mem=640M", f"ubd0={disk},{root}", "root=/dev/ubda", "rw", f"uml_dir={scratch}/uml",
        "con=null", "con0=null,fd:1", "console=tty0", "quiet", NO_LEGACY_TERMINALS,
        f"systemd.setenv=LAB=/host{HERE}/guest", f"systemd.setenv=SCRATCH={scratch}",
    ]


def boot(scratch, build, disk, timeout):
    """Until the guest switches itself off, at most `timeout` seconds."""
    with open(scratch / "console", "ab") as console:
        process = subprocess.Popen(command(scratch, build, disk), stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                   start_new_session=True)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            print("the guest did not end in time")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def play(scratch, words, name):
    """Name of a test -> its outcome and seconds."""
    (scratch / "uml").mkdir(exist_ok=True)
    job = {
        "suite": name,
        "environment": {"LOAD": f"/host{words.build.resolve()}/tests/lab/load"},
        "path": [f"/host{HERE}/guest", f"/host{TESTS}/lab", f"/host{TESTS}/netns"],
    }
    (scratch / "job.json").write_text(json.dumps(job))
    boot(scratch, words.build, scratch / f"disk-{name}", words.timeout)
    results = scratch / f"{name}.json"
    return json.loads(results.read_text()) if results.exists() else {}


def report(name, results):
    print(f"{name}: {len(results)} tests")
    for test, result in results.items():
        print(f"{'ok' if result['outcome'] == 'ok' else 'FAILED':7} {test} ({result['seconds']} s)")
    for test, result in results.items():
        if result["outcome"] != "ok":
            print(f"\n-- {test}\n{result['outcome']}")
    return bool(results) and all(result["outcome"] == "ok" for result in results.values())


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=TESTS.parent / "build", help="the build folder")
    parser.add_argument("--packages", type=pathlib.Path, default=TESTS.parent / "build/packages", help="where the .deb files are")
    parser.add_argument("--keep", type=pathlib.Path, help="leave logs and results in this new directory")
    parser.add_argument("--timeout", type=float, default=800, help="seconds until a guest is ended (default: 800)")
    parser.add_argument("suites", nargs="+", metavar="SUITE")
    return parser.parse_args()


def main():
    words = options()
    if reason := missing(words.packages, words.suites):
        print(f"skipped: {reason}")
        return SKIP
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        if words.keep:
            words.keep.mkdir(parents=True)
            scratch = words.keep.resolve()
        else:
            scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="system-")))
        for package in words.packages.glob("*.deb"):
            if "dbgsym" not in package.name:
                shutil.copy2(package, scratch)
        if "rpm" in words.suites:
            bring_rpms(words.packages, scratch)
        held = all([report(name, play(scratch, words, name)) for name in words.suites])
        if not held:
            for file in ("console", "log", "journal"):
                if (scratch / file).exists():
                    print(f"\n-- {file} of the guest\n{(scratch / file).read_text(errors='replace')[-20000:]}")
    return 0 if held else 1


sys.exit(main())
