# SPDX-License-Identifier: Apache-2.0
"""What tests of refusals share: one numbered line, no guest runs; and how plans are made wrong."""

import re

from machine import ROOT

REFUSALS = ROOT / "src" / "plan" / "refusal.h"
TITLE = "refusals"
SETTLED = 0.3  # seconds after a refusal in which a guest would have spoken: they do within 0.1

TEXTS = {
    f"E{int(number):02}": text
    for number, text in re.findall(r'X\((\d+), +REFUSAL_\w+, +"([^"]*)"\)', REFUSALS.read_text())
}


def expect_refusal(machine, number):
    """Waits for this refusal and nothing else; returns its line."""
    machine.expect("uart0", r"^bulkhead: E\d\d .*\n")
    machine.settle(SETTLED)
    said = machine.text("uart0") + machine.text("uart1")
    line = f"{number} {TEXTS[number]}"
    assert re.findall(r"\bE\d\d .*?(?=\r?\n)", said) == [line]
    assert all(line.startswith("bulkhead: ") for line in said.splitlines())
    assert "panic" not in said
    return line


def flipped(data, place, bit=0):
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return changed


def change_first(array, field, value):
    def change(plan):
        row = plan.rows(array)[0]
        setattr(row, field, value(plan) if callable(value) else value)

    return change


def change_header(field, value):
    def change(plan):
        setattr(plan, field, value(plan) if callable(value) else value)

    return change


def repeat_core(plan):
    first, second = plan.rows("cores")[:2]
    second.mpidr = first.mpidr


def give_core_twice(plan):
    former, last = plan.rows("cores")[-2:]
    last.vcpu = former.vcpu


def misplace_second_stack(plan):
    plan.rows("cores")[1].stack_top = 0x123450


def steal_interrupt(plan):
    """The second partition's interrupt in the first one's mask, too."""
    words = list(plan.rows("partitions")[0].interrupt_mask)
    theirs = plan.rows("partitions")[1].interrupt_mask
    plan.rows("partitions")[0].interrupt_mask = tuple(mine | other for mine, other in zip(words, theirs))
