#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on images with one corruption each, all checksums right again: what it says, word for word.

The image is that of two.dts with a stand-in for the hypervisor (test_image.py). Not here: EL2's own tables
(test_verify_el2.py), what only a configuration tells (test_verify_config.py), random corruptions.
"""

import struct

import pytest
from corrupt import FREE_RAM, LINUX, RTOS, VALID, Cases, corrupted, expect, ram, remap, stage2_leaf, verify
from edit import Image
from test_image import HERE, LOAD, PAGE, run

CASES = Cases()
refused = CASES.give


def test_right(image):
    folder, content = image
    assert verify(folder, content) == []
    assert verify(folder, content, HERE / "two.dts") == []
    assert verify(folder, Image(content).seal()) == []  # what the cases do besides their change changes nothing


# ---- what a partition reaches ---------------------------------------------------------------------------------------


@refused(
    "partition 'linux' reaches 0x50600000, RAM of partition 'rtos' (2 MiB at 0x40000000)",
    "partition 'linux' does not reach all of 0x40600000, RAM of partition 'linux' (256 MiB at 0x40000000)",
)
def reach_neighbour(image):
    remap(image, LINUX, ram(image, LINUX).base, ram(image, RTOS).pa)


@refused(
    "partition 'rtos' reaches 0x40200000, the hypervisor's code and data (2 MiB at 0x40000000)",
    "partition 'rtos' does not reach all of 0x50600000, RAM of partition 'rtos' (8 MiB at 0x40000000)",
)
def reach_hypervisor(image):
    remap(image, RTOS, ram(image, RTOS).base, LOAD)


@refused(
    "partition 'rtos' reaches 0x40400000, a golden image of partition 'linux' (2 MiB at 0x40000000)",
    "partition 'rtos' does not reach all of 0x50600000, RAM of partition 'rtos' (8 MiB at 0x40000000)",
)
def reach_golden(image):
    remap(image, RTOS, ram(image, RTOS).base, image.golden_base)


@refused("partition 'rtos' has a window at 0x85a0000, the interrupt controller")
def device_over_redistributor(image):
    """Of core 40, which the board's redistributor region has room for; in plan and table alike."""
    frame = image.gicr_pa + 40 * 0x20000
    image.rows("windows")[-2].pa = frame
    remap(image, RTOS, 0x09000000, frame)


@refused(
    "partition 'linux' has a window at 0x40600000, the interrupt controller",
    "partition 'linux' has a window at 0x9000000, the interrupt controller",
    "partition 'rtos' has a window at 0x50600000, the interrupt controller",
    "partition 'rtos' has a window at 0x9040000, the interrupt controller",
    "partition 'rtos' has a window at 0x9010000, the interrupt controller",
    "the image has interrupt controller registers at 0x80a0000, the redistributor of core 0x0",
)
def redistributors_in_ram(image):
    image.gicr_size = 0x80000000


@refused("it is for architecture 1 with interrupt controller 4, which verify does not know")
def other_controller(image):
    image.gic = 4


@refused(
    "partition 'rtos' reaches 0x70000000, RAM that nobody has (2 MiB at 0x40000000)",
    "partition 'rtos' does not reach all of 0x50600000, RAM of partition 'rtos' (8 MiB at 0x40000000)",
)
def reach_free_ram(image):
    remap(image, RTOS, ram(image, RTOS).base, FREE_RAM)


@refused(
    "partition 'rtos' reaches 0x8000000, the interrupt distributor (4 KiB at 0x9000000)",
    "partition 'rtos' does not reach all of 0x9040000, a device of partition 'rtos' (4 KiB at 0x9000000)",
)
def reach_distributor(image):
    remap(image, RTOS, 0x09000000, image.gicd_pa)


@refused(
    "partition 'rtos' reaches 0x80a0000, the redistributor of core 0x0 (4 KiB at 0x9000000)",
    "partition 'rtos' does not reach all of 0x9040000, a device of partition 'rtos' (4 KiB at 0x9000000)",
)
def reach_redistributor(image):
    remap(image, RTOS, 0x09000000, image.gicr_pa)


@refused(
    "partition 'rtos' reaches 0x70000000, RAM that nobody has (2 MiB at 0x40800000)",
)
def reach_more(image):
    """A page above the RTOS's RAM, in a leaf that was invalid."""
    guest = ram(image, RTOS).base + ram(image, RTOS).size
    image.set_word(stage2_leaf(image, RTOS, guest), FREE_RAM | 0x7FD)


