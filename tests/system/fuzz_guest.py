#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random instructions in one partition, and whether anybody else notices: tests/guests/fuzzer on a row of machines.

A seed's machines differ in what the fuzzer prefers (its profile), in how many cores it uses and in their model. Each runs
until its partition has ended or does not get on any more. The hypervisor must not panic, the neighbour's memory, periods
and exits must be untouched, and a partition that has ended must have been ended by a message that says why.
"""

import argparse
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from boards import with_cpu
from machine import BUILD, ROOT, BulkheadMachine, MachineError

PROGRAM = BUILD / "guests" / "fuzzer.elf"
SYSTEM = ROOT / "tests" / "guests" / "hostile.dts"
MAGIC = b"FUZZSEED"
NAME = "hostile"  # the partition of that system
PROFILES = ("registers", "devices", "translation", "wild")
CPUS = ("cortex-a53", "cortex-a53", "max", "cortex-a72", "neoverse-n1")

LINE = re.compile(
    r"FUZZ seed \d+ profile \d+ cores \d+ blocks (\d+) (\d+) timeouts (\d+) .*exceptions (\d+) digest (\w+)\r?\n"
)
FAULT = re.compile(rf"partition {NAME} virtual core \d: (.+?)(?: at guest-physical 0x\w+)?, pc 0x")
ENDS = re.compile(rf"partition {NAME} (faulted: stopped|switched itself off|reset itself: stopped|is off: .*)")
STUCK = 2  # seconds without a line: the guest has hurt itself


@dataclass(frozen=True)
class Run:
    """One machine: everything that its blocks follow from."""

    seed: int
    number: int  # of the seed's machines

    @property
    def word(self):
        return self.seed * 1000 + self.number

    @property
    def profile(self):
        return self.number % len(PROFILES)

    @property
    def cores(self):
        return 1 + (self.seed + self.number // len(PROFILES)) % 2

    @property
    def cpu(self):
        return CPUS[(self.seed + self.number) % len(CPUS)]

    def __str__(self):
        return f"seed {self.seed} run {self.number}: {PROFILES[self.profile]}, {self.cores} cores, {self.cpu}"


@dataclass
class Outcome:
    """What came of it; `wrong` is empty if all is well."""

    end: str
    blocks: int = 0
    exceptions: int = 0
    wrong: str = ""


def prepare(run, folder):
    """A copy of the program with the run's numbers in it, and a system that has it; returns the system's file."""
    program = bytearray(PROGRAM.read_bytes())
    place = program.index(MAGIC) + len(MAGIC)
    for number, value in enumerate((run.word, run.profile, run.cores)):
        program[place + 8 * number : place + 8 * number + 8] = value.to_bytes(8, "little")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / "fuzzer.elf").write_bytes(program)
    system = folder / "fuzzer.dts"
    system.write_text(SYSTEM.read_text().replace("guests/hostile.elf", "fuzzer.elf"))
    with_cpu(folder / "boards", run.cpu)
    return system


def start(run, folder, *arguments):
    return BulkheadMachine(prepare(run, folder), folder, "-I", folder / "boards", *arguments)


def fuzz(machine, seconds):
    """Waits until the fuzzer has ended or is stuck, at most so long."""
    deadline = time.monotonic() + seconds
    blocks, since = None, time.monotonic()
    while (now := time.monotonic()) < min(deadline, since + STUCK):
        machine.settle(0.2)
        if ENDS.search(machine.text("stdout")):
            return
        lines = len(machine.text(NAME)) if NAME in machine.channels else 0
        if lines != blocks:
            blocks, since = lines, now


def judge(machine):
    """Looks at the neighbour, ends the machine, and says what is wrong, or nothing."""
    machine.command_line("neighbour", "check", "CHECKED")
    found = machine.expect("neighbour", r"NEIGHBOUR pattern (\w+) .* lost (\d+) exits (\d+)\r?\n")
    state = machine.command_line("neighbour", "state 0", r"^STATE 0 (\w+)\s")[1]
    if state != "running" and not ENDS.search(machine.text("stdout")):
        machine.expect("stdout", ENDS.pattern, patience=10)  # the log ring is read now and then only
    if found.groups() != ("ok", "0", "0"):
        return "neighbour: pattern {}, lost {}, exits {}".format(*found.groups())
    if "UNEXPECTED" in machine.text("neighbour"):
        return "neighbour: interrupts that are not its own"
    if state == "faulted" and not FAULT.search(machine.text("stdout")):
        return "partition faulted without a cause"
    return ""


def summary(machine):
    """How the partition ended, and how far it came."""
    text = machine.text("stdout")
    fault, end = FAULT.search(text), ENDS.search(text)
    lines = LINE.findall(machine.text(NAME)) if NAME in machine.channels else []
    blocks, others, _, exceptions, _ = lines[-1] if lines else (0, 0, 0, 0, "")
    return Outcome(
        end=fault[1] if fault else end[1] if end else "alive",
        blocks=int(blocks) + int(others),
        exceptions=int(exceptions),
    )


def execute(run, folder, seconds, *arguments):
    """One machine, from its start to the verdict."""
    with start(run, folder, *arguments) as machine:
        wrong = ""
        try:
            machine.expect("neighbour", "NEIGHBOUR ready")
            fuzz(machine, seconds)
            wrong = judge(machine)
        except (MachineError, KeyError) as error:
            wrong = str(error)
        outcome = summary(machine)
        status = machine.stop()
    if "panic" in machine.log("hypervisor"):
        wrong = "panic: " + re.search(r".*panic.*", machine.log("hypervisor"))[0]
    elif not wrong and status not in (0, 128 + 15):
        wrong = f"the machine ended with status {status}"
    outcome.wrong = wrong
    return outcome


def execute_seed(seed, seconds, folder):
    """All machines of a seed, for so long together; yields each run with its outcome."""
    until = time.monotonic() + seconds
    number = 0
    while number == 0 or time.monotonic() < until:
        run = Run(seed, number)
        left = until - time.monotonic()
        yield run, execute(run, folder / f"{seed}.{number}", max(2.0, min(left, seconds / 4)))
        number += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--seeds", type=int, default=20, help="how many (20)")
    parser.add_argument("--seconds", type=float, default=60, help="for each seed, about (60)")
    parser.add_argument("--run", type=int, help="only this one of the seed's machines, in instruction time")
    parser.add_argument("--folder", type=Path, default=BUILD / "fuzz-guest", help="for logs (build/fuzz-guest)")
    arguments = parser.parse_args()
    wrong = blocks = count = 0
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        if arguments.run is None:
            runs = execute_seed(seed, arguments.seconds, arguments.folder)
        else:
            run = Run(seed, arguments.run)
            runs = [(run, execute(run, arguments.folder / f"{seed}.{run.number}", arguments.seconds, "--icount"))]
        for run, outcome in runs:
            count += 1
            blocks += outcome.blocks
            wrong += bool(outcome.wrong)
            print(f"{run}: {outcome.blocks} blocks, {outcome.end}", flush=True)
            if outcome.wrong:
                print(f"WRONG {run}: {outcome.wrong}", flush=True)
    print(f"fuzz-guest: {arguments.seeds} seeds, {count} machines, {blocks} blocks, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
