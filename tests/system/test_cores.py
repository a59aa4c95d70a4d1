# SPDX-License-Identifier: Apache-2.0
"""The same system on other models of cores: Linux and an RTOS boot, with exits of the same kinds; the RTOS's loop has none."""

import pytest

from boards import with_cpu, with_secure_world
from guests import Linux, Neighbour
from machine import ROOT

OBSERVED = ROOT / "tests" / "guests" / "observed.dts"
IVI = 0
MODELS = ("cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76", "neoverse-n1", "neoverse-n2", "max")
KINDS = {"sgi", "psci", "service", "sysreg", "gicd", "gicr"}  # of Linux, up to its shell; it asks for KVM's services once
TWO_CORES = ROOT / "configs" / "partitions" / "ivi-rtos.dts"
TITLE = "models of cores"


@pytest.mark.parametrize("cpu", MODELS)
def test_linux_beside_an_rtos(run, folder, table, cpu):
    machine = run(OBSERVED, "-I", with_cpu(folder / "boards", cpu))
    ivi, neighbour = Linux(machine, "ivi"), Neighbour(machine)
    neighbour.wait_for_start()
    assert ivi.wait_for_shell()[0] == 2
    totals = {kind: sum(core[kind] for core in exits) for exits in [neighbour.exits(IVI)] for kind in exits[0]}
    kinds = {kind for kind, count in totals.items() if count}
    table(TITLE, cpu, "Linux INIT-OK", " ".join(f"{kind} {totals[kind]}" for kind in sorted(kinds)))
    assert kinds == KINDS
    for _ in range(2):
        machine.expect("neighbour", r"^NEIGHBOUR pattern ok .* lost 0 exits 0\r?\n")
    machine.stop()
    machine.check_log()


def test_second_core_with_two_security_states(run, folder):
    """Its kick wakes it: priorities, as the distributor has them, are other numbers than the CPU interface's mask then."""
    machine = run(TWO_CORES, "-I", with_secure_world(folder / "boards"))
    assert Linux(machine, "ivi").wait_for_shell()[0] == 2
    machine.stop()
    machine.check_log()