@refused(
    "partition 'rtos' does not reach all of 0x50600000, RAM of partition 'rtos' (8 MiB at 0x40000000)",
)
def lose_ram(image):
    image.change(stage2_leaf(image, RTOS, ram(image, RTOS).base), lambda word: word & ~VALID)


@refused(
    "partition 'rtos' reaches 0x9040000, a device of partition 'rtos', with wrong attributes (4 KiB at 0x9000000)",
)
def device_as_memory(image):
    image.change(stage2_leaf(image, RTOS, 0x09000000), lambda word: word | 0x3C)


@refused(
    "partition 'rtos' walks a table at 0x4020f000 that no table set of core 0x3 at EL2 covers",
    "partition 'rtos' reaches 0x40600000, RAM of partition 'linux' (256 MiB at 0x40000000)",
    "partition 'rtos' does not reach all of 0x50600000, RAM of partition 'rtos' (8 MiB at 0x40000000)",
)
def table_of_neighbour(image):
    """The neighbour's whole tree, entry by entry."""
    roots = [image.rows("partitions")[i] for i in (LINUX, RTOS)]
    entry = image.word(roots[LINUX].stage2_root + 8)
    image.change(roots[RTOS].stage2_root + 8, lambda _: entry)


@refused(
    "partition 'rtos' walks a table at 0x70000000, RAM that nobody has, which is not among the constant tables",
    "partition 'rtos' does not reach all of 0x9040000, a device of partition 'rtos' (4 KiB at 0x9000000)",
    "partition 'rtos' does not reach all of 0x9010000, a device of partition 'rtos' (4 KiB at 0x9010000)",
)
def table_outside(image):
    image.change(image.rows("partitions")[RTOS].stage2_root, lambda _: FREE_RAM | 3)


@refused(
    "partition 'rtos' walks to the table at 0x40213000 by a descriptor with wrong bits, for 0x0",
)
def table_restricts(image):
    """A table descriptor with attributes for what is below it."""
    image.change(image.rows("partitions")[RTOS].stage2_root, lambda word: word | 1 << 59)


@refused(
    "the stage-2 roots and run-time state at 0x40215040: not zero, as they are at the start",
    "partition 'rtos' and partition 'linux' both keep 0x40215000 in the shared area",
    "partition 'rtos' walks a table at 0x40215000 that no table set of core 0x3 at EL2 covers",
    more=13,
)
def root_of_neighbour(image):
    partitions = image.rows("partitions")
    partitions[RTOS].stage2_root = partitions[LINUX].stage2_root


@refused(
    "partition 'rtos' has a root entry at 0x40215040 that a recall clears or restores wrongly",
)
def root_not_restored(image):
    image.rows("roots")[image.rows("partitions")[RTOS].root_first].value ^= 1 << 12


@refused(
    "partition 'rtos' has VTCR_EL2 0x80022561, where 0x80023561 is right",
)
def control_shareability(image):
    image.rows("partitions")[RTOS].stage2_control ^= 1 << 12


@refused(
    "partition 'rtos' has VTCR_EL2 0x80023560, where 0x80023561 is right",
)
def control_size(image):
    image.rows("partitions")[RTOS].stage2_control -= 1


@refused(
    "partition 'rtos' has VMID 1, which partition 'linux' has too, or which does not exist",
)
def vmid_twice(image):
    partitions = image.rows("partitions")
    partitions[RTOS].vmid = partitions[LINUX].vmid


# ---- rows -----------------------------------------------------------------------------------------------------------


