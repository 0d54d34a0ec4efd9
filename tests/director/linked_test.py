#!/usr/bin/python3
"""realserver-check needs libc and nothing else: a director need not install anything for it.

Usage: linked_test.py REALSERVER_CHECK
"""
import re
import subprocess
import sys

LIBC = re.compile(r"(libc|ld-linux[\w-]*|ld-musl[\w-]*|ld64)\.(so|musl).*")


def main():
    dynamic = subprocess.run(["readelf", "--dynamic", "--wide", sys.argv[1]], stdout=subprocess.PIPE, text=True,
                             check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    foreign = [name for name in needed if not LIBC.fullmatch(name)]
    print("needs", *needed)
    return 1 if foreign or not needed else 0


if __name__ == "__main__":
    sys.exit(main())
