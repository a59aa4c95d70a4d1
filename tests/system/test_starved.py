# SPDX-License-Identifier: Apache-2.0
"""A host that holds a machine for seconds: the neighbour tells that from periods that its own core has lost."""

import signal

import pytest

from machine import CPU_X86, IOMMU_X86, QEMU_X86, ROOT
from test_isolation import Arena

GUESTS = ROOT / "tests" / "guests"
X86 = {"machine": "q35", "cpu": CPU_X86, "program": QEMU_X86}
MACHINES = {"hostile": ((), {}), "hostile-x86": (IOMMU_X86, X86)}
SECONDS = 3  # beyond the second after which the neighbour gives a period up
LINE = r"NEIGHBOUR pattern ok .* held (\d+) ms lost (\d+) exits (\d+)\r?\n"


@pytest.mark.parametrize("name", MACHINES)
def test_held_is_not_lost(qemu, build, name):
    """All that was due meanwhile is made up for."""
    arguments, options = MACHINES[name]
    machine = qemu(build(GUESTS / f"{name}.dts"), *arguments, **options)
    arena = Arena(machine, "uart0", "uart1")
    machine.expect("uart1", LINE)
    machine.signal(signal.SIGSTOP)
    machine.settle(SECONDS)
    machine.signal(signal.SIGCONT)
    machine.flush("uart1")
    machine.expect("uart1", LINE)  # may have been on its way
    found = machine.expect("uart1", LINE)
    assert int(found[1]) >= (SECONDS - 1) * 1000
    assert found.groups()[1:] == ("0", "0")
    arena.check_neighbour()
