#!/usr/bin/python3
"""Adds up meson's test logs: what failed, what was skipped and why, and one closing line.

Usage: summary.py TESTLOG.json...
With CI set, a skipped test that is not listed below counts as failed: a gate that is not there
must not look like one that holds.
"""
import collections
import json
import os
import re
import sys

# Its plain build runs in a guest that has tunnels; there, sanitizers have no room for their shadow memory.
MAY_SKIP_IN_CI = frozenset({"build-asan: realserverd:kernel / tunnel"})
PASSED = {"OK", "EXPECTEDFAIL"}
# Of unittest, Catch2, sanitizers and tests/lab.
TELLING = re.compile(r"^(FAIL|ERROR)|FAILED|Error\b|ERROR:|runtime error|not end in time|^  ! ")
MOST = 5, 160  # lines of a failed test that are said again here, where everybody looks, and columns


def reason(test):
    lines = ((test.get("stdout") or "") + (test.get("stderr") or "")).strip().splitlines() or ["no reason given"]
    if test["result"] == "SKIP":
        return lines[-1]
    telling = [line for line in lines if TELLING.search(line)] or lines[-MOST[0]:]
    return "".join(f"\n    {line.strip()[:MOST[1]]}" for line in telling[:MOST[0]])


def results(path):
    """Name, outcome and reason for each test of one log; a log that is missing is a failure of its own."""
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        tests = []
    if not tests:
        yield path, "FAIL", "no test ran"
    for test in tests:
        yield f"{path.split('/')[0]}: {test['name']}", test["result"], reason(test)


def verdict(name, result):
    if result in PASSED:
        return "passed"
    if result != "SKIP":
        return "failed"
    return "failed" if os.environ.get("CI") and name not in MAY_SKIP_IN_CI else "skipped"


def main():
    counts = collections.Counter()
    for path in sys.argv[1:]:
        for name, result, why in results(path):
            outcome = verdict(name, result)
            counts[outcome] += 1
            if outcome != "passed":
                print(f"{result}: {name}: {why}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
