#!/usr/bin/python3
"""The man pages: nothing that man would warn of, no comment that shows, and all that there is to know.

Usage: man_test.py SOURCE_ROOT REALSERVERCTL REALSERVER_CHECK PAGE...
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE, CONTROL, CHECK = (pathlib.Path(argument) for argument in sys.argv[1:4])
PAGES = {pathlib.Path(argument).name: pathlib.Path(argument) for argument in sys.argv[4:]}


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "200"})


def keys(schema):
    """The names of all properties below."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from keys(inner if isinstance(inner, dict) else {})
        yield from keys(inner.get("items", {}) if isinstance(inner, dict) else {})


def subcommands():
    # CLI11 2.5 writes the heading in capitals.
    listed = re.search(r"^(?i:(?:sub)?commands):\n((?:  .*\n)+)", run(str(CONTROL), "--help").stdout, re.MULTILINE)
    return re.findall(r"^  ([a-z-]+) ", listed[1], re.MULTILINE)


def options(program, *arguments):
    return set(re.findall(r"--[a-z][a-z-]+", run(str(program), *arguments, "--help").stdout))


def missing(text, page):
    """What the page should name, and does not."""
    if page == "realserverd.toml.5":
        for schema in ("role", "node"):
            wanted = keys(json.loads((SOURCE / f"src/config/{schema}.schema.json").read_text()))
            yield from (key for key in wanted if not re.search(rf"\b{key}\b", text))
    if page == "realserverctl.1":
        for command in subcommands():
            wanted = {command} | options(CONTROL, command)
            yield from (f"{command}: {word}" for word in wanted if word not in text)
    if page == "realserver-check.8":
        yield from (option for option in options(CHECK) if option not in text)


def failures():
    for name, page in PAGES.items():
        shown = run("man", "--warnings", "--local-file", str(page))
        if shown.returncode != 0 or shown.stderr:
            yield f"{name}: man says: {shown.stderr}"
        text = re.sub(r".\x08", "", shown.stdout).replace("\u2010", "-").replace("\u2212", "-")
        if re.search(r"^\s*; ", text, re.MULTILINE) or "tests/" in text:
            yield f"{name}: a comment is shown"
        yield from (f"{name} does not name {what}" for what in missing(text, name))


def main():
    if not PAGES or not shutil.which("man", path="/usr/bin:/bin"):
        print("no man, or no scdoc to make the pages")
        return 77
    found = list(failures())
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
