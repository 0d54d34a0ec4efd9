#!/usr/bin/python3
"""Which test injects which fault: catalogue.md, put together with the numbers that the tests carry themselves.

Usage: table.py [--check]

Prints the table, which README.md here is. With --check, compares instead and says what does not fit.
A C++ test carries its numbers as tags, TEST_CASE("...", "[fault-12][fault-17]"); a Python test, a function or a
class of the lab has a line right above it, `# faults: 12, 17`.
"""
import collections
import pathlib
import re
import sys
import tempfile

Fault = collections.namedtuple("Fault", "text reason")
Test = collections.namedtuple("Test", "name file")

FAULT = re.compile(r"^(\d+)\. (.+ -> .+)\n(?: +((?:open|not here): .+)\n)?", re.MULTILINE)
CASE = re.compile(r'^TEST_CASE(?:_METHOD)?\(\s*(?:\w+,\s*)?"((?:[^"\\]|\\.)*)",\s*"([^"]*)"\)', re.MULTILINE)
TAG = re.compile(r"\[fault-(\d+)\]")
REMARK = re.compile(r"^ *# faults: ([\d, ]+)\n *(?:def|class) (\w+)", re.MULTILINE)
HEAD = """# Faults and their tests

Made by `python3 tests/faults/table.py > tests/faults/README.md` of [the catalogue](catalogue.md) and the tests.

| | fault -> what must hold | tests |
|---|---|---|
"""


def marks(path):
    """(number, test name) of every mark in a file; a mark at nothing counts as one of a test without a name."""
    text = path.read_text()
    if path.suffix == ".py":
        found = [(int(number), name) for numbers, name in REMARK.findall(text) for number in re.findall(r"\d+", numbers)]
        stray = len(re.findall(r"^ *# faults:", text, re.MULTILINE)) - len(REMARK.findall(text))
    else:
        found = [(int(number), name) for name, tags in CASE.findall(text) for number in TAG.findall(tags)]
        stray = len(re.findall(r"fault-\d", text)) - len(found)
    return found + [(0, "")] * stray


def tests_of(folder):
    """number -> its tests, in the order of files."""
    found = collections.defaultdict(list)
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.cpp")]):
        if path.resolve() != pathlib.Path(__file__).resolve():
            for number, name in marks(path):
                found[number].append(Test(name, path.relative_to(folder).as_posix()))
    return found


def catalogue(folder):
    text = (folder / "faults/catalogue.md").read_text()
    return {int(number): Fault(fault, reason) for number, fault, reason in FAULT.findall(text)}


def table(faults, tests):
    lines = []
    for number, fault in faults.items():
        links = ", ".join(f"[{test.name.replace('_', ' ')}](../{test.file})" for test in tests.get(number, ()))
        lines.append(f"| {number} | {fault.text} | {links or fault.reason} |".replace("*", "\\*"))
    kinds = collections.Counter(fault.reason.partition(":")[0] or "automatic" for fault in faults.values())
    counts = f"\n{kinds['automatic']} automatic, {kinds['not here']} not possible here, {kinds['open']} open; {len(faults)} in all.\n"
    return HEAD + "\n".join(lines) + "\n" + counts


def complaints(faults, tests, committed):
    if list(faults) != list(range(1, len(faults) + 1)):
        yield "catalogue.md: a number is missing, double or not in its place"
    for number, found in tests.items():
        if number not in faults:
            yield from (f"{test.file}: {test.name or 'a mark without a test'}: there is no fault {number}" for test in found)
        elif faults[number].reason:
            yield from (f"{test.file}: {test.name}: fault {number} is {faults[number].reason}" for test in found)
    for number in faults:
        if not faults[number].reason and number not in tests:
            yield f"catalogue.md: fault {number} has neither a test nor a reason"
    if committed != table(faults, tests):
        yield "README.md is not what table.py prints"


def check_the_checker():
    """A check that cannot fail would prove nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "faults").mkdir()
        (folder / "faults/catalogue.md").write_text("1. a -> b\n2. c -> d\n   open: e\n3. f -> g\n")
        (folder / "a_test.py").write_text("# faults: 2, 9\ndef test_it():\n    pass\n# faults: 1\n\n")
        (folder / "b_test.cpp").write_text('TEST_CASE("x", "[fault-3]")\nTEST_CASE_METHOD(F,\n  "y", "[z][fault-8]")\n')
        found = list(complaints(catalogue(folder), tests_of(folder), ""))
        assert len(found) == 6, found


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent
    faults, tests = catalogue(folder), tests_of(folder)
    if "--check" not in sys.argv:
        print(table(faults, tests), end="")
        return 0
    check_the_checker()
    found = list(complaints(faults, tests, (folder / "faults/README.md").read_text()))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
