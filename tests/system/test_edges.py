# SPDX-License-Identifier: Apache-2.0
"""The exit paths that no usual guest takes: tests/coverage/edges.S walks them and says how each went."""

import pytest

from machine import ROOT

STEPS = ("fill", "transfers", "SGIs", "user", "undefined", "sleep")


@pytest.mark.parametrize("cpu", ["cortex-a53", "neoverse-n2", "max"])
def test_edges(qemu, build, cpu):
    """On cores without SVE and SME, with SVE, and with both."""
    machine = qemu(build(ROOT / "tests" / "coverage" / "edges.dts"), cpu=cpu)
    for step in STEPS:
        machine.expect("uart0", rf"edges: {step} ok\n")
    machine.expect("uart0", r"edges: stale\n")
    assert machine.wait() == 0
    assert "failed" not in machine.text("uart0")


def test_stale_translation(run):
    """The last step: which fault that is."""
    machine = run(ROOT / "tests" / "coverage" / "edges.dts")
    cause = "a register access whose instruction is outside its memory"
    machine.expect_hypervisor(f"partition edges virtual core 0: {cause}")
    machine.expect_hypervisor("partition edges faulted: stopped")
