# SPDX-License-Identifier: Apache-2.0
"""Stopping a partition whose other core does not want to come back, and partitions that exit as fast as they can.

Each state of the second core is one that a guest can enter by itself. With `wfi = "trap"` every one is regained. With
native WFI a core that has made itself deaf sleeps on: its partition is stopped all the same, and the core is reported.
"""

import pytest

from boards import with_cpu
from guests import Neighbour
from test_isolation import HOSTILE, SYSTEMS, UNDECODED, Arena

SYSTEM = SYSTEMS["gicv3"]
ELFS = {"gicv2": "hostile-gicv2.elf", "gicv3": "hostile.elf"}
TITLE = "recall"

# The second core's states, by the attack's argument (tests/guests/hostile/recall.c).
STATES = {
    0: "WFI and a 1 kHz timer",
    1: "busy, and a 1 kHz timer",
    2: "b . with all masked",
    3: "WFI with all masked",
    4: "WFI, CPU interface closed",
    5: "WFI, the kick's SGI masked by priority",
    6: "WFI, the kick's SGI active",
    7: "WFI inside an interrupt, no preemption",
    8: "WFI at the highest running priority",
    9: "WFE with all masked",
}
# Those that native WFI does not come back from. A GICv3 lets the kicking core change what a GICv2 keeps for its own core.
DEAF = {"gicv2": (4, 5, 6, 7, 8), "gicv3": (4, 7, 8)}


@pytest.fixture
def system(folder):
    """The file of the attacker's system with its WFI native or trapped."""

    def make(controller, wfi):
        text = SYSTEMS[controller].read_text()
        place = f'\t\t\tkernel = "guests/{ELFS[controller]}";\n'
        assert text.count(place) == 1
        path = folder / "system.dts"
        path.write_text(text.replace(place, f'{place}\t\t\twfi = "{wfi}";\n'))
        return path

    return make


@pytest.mark.parametrize("controller", SYSTEMS)
@pytest.mark.parametrize("wfi", ["trap", "native"])
@pytest.mark.parametrize("state", STATES)
def test_recall(run, system, table, controller, wfi, state):
    arena = Arena(run(system(controller, wfi)))
    arena.attack(f"recall {state}")
    arena.machine.expect_hypervisor("virtual core 0: a read outside its memory and devices at .* 0x000010000000")
    arena.machine.expect_hypervisor("partition hostile faulted: stopped")
    comes_back = wfi == "trap" or state not in DEAF[controller]
    if comes_back:
        arena.machine.expect("stdout", "partition hostile virtual core 1 recalled")
    arena.check_neighbour()
    assert arena.cores() == (0 if comes_back else 0b10)
    assert arena.state() == "faulted"
    arena.check_neighbour()
    arena.check_hypervisor()
    assert ("virtual core 1 recalled" in arena.machine.log("hypervisor")) == comes_back
    table(TITLE, STATES[state], controller, f'wfi = "{wfi}"', "recalled" if comes_back else "stopped, asleep and reported")


@pytest.mark.parametrize("controller", SYSTEMS)
def test_closed_sleeps_end(run, system, table, controller):
    """Behind each closed door the timer ends a trapped WFI, and the door is as it was."""
    arena = Arena(run(system(controller, "trap")))
    before = Neighbour(arena.machine).exits(HOSTILE)
    arena.attack("sleeps-closed")
    answer = arena.answer()
    assert answer == "open kept off kept masked kept lowered kept active kept 0x1 0xf0 serving kept 1"
    after = Neighbour(arena.machine).exits(HOSTILE)
    assert after[0]["wfi"] - before[0]["wfi"] >= 6
    table(TITLE, "own sleeps, closed", controller, 'wfi = "trap"', answer)
    arena.check_neighbour()
    assert arena.state() == "running"
    arena.check_hypervisor()


def test_instruction_changes_under_the_hypervisor(run, table):
    """The access is made, or it ends the partition, which is then told with the instruction that was found."""
    arena = Arena(run(SYSTEM))
    arena.attack("race-instruction")
    found = arena.machine.expect_hypervisor(r"virtual core 0: (a register access .*?) at .*?, pc 0x\w+(.*)\n")
    arena.machine.expect_hypervisor("partition hostile faulted: stopped")
    arena.check_neighbour()
    table(TITLE, "instructions that change", "gicv3", "", f"{found[1]}{found[2]}")
    arena.check_hypervisor()


# Atomics are one core's that has them; none has a syndrome.
ATOMICS = {"swp": 0xB82A816C, "ldadd": 0xF82A016C, "cas": 0x88AA7D6C}


@pytest.mark.parametrize("name", ATOMICS)
def test_atomics_on_registers(run, folder, name):
    arena = Arena(run(SYSTEM, "-I", with_cpu(folder / "boards", "neoverse-n1")))
    arena.attack(f"mmio-instruction {ATOMICS[name]:#x}")
    arena.machine.expect_hypervisor(rf"{UNDECODED} at .*, instruction 0x{ATOMICS[name]:08x}")
    arena.machine.expect_hypervisor("partition hostile faulted: stopped")
    arena.check_neighbour()
    arena.check_hypervisor()


@pytest.mark.parametrize("controller", SYSTEMS)
def test_storm(run, table, controller):
    Arena(run(SYSTEMS[controller])).storm(table, controller, 10000)
