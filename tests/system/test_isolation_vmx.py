# SPDX-License-Identifier: Apache-2.0
"""The hostile guest under Intel's VMX, on Bochs: attacks and answers as in test_isolation_x86.py, by the same tables.

One machine for all attacks that are answered. Those that end their partition need one each: some in `make test`, the others
in `make test-boards`.
"""

import functools
import json
import re
import subprocess

import pytest

import test_isolation_x86 as x86
from bochs import BochsMachine
from machine import BULKHEAD, ROOT
from test_isolation import READ, UNDECODED, Arena

pytestmark = pytest.mark.bochs

SYSTEM = ROOT / "tests" / "guests" / "hostile-bochs.dts"
BOARD = "bochs"
TITLE = "attack x answer, x86-64 with VMX"
COM1, COM2 = "com1", "com2"

# Violations that are told apart by more than a bit: a read, the guest's own walk, an event's delivery; the I/O APIC's decoder.
SOME_ENDS = {"read {neighbour_ram}", "walk {stage2_root}", "gates {neighbour_ram}", "ioapic-read-vector"}
SOME_LEAVES = {"apic-pending-vectors"}
SOME_STATES = {7}  # NMIs blocked, and the kick is one


@functools.cache
def logs():
    """The rings of the cores, by the plan of this very system."""
    command = [BULKHEAD, "build", SYSTEM, "--json", "-"]
    plan = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)
    return [(int(core["log"]["base"], 16), core["log"]["size"]) for core in plan["cores"] if core["runs-hypervisor"]]


class BochsArena(Arena):
    """Hears of ends by the neighbour, then looks at what the hypervisor has written of them."""

    def messages(self):
        return "\n".join(self.machine.messages(logs())) + "\n"

    def wait_for_end(self):
        while self.state() == "running":
            pass
        while self.cores() != 0:
            pass  # on their way
        return self.messages()

    def check_hypervisor(self):
        assert "panic" not in self.messages()
        self.machine.stop()


@pytest.fixture
def arena(machines, folder, build):
    machine = BochsMachine(build(SYSTEM), folder)
    machines.append(machine)
    return BochsArena(machine, COM1, COM2)


def some(lines, chosen):
    """Parameters of a test: those that are not chosen are for `make test-boards`."""
    assert chosen <= set(lines)
    return [pytest.param(line, marks=[] if line in chosen else [pytest.mark.boards]) for line in lines]


def title_of(line):
    return line.replace("{", "").replace("}", "")


def test_attacks_that_are_answered(arena, table):
    """What the neighbour looks at stays as it is found, so that it looks once, behind all of them."""
    arena.machine.command_line(COM1, "list", "end of list")
    attacks = set(re.findall(r"^attack ([\w-]+)\r?$", arena.machine.text(COM1), re.M))
    lines = [*x86.answers("intel"), *x86.ends("intel"), *x86.ENDLESS, *x86.LEAVES, "recall", "storm"]
    assert attacks == {line.split()[0] for line in lines}
    wrong = []
    for line, pattern in x86.answers("intel").items():
        arena.attack(x86.line_of(line, SYSTEM, BOARD))
        answer = arena.answer()
        right = re.fullmatch(pattern, answer)
        table(TITLE, title_of(line), answer if right else f"WRONG: {answer}, expected {pattern}")
        wrong += [] if right else [line]
    arena.check_neighbour()
    assert arena.state() == "running"
    arena.check_hypervisor()
    assert not wrong


@pytest.mark.parametrize("line", some(x86.ends("intel"), SOME_ENDS))
def test_attacks_that_end_the_partition(arena, table, line):
    cause = x86.ends("intel")[line]
    arena.attack(x86.line_of(line, SYSTEM, BOARD))
    said = arena.wait_for_end()
    message = re.search(r"^partition hostile virtual core 0: (.*?), pc (.*)$", said, re.M)
    table(TITLE, title_of(line), f"faulted: {message[1]}")
    assert message[1].startswith(cause)
    if cause == UNDECODED:
        assert re.match(r"\w+, instruction 0x\w{8}, ", message[2])
    assert re.search(r"^  rax rbx rcx rdx rsi rdi( [0-9a-f]{16}){6}\n  rbp rsp r8..( [0-9a-f]{16}){6}\n  r12..( [0-9a-f]{16}){4}$",
                     said, re.M)  # fmt: skip
    assert "partition hostile faulted: stopped\n" in said
    assert arena.state() == "faulted"
    arena.check_neighbour()
    assert "ATTACK" not in arena.machine.text(COM1)
    arena.check_hypervisor()


@pytest.mark.boards
@pytest.mark.parametrize("line", x86.ENDLESS)
def test_attacks_without_end(arena, table, line):
    arena.attack(line)
    for _ in range(3):
        arena.check_neighbour()
    assert arena.state() == "running"
    table(TITLE, line, "none; the neighbour goes on")
    arena.check_hypervisor()


@pytest.mark.parametrize("line", some(x86.LEAVES, SOME_LEAVES))
def test_ends_itself_alone(arena, table, line):
    arena.attack(line)
    assert f"partition hostile {x86.LEAVES[line]}" in arena.wait_for_end()
    arena.check_neighbour()
    assert arena.state() in ("off", "stopped")
    table(TITLE, line, x86.LEAVES[line])
    arena.check_hypervisor()


@pytest.mark.parametrize("state", some(x86.STATES, SOME_STATES))
def test_recall(arena, table, state):
    """The partition ends from its second core, and the first one comes back from whatever it does."""
    arena.attack(f"recall {state}")
    said = arena.wait_for_end()
    assert re.search(f"^partition hostile virtual core 1: {READ} at .* 0x000010000000", said, re.M)
    assert "partition hostile virtual core 0 recalled\n" in said
    assert arena.state() == "faulted"
    arena.check_neighbour()
    table("recall", x86.STATES[state], BOARD, "", "recalled")
    arena.check_hypervisor()


def test_storm(arena, table):
    arena.storm(table, BOARD, 1000, passes=1)
