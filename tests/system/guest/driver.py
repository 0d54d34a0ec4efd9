"""Plays one suite in the guest, as root, when the system is up: lab.service runs it.

The job and the results are files in the directory that the kernel's command line names (SCRATCH, see run.py). The tests
of a class go in the order in which they stand there: each finds the host as the one before left it.
"""
import ctypes
import importlib
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback
import unittest

SHARED = pathlib.Path("/run/shared")
POWER_OFF = 0x4321FEDC


class InOrder(unittest.TestLoader):
    def getTestCaseNames(self, case):
        return sorted(super().getTestCaseNames(case), key=lambda name: getattr(case, name).__code__.co_firstlineno)


class Record(unittest.TestResult):
    """Name -> "ok" or what went wrong, with the seconds it took; written as it grows: the guest may be ended."""

    def __init__(self, file):
        super().__init__()
        self._file = file
        self._results = {}
        self._began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        print(f"== {test.id()}", flush=True)
        subprocess.run(["systemd-cat", "-t", "test", "echo", test.id()], check=False)
        self._set(test, "not ended within the time limit")

    def addSuccess(self, test):
        self._set(test, "ok")

    def addError(self, test, err):
        self._set(test, "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(subtest, err)

    def addSkip(self, test, reason):
        self._set(test, f"skipped: {reason}")

    def _set(self, test, outcome):
        name = str(test).split(" ")[0]
        self._results[name] = {"outcome": outcome, "seconds": round(time.monotonic() - self._began, 1)}
        if outcome != "ok":
            print(outcome, flush=True)
        self._file.write_text(json.dumps(self._results, indent=2))


def main():
    SHARED.mkdir()
    subprocess.run(["mount", "-t", "hostfs", "none", SHARED, "-o", os.environ["SCRATCH"]], check=True)
    job = json.loads((SHARED / "job.json").read_text())
    os.environ.update(job["environment"], PATH="/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL="C.UTF-8", HOME="/root",
                      DEBIAN_FRONTEND="noninteractive")
    sys.path[:0] = job["path"]
    suite = InOrder().loadTestsFromModule(importlib.import_module(job["suite"]))
    suite.run(Record(SHARED / f"{job['suite']}.json"))


try:
    main()
except BaseException:
    traceback.print_exc()
finally:
    sys.stdout.flush()
    subprocess.run("journalctl -o short-precise > /run/shared/journal; cp /run/lab.log /run/shared/log", shell=True, check=False)
    ctypes.CDLL(None).reboot(POWER_OFF)
