"""A kill and an error at every system call of what the daemon does: at no moment is a VIP bound while ARP would
tell of it, no error crashes or hangs the daemon, the next start converges, and a stop restores the host byte by byte.

A fault is told to the injector by its ordinal since the action began. Kills come at each call before which something
outside of the process may have become different, errors at each second call, one of them in turn. The environment:

    SWEEP=full            kills at each call, and all errors at each (an hour on two processors)
    SWEEP=N               each Nth of the faults; with the guard, of its thirds
    SHIFT=N               other errors in turn, at the other calls; of SWEEP=N, others of the faults
    ONLY=start,17,EIO,every    one fault, as a finding begins with it; KILL for a kill; start+guard: with the guard
"""
import collections
import errno
import itertools
import multiprocessing
import os
import time

import classic
import support
import sweep
from injector import Injector
from namespace import SNAPSHOT_COMMANDS, VIP, Segment
from sweep_host import Host

MODE = os.environ.get("SWEEP", "1")
SHIFT = int(os.environ.get("SHIFT", 0))
WORKERS = 3 * len(os.sched_getaffinity(0))  # they wait more than they work
REFUSALS = ("EPERM", "ENOBUFS", "ENOMEM", "EBUSY", "EEXIST")
DISK = ("ENOSPC", "EIO", "EROFS")
SLACK = 10  # calls more than were counted: no two runs are quite alike

host = None


def stay_on_one_processor(workers):
    """A worker's daemon and injector take turns at each system call: between two processors that takes longer."""
    processors = sorted(os.sched_getaffinity(0))
    with workers:
        os.sched_setaffinity(0, {processors[workers.value % len(processors)]})
        workers.value += 1


def try_(task):
    """In a worker, which keeps its host until something is found on it."""
    global host
    host = host or Host()
    outcome = sweep.Course(host, *task).run()
    if outcome.findings:
        host.close()
        host = None
    return outcome


def errors_at(point):
    if MODE == "full":
        return sweep.ERRORS
    return [sweep.ERRORS[(point + point // len(sweep.ERRORS) + SHIFT) % len(sweep.ERRORS)]]


def describe(outcome):
    fault = errno.errorcode[outcome.error] if outcome.error else "KILL"
    return f"{outcome.action},{outcome.point},{fault},{outcome.which}: {outcome.call or 'not reached'}, ended with {outcome.ended}"


def call_name(outcome):
    return outcome.call.split()[0].rstrip("2")  # renameat2, where there is no other


def pairs(outcomes):
    """Which kinds of calls failed with which errors."""
    return {(call_name(outcome), errno.errorcode[outcome.error]) for outcome in outcomes}


class Sweep(support.Test):
    def setUp(self):
        fork = multiprocessing.get_context("fork")
        self.pool = fork.Pool(WORKERS, stay_on_one_processor, [fork.Value("i", 0)])
        self.addCleanup(self.pool.terminate)

    def length(self, action, which):
        """How many calls it takes when nothing disturbs it."""
        runs = self.pool.map(try_, [(action, 0, 0, which)] * 2, 1)
        self.assertFalse(found := [finding for run in runs for finding in run.findings], "\n".join(found))
        return max(run.calls for run in runs) + (1 if which == "files" else SLACK)

    def points(self, action, which="every", each=1):
        stride = 1 if MODE == "full" or which == "files" else each * int(MODE)
        return range(1 + SHIFT % stride, self.length(action, which) + 1, stride)

    def sweep(self, tasks, varied=True):
        """The outcomes in which the fault came to pass; `varied`: with a VIP bound then, and without."""
        begin = time.monotonic()
        done, reached, found = [], collections.Counter(), []
        for outcome in self.pool.imap_unordered(try_, tasks, 1):
            if outcome.fate == "done":
                done.append(outcome)
                reached[outcome.action] += 1
                reached["bound"] += outcome.bound
            if outcome.findings:
                found.append("\n".join([describe(outcome), *outcome.findings]))
                print(found[-1], flush=True)
        bound = reached.pop("bound", 0)
        print(", ".join(f"{count} of {action}" for action, count in reached.items()), "calls;", len(found), "findings;",
              f"a VIP was bound at {bound}; {time.monotonic() - begin:.0f} s", flush=True)
        self.assertEqual(0, len(found), "\n".join(text.splitlines()[0] for text in found))
        if varied:
            self.assertTrue(0 < bound < reached.total())
        return done

    def test_the_window_of_the_classic_script_is_seen(self):
        server = self.using(Segment()).server
        injector = self.using(Injector((VIP,), "eth0"))
        process = server.popen(*injector.command, "/bin/sh", "-c", classic.START.format(vip=VIP),
                               pass_fds=injector.descriptors)
        injector.started()
        process.wait(10)
        self.assertEqual(f"{VIP} is bound, arp_ignore 0, arp_announce 0", injector.state().open)

    # faults: 71
    def test_a_kill_at_any_system_call_leaves_no_vip_in_the_open_and_nothing_behind(self):
        which = "every" if MODE == "full" else "changed"
        self.sweep([(action, point, 0, which) for action in sweep.ACTIONS for point in self.points(action, which)])

    # faults: 71
    def test_with_the_guard_a_kill_leaves_no_vip_in_the_open_and_nothing_behind_either(self):
        if not any(command.startswith("nft ") for command in SNAPSHOT_COMMANDS):
            self.skipTest("what is left of the guard could not be seen")
        self.sweep([(action, point, 0, "changed") for action in (each + sweep.GUARD for each in sweep.ACTIONS)
                    for point in self.points(action, "changed", 3)])

    # faults: 72, 82
    def test_an_error_of_any_system_call_leaves_no_vip_in_the_open_and_nothing_behind(self):
        self.sweep([(action, point, getattr(errno, error), "every") for action in sweep.ACTIONS
                    for point in self.points(action, each=2) for error in errors_at(point)])

    # faults: 72, 82
    def test_a_disk_may_fail_with_any_error_at_any_call_that_writes_a_file(self):
        actions, all_of = (sweep.ACTIONS, len(DISK)) if MODE == "full" else (("start", "stop", "drain"), 1)
        done = self.sweep([(action, point, getattr(errno, DISK[(point + turn + SHIFT) % len(DISK)]), "files")
                           for action in actions for point in self.points(action, "files") for turn in range(all_of)])
        wanted = set(itertools.product(("openat", "write", "fsync", "renameat"), DISK))
        where = {call_name(outcome): (outcome.action, outcome.point) for outcome in done}
        missing = wanted - pairs(done)
        done += self.sweep([(*where[call], getattr(errno, error), "files") for call, error in missing], varied=False)
        self.assertEqual(wanted, pairs(done))

    # faults: 28
    def test_whatever_the_kernel_refuses_to_a_start_is_tried_again(self):
        self.sweep([("start", point, getattr(errno, error), "sends")
                    for point in self.points("start", "sends") for error in REFUSALS])


class Single(support.Test):
    def test_it(self):
        action, point, fault, which = os.environ["ONLY"].split(",")
        outcome = try_((action, int(point), 0 if fault == "KILL" else getattr(errno, fault), which))
        print(describe(outcome), *outcome.findings, sep="\n")
        self.assertEqual([], outcome.findings)


def load_tests(loader, *_):
    return loader.loadTestsFromTestCase(Single if "ONLY" in os.environ else Sweep)


if __name__ == "__main__":
    support.main()
