#!/usr/bin/python3
"""The architecture as the includes tell it: no arrow points up, and the pure core stays pure.

Usage: include_test.py SOURCE_ROOT/src
"""
import pathlib
import re
import sys
import tempfile

# main -> {bus, health, kernel, config, event} -> agent -> {reconcile, drain} -> model, util below.
MAY_INCLUDE = {
    "util": set(),
    "model": set(),
    "view": {"model"},
    "reconcile": {"model"},
    "drain": {"model"},
    "agent": {"model", "reconcile", "drain"},
    "config": {"model"},
    "event": set(),
    "kernel": {"model", "reconcile", "drain", "event"},
    "bus": {"model", "agent", "event"},
    "health": {"model", "view", "event"},
    "front": {"model", "event", "bus", "health"},
    "checks": {"model", "config", "event"},
    "ctl": {"model", "config", "reconcile", "drain", "kernel", "event", "bus", "view"},
    "director": set(),  # runs elsewhere: libc only
}
PURE = {"model", "reconcile", "drain", "config"}
IMPURE = re.compile(r"(netlink|systemd|sdbus-c\+\+|spdlog|linux)/|sys/socket\.h|time\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def violations(src):
    folders = {entry.name for entry in src.iterdir() if entry.is_dir()}
    for path in sorted([*src.rglob("*.[ch]pp"), *src.rglob("*.[ch]")]):
        place = path.relative_to(src)
        folder = place.parts[0]
        if len(place.parts) == 1:
            continue  # main.cpp, the composition root, knows everything
        if folder not in MAY_INCLUDE:
            yield f"{place}: src/{folder} is new: say here what it may include"
            continue
        for bracket, name in INCLUDE.findall(path.read_text()):
            target = name.split("/")[0]
            if bracket == "<" and folder in PURE and IMPURE.match(name):
                yield f"{place}: <{name}>: {folder} is pure: no sockets, clock or log"
            inside = bracket == '"' and target in folders and target not in (folder, "util")
            if inside and target not in MAY_INCLUDE[folder]:
                allowed = ", ".join(sorted(MAY_INCLUDE[folder])) or "nothing"
                yield f'{place}: "{name}": {folder} may include {allowed} (and util)'


def check_the_checker():
    """A rule that cannot be broken would prove nothing."""
    with tempfile.TemporaryDirectory() as folder:
        src = pathlib.Path(folder)
        for name, text in (("model/a.hpp", '#include "agent/b.hpp"\n#include <spdlog/spdlog.h>\n'),
                           ("agent/b.hpp", '#include "model/a.hpp"\n')):
            (src / name).parent.mkdir()
            (src / name).write_text(text)
        found = list(violations(src))
        assert len(found) == 2 and all(line.startswith("model/a.hpp") for line in found), found


def main():
    check_the_checker()
    found = list(violations(pathlib.Path(sys.argv[1])))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
