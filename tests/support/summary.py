#!/usr/bin/python3
"""Adds up meson's test logs: what failed, what was skipped and why, and one closing line.

Usage: summary.py TESTLOG.json...
With CI set, a skipped test that is not listed below counts as failed: a gate that is not there
must not look like one that holds.
"""
import collections
import json
import os
import sys

# Its plain build runs in a guest that has tunnels; there, sanitizers have no room for their shadow memory.
MAY_SKIP_IN_CI = frozenset({"build-asan: realserverd:kernel / tunnel"})
PASSED = {"OK", "EXPECTEDFAIL"}


def results(path):
    """Pairs of name and outcome of one log; a log that is missing is a failure of its own."""
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        tests = []
    if not tests:
        yield path, "FAIL", "no test ran"
    for test in tests:
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        reason = output.strip().splitlines()[-1:] or ["no reason given"]
        yield f"{path.split('/')[0]}: {test['name']}", test["result"], reason[0]


def verdict(name, result):
    if result in PASSED:
        return "passed"
    if result != "SKIP":
        return "failed"
    return "failed" if os.environ.get("CI") and name not in MAY_SKIP_IN_CI else "skipped"


def main():
    counts = collections.Counter()
    for path in sys.argv[1:]:
        for name, result, reason in results(path):
            outcome = verdict(name, result)
            counts[outcome] += 1
            if outcome != "passed":
                print(f"{result}: {name}: {reason}" if result == "SKIP" else f"{result}: {name}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
