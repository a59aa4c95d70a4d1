# SPDX-License-Identifier: Apache-2.0
"""The exit paths that no usual guest takes: tests/coverage/edges.S walks them and says how each went."""

from machine import ROOT

STEPS = ("fill", "transfers", "SGIs", "user", "sleep")


def test_edges(run):
    machine = run(ROOT / "tests" / "coverage" / "edges.dts")
    for step in STEPS:
        machine.expect("edges", rf"edges: {step} ok\n")
    machine.expect_hypervisor("partition edges switched itself off")
    assert machine.wait() == 0
