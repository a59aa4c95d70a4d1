# SPDX-License-Identifier: Apache-2.0
"""What a mutant is, and the kinds of tests that notice one. The mutants themselves: rules_*.py."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit test program, by its name below build/unit."""

    program: str

    def __str__(self):
        return self.program


@dataclass(frozen=True)
class Attack:
    """Lines that test_isolation has answers to, on one machine with a GICv3."""

    lines: tuple

    def __str__(self):
        return "attack " + ", ".join(self.lines)


@dataclass(frozen=True)
class System:
    """A test of tests/system, with the hypervisor of `board` (else the Makefile's) built anew."""

    node: str
    board: str = ""

    def __str__(self):
        return self.node


@dataclass(frozen=True)
class Blind:
    """No test: the emulator does not model what would tell."""

    reason: str


@dataclass(frozen=True)
class Mutant:
    """`old`, which is in `file` exactly once, becomes `new`.

    `breaks` says what a guest, or a wrong plan, could then do; `test` is the cheapest one that notices it. What the
    emulator cannot show is listed all the same, with the reason, so that the list of rules stays whole.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    test: object


MUTANTS = []  # all of them, once rules_*.py are imported


def mutate(file, test):
    """Begins a file's mutants: a function that adds them, for one test unless told another."""

    def add(name, old, new, breaks, test=test):
        MUTANTS.append(Mutant(name, file, old, new, breaks, test))

    return add


def attack(*lines):
    return Attack(lines)


def ends(line):
    return System(f"test_isolation.py::test_attacks_that_end_the_partition[gicv3-{line}]")


def refusal(test):
    return System(f"test_refusals.py::{test}")
