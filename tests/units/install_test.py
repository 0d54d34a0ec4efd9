#!/usr/bin/python3
"""What `meson install` puts in place: every file a running service needs, where the others expect it.

Usage: install_test.py BUILD_FOLDER
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

EXPECTED = (
    "sbin/realserverd",
    "bin/realserverctl",
    "bin/realserver-check",
    "realserverd/realserverd-checks",
    "systemd/system/realserverd.service",
    "systemd/system/realserverd-drain.service",
    "systemd/system/realserverd-release.service",
    "systemd/network/10-realserverd.network",
    "NetworkManager/conf.d/90-realserverd.conf",
    "sysusers.d/realserverd.conf",
    "dbus-1/system.d/org.realserverd.RealServer1.conf",
    "dbus-1/interfaces/org.realserverd.RealServer1.xml",
    "bash-completion/completions/realserverctl",
    "_realserverctl",
    "polkit-1/actions/org.realserverd.policy",
)


def failures(root):
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    for name in EXPECTED:
        if not any(file.endswith("/" + name) for file in files):
            yield f"{name} is not installed"
    for name, path in files.items():
        if path.suffix in (".xml", ".conf", ".policy") and path.read_bytes().startswith(b"<?xml"):
            xml.etree.ElementTree.parse(path)  # raises, with line and column, what is not well-formed
        if path.suffix == ".service":
            for program in re.findall(r"^Exec\w+=\+?(\S+)", path.read_text(), re.MULTILINE):
                if program.lstrip("/") not in files and not program.startswith("/bin/"):
                    yield f"{name} runs {program}, which is not installed"


def main():
    with tempfile.TemporaryDirectory() as root:
        installed = subprocess.run(
            ["meson", "install", "-C", sys.argv[1], "--no-rebuild", "--quiet", "--destdir", root],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        print(installed.stdout)
        found = list(failures(pathlib.Path(root)))
    found += ["meson install failed"] if installed.returncode else []
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
