#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Removes one rule of the hypervisor at a time and expects that a test notices: rules_*.py say which rule, which test.

A mutant that its test lets live fails the run, and so does one whose text is not in the sources exactly once, that does
not build, or whose test fails without it. Usage: run.py --build FOLDER [--quick] [--workers N] [NAME ...]
"""

import argparse
import concurrent.futures
import dataclasses
import os
import queue
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]

from mutant import Blind, System, Unit  # noqa: E402
from mutants import MUTANTS  # noqa: E402

SOURCES = ("src", "config", "scripts", "tests/unit", "tests/fuzz", "tests/tests.mk", "tests/bench/bench.mk", "Makefile")
PRODUCTS = ("setup.stamp", "boards", "asan", "host", "hv", "unit", "bulkhead", "bulkhead-*.elf")
SHARED = ("guests", "linux", "linux-x86")  # what machines run beside the hypervisor: not changed here, so not copied
PATIENCE = 12  # seconds that a machine under test may be silent; a right one answers within two
TEST_SECONDS = 120
UNIT_SECONDS = 20  # of a unit test, which takes less than one; mutants can make them endless


@dataclasses.dataclass
class Outcome:
    name: str
    text: str
    seconds: float
    is_right: bool


class Tree:
    """A copy of the sources and of their products, in which one mutant at a time is built."""

    def __init__(self, folder, build):
        self.folder = folder
        self.dirty = None  # the source that is not as it was, and its right text
        shutil.rmtree(folder, ignore_errors=True)
        for name in SOURCES:
            self._copy(ROOT / name, folder / name)
        for pattern in PRODUCTS:
            for path in build.glob(pattern):
                self._copy(path, folder / "build" / path.name)
        for name in SHARED:
            (folder / "build" / name).symlink_to((build / name).resolve())

    @staticmethod
    def _copy(source, target):
        """With the times of the files, so that nothing is built again that is there."""
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copy2, symlinks=True)
        else:
            shutil.copy2(source, target)

    def mutate(self, mutant):
        """Puts the mutant in; what is wrong with it, or None."""
        self.restore(mutant.file)
        path = self.folder / mutant.file
        text = path.read_text()
        if text.count(mutant.old) != 1:
            return f"its text is {text.count(mutant.old)} times in {mutant.file}"
        self.dirty = (path, text)
        path.write_text(text.replace(mutant.old, mutant.new))
        return None

    def restore(self, next_file=None):
        """Puts the right text back. A file that is written again at once need not be built in between."""
        if self.dirty and self.dirty[0] != self.folder / (next_file or ""):
            self.dirty[0].write_text(self.dirty[1])
            self.dirty = None
        elif self.dirty:
            self.dirty[0].write_text(self.dirty[1])

    def make(self, *targets):
        """Builds one thing. The planner is no mutant's concern, though it shares a source with the hypervisor."""
        command = ["make", "--no-print-directory", "-s", "-o", "build/bulkhead", "-C", str(self.folder), *targets]
        return run(command, dict(os.environ, MAKEFLAGS=""))

    def environment(self):
        """For tests of whole machines: they run the products of this tree."""
        return dict(
            os.environ, BULKHEAD_BUILD=str(self.folder / "build"), BULKHEAD_PATIENCE=str(PATIENCE), MAKEFLAGS=""
        )


def run(command, environment, seconds=TEST_SECONDS):
    """Status and output of a command; one that does not end is ended, with all that it started."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                output, _ = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
        return process.returncode, output.decode(errors="replace")


def targets_of(test):
    if isinstance(test, Unit):
        return [f"build/unit/{test.program}"]
    return ["hypervisor", *([f"BOARD={test.board}"] if isinstance(test, System) and test.board else [])]


def run_test(tree, test):
    if isinstance(test, Unit):
        return run([str(tree.folder / "build/unit" / test.program)], dict(os.environ, CMOCKA_TEST_ABORT="1"), UNIT_SECONDS)
    if isinstance(test, System):
        command = ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
        return run([*command, f"tests/system/{test.node}"], tree.environment())
    folder = tree.folder / "build/tests"
    return run(["/usr/bin/python3", "-B", "tests/mutants/attack.py", str(folder), *test.lines], tree.environment())


def judge(tree, mutant):
    """Builds and tries one mutant: what became of it, and whether that is right."""
    wrong = tree.mutate(mutant)
    if wrong:
        return wrong, False
    test = mutant.test
    status, output = tree.make(*targets_of(test))
    if status != 0:
        return f"does not build:\n{output}", False
    if isinstance(test, Blind):
        return f"not tried: {test.reason}", True
    status, output = run_test(tree, test)
    if status != 0:
        return f"noticed by {test}", True
    return f"SURVIVES {test}: {mutant.breaks}", False


def check_tests(tree, tests, say):
    """Each test must pass on the tree as it is."""
    right = True
    for test in tests:
        begin = time.monotonic()
        status, output = tree.make(*targets_of(test))
        if status == 0:
            status, output = run_test(tree, test)
        if status != 0:
            say(Outcome("(nothing)", f"{test} fails on the right sources:\n{output}", 0, False))
            right = False
        elif time.monotonic() - begin > TEST_SECONDS / 4:
            say(Outcome("(nothing)", f"{test} is slow", time.monotonic() - begin, True))
    return right


def work(tree, jobs, say):
    """One worker: takes mutants, all of one file at a time, until there are none."""
    right = True
    while True:
        try:
            mutants = jobs.get_nowait()
        except queue.Empty:
            return right
        tests = {mutant.test: None for mutant in mutants if not isinstance(mutant.test, Blind)}
        tree.restore()
        right = check_tests(tree, tests, say) and right
        for mutant in mutants:
            begin = time.monotonic()
            text, is_right = judge(tree, mutant)
            say(Outcome(mutant.name, text, time.monotonic() - begin, is_right))
            right = right and is_right


def say(outcome):
    print(f"  {'ok   ' if outcome.is_right else 'WRONG'} {outcome.name:32} {outcome.text}", flush=True)


def batches(mutants):
    """Mutants by file and kind of test, the longest batches first."""
    by_file = {}
    for mutant in mutants:
        by_file.setdefault((mutant.file, type(mutant.test)), []).append(mutant)
    return sorted(by_file.values(), key=lambda batch: -len(batch) * (1 if isinstance(batch[0].test, Unit) else 6))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="only those that unit tests notice")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not arguments.names or mutant.name in arguments.names]
    if arguments.quick:
        chosen = [mutant for mutant in chosen if isinstance(mutant.test, Unit)]
    jobs = queue.Queue()
    for batch in batches(chosen):
        jobs.put(batch)
    begin = time.monotonic()
    build = arguments.build.resolve()
    trees = [Tree(build / "mutants" / f"tree-{number}", build) for number in range(arguments.workers)]
    with concurrent.futures.ThreadPoolExecutor(arguments.workers) as pool:
        right = all(list(pool.map(lambda tree: work(tree, jobs, say), trees)))
    blind = sum(isinstance(mutant.test, Blind) for mutant in chosen)
    print(
        f"mutants: {len(chosen)}, {blind} of them out of the emulator's sight, "
        f"{'all others noticed' if right else 'NOT all right'}, {time.monotonic() - begin:.0f} s"
    )
    return 0 if right else 1


sys.exit(main())