@refused(
    "partition 'rtos' has interrupt 33 without a row, twice, or out of range",
    "partition 'linux' and partition 'rtos' both have interrupt 33",
)
def interrupt_shared(image):
    partitions = image.rows("partitions")
    row = image.rows("interrupts")[partitions[LINUX].interrupt_first]
    mask = list(partitions[RTOS].interrupt_mask)
    mask[row.id // 32] |= 1 << row.id % 32
    partitions[RTOS].interrupt_mask = tuple(mask)


@refused(
    "partition 'rtos' has interrupt 96 without a row, twice, or out of range",
)
def interrupt_without_row(image):
    partition = image.rows("partitions")[RTOS]
    mask = list(partition.interrupt_mask)
    mask[3] |= 1
    partition.interrupt_mask = tuple(mask)


@refused(
    "core 0x1 at EL2 and partition 'linux' do not name each other",
    "partition 'linux' and core 0x0 at EL2 do not name each other",
    "partition 'linux': virtual core 0x1 has the wrong identity, route or SGI target: 0x1",
    "partition 'linux' has a wrong filter: at 0x80a0000, to 0x40230000",
)
def core_shared(image):
    vcpus = image.rows("vcpus")
    vcpus[1].core = vcpus[0].core


@refused(
    "core 0x0 at EL2 has MPIDR 0x0, which core 0x0 at EL2 has too, or which is none",
    "partition 'linux': virtual core 0x1 has the wrong identity, route or SGI target: 0x1",
)
def core_twice(image):
    cores = image.rows("cores")
    cores[1].mpidr = cores[0].mpidr


@refused(
    "core 0x0 at EL2 is let go by a write to 0x40600000, RAM of partition 'linux': all cores need places that nobody has, or none does",
    "core 0x1 at EL2 is let go by a write to 0x40600008, RAM of partition 'linux': all cores need places that nobody has, or none does",
    "core 0x3 at EL2 is let go by a write to 0x40600018, RAM of partition 'linux': all cores need places that nobody has, or none does",
)
def let_go_in_a_neighbours_memory(image):
    """EL2 would write there."""
    for row in image.rows("cores"):
        row.release = image.rows("windows")[0].pa + 8 * row.mpidr


@refused("core 0x1 at EL2 is let go by a write to 0x1000, an address that nobody has: all cores need places that nobody has, or none does")
def let_go_otherwise(image):
    image.rows("cores")[1].release = 0x1000


@refused(
    "core 0x1 at EL2 is let go by a write to 0x1000, an address that nobody has: all cores need places that nobody has, or none does",
    "core 0x3 at EL2 is let go by a write to 0x1000, an address that nobody has: all cores need places that nobody has, or none does",
)
def let_go_together(image):
    for row in image.rows("cores"):
        row.release = 0x1000


@refused(
    "partition 'linux': virtual core 0x0 has the wrong identity, route or SGI target: 0x3",
)
def route_to_neighbour(image):
    vcpus = image.rows("vcpus")
    vcpus[0].route = vcpus[2].route


@refused(
    "partition 'linux': virtual core 0x0 has the wrong identity, route or SGI target: 0x8",
)
def sgi_to_neighbour(image):
    vcpus = image.rows("vcpus")
    vcpus[0].sgi_target = vcpus[2].sgi_target


@refused(
    "partition 'linux': virtual core 0x1 has the wrong identity, route or SGI target: 0x0",
)
def virtual_id(image):
    image.rows("vcpus")[1].virtual_id = 0


@refused(
    "partition 'rtos' has a wrong filter: at 0x80a0000, to 0x40230000",
)
def filter_to_neighbour(image):
    filters = image.rows("filters")
    filters[3].va = filters[1].va


@refused(
    "partition 'rtos' has a filter at 0x9000000 over one of its windows",
)
def filter_covered(image):
    image.rows("filters")[2].base = 0x09000000


@refused(
    "partition 'rtos' reaches 0x9010000, an address that nobody has (4 KiB at 0x9010000)",
    "partition 'rtos' does not reach all of 0x9000000, a device of partition 'rtos' (4 KiB at 0x9010000)",
    "partition 'linux' and partition 'rtos' both have 0x9000000",
)
def windows_overlap(image):
    windows = image.rows("windows")
    windows[-1].pa = windows[1].pa


@refused(
    "the image has run-time state at 0x40215080, the stage-2 roots and run-time state, that is out of "
    "place or overlaps other state",
)
def states_overlap(image):
    image.vcpu_state = image.core_state


@refused(
    "partition 'linux' and the stage-2 roots and run-time state both keep 0x40215000 in the shared area",
    "partition 'rtos' and the stage-2 roots and run-time state both keep 0x40215040 in the shared area",
)
def state_in_root(image):
    image.partition_state = image.rows("partitions")[LINUX].stage2_root


@refused(
    "the stage-2 roots and run-time state at 0x40215380: not zero, as they are at the start",
)
def state_not_zero(image):
    image.set_word(image.partition_state, 2)


@refused(
    "partition 'r?[2J??' has VMID 1, which partition 'linux' has too, or which does not exist",
)
def name_unprintable(image):
    """A name is any bytes; it must not reach the terminal as they are."""
    partitions = image.rows("partitions")
    partitions[RTOS].name = b"r\x1b[2J\n\xff".ljust(32, b"\0")
    partitions[RTOS].vmid = partitions[LINUX].vmid


@refused(
    "partition 'rtos' has 0x22 in a field that is reserved or has no such value",
)
def observes_nobody(image):
    image.rows("partitions")[RTOS].observes |= 1 << 5


@refused(
    "partition 'linux' has a window at 0x40000000 that is malformed: 0x40600000",
)
def reserved_field(image):
    image.rows("windows")[0].reserved = 1


# ---- images, hashes, checksums --------------------------------------------------------------------------------------


@refused(
    "partition 'linux' has a corrupt golden image at 0x40400000 (SHA-256)",
)
def golden_changed(image):
    image.data[image.place_of(image.golden_base) + 100] ^= 1


@refused(
    "partition 'linux' has an image whose copy at 0x50600000, RAM of partition 'rtos', is not inside its memory",
)
def image_over_neighbour(image):
    image.rows("images")[0].pa = ram(image, RTOS).pa


@refused(
    "partition 'rtos' starts at 0x40001004, or with its device tree at 0x40004000, where no such image is",
)
def entry_outside(image):
    image.rows("partitions")[RTOS].entry += PAGE


@refused(
    "its Image header has 0x1000 where 0x400000 is right",
)
def header_size(image):
    struct.pack_into("<Q", image.data, 16, 0x1000)


@refused(
    "core 0x3 at EL2 while loading walks a table at 0x40205f00 that no table set of core 0x3 at EL2 covers",
    "core 0x3 at EL2 while loading walks a table at 0x4020e000 that no table set of core 0x3 at EL2 covers",
    "partition 'rtos' walks a table at 0x40215040 that no table set of core 0x3 at EL2 covers",
    "partition 'rtos' walks a table at 0x40213000 that no table set of core 0x3 at EL2 covers",
    "partition 'rtos' walks a table at 0x40214000 that no table set of core 0x3 at EL2 covers",
    "partition 'rtos' walks a table at 0x40212000 that no table set of core 0x3 at EL2 covers",
)
def set_missing(image):
    """The core no longer checks its stage-2 tables."""
    image.rows("cores")[-1].table_set_count = 2


@pytest.mark.parametrize(
    "place, line",
    [
        (lambda plan: plan.place("gicd_va"), "its plan's header is corrupt (CRC)"),
        (lambda plan: plan.offset + plan.size - 1, "its plan's body is corrupt (CRC)"),
        (lambda plan: plan.offset, "it holds no plan: truncated, or bulkhead build did not make it"),
        (lambda plan: 0, "it is corrupt: its hash is not the plan's (SHA-256)"),
        (lambda plan: 56, "it has neither an arm64 Image header nor a multiboot header, so bulkhead build did not make it"),
    ],
)
def test_not_sealed(image, place, line):
    folder, content = image
    flipped = bytearray(content)
    flipped[place(Image(content))] ^= 1
    assert verify(folder, flipped) == [line]


def test_truncated(image):
    folder, content = image
    assert verify(folder, content[:-1]) == [
        f"it was made with {len(content)} bytes, but has {len(content) - 1}: truncated, or not copied whole"
    ]
    assert verify(folder, b"") == ["it has neither an arm64 Image header nor a multiboot header, so bulkhead build did not make it"]


def test_table_corrupt(image):
    """A root that all sets cover which begin before it: three CRCs and the hash."""
    folder, content = image
    changed = Image(content)
    sets = changed.rows("table_sets")
    changed.set_word(sets[0].base + sets[0].size - 8, 2)  # an invalid descriptor, ignored by the walk
    wrong = [f"table set {table_set.base:#x} is corrupt (CRC)" for table_set in sets if table_set.size == sets[0].size]
    found = verify(folder, bytes(changed.data))
    assert found[0] == "it is corrupt: its hash is not the plan's (SHA-256)"
    assert set(wrong) <= set(found)


def test_bounded(image):
    """However much is wrong, the list ends."""
    folder, content = image
    changed = Image(content)
    changed.gicd_va += 8  # nothing fits any more
    for core in changed.rows("cores"):
        core.el2_root = changed.rows("cores")[0].loader_root
    for number, window in enumerate(changed.rows("windows")):
        window.pa, window.base = 8 * number, 8
    lines = verify(folder, changed.seal())
    assert len(lines) <= 65


def test_unreadable(image):
    folder, _ = image
    result = run(folder, "verify", folder / "nowhere")
    assert (result.stdout, result.returncode) == ("", 1)
    assert result.stderr == f"{folder / 'nowhere'}: error: cannot be read: No such file or directory\n"


# ---- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_corrupt(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, corrupted(content, corrupt)), lines, more)
