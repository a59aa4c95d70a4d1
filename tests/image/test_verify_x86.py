#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on an x86 image with one corruption each, all checksums right again: what it says, word for word,
of tables, the hypervisor's and those of AMD's partitions.

The image is that of two-x86.dts with stand-ins for hypervisor and guests (x86.py). Not here: Intel's
(test_verify_vmx.py), rows and ports (test_verify_x86_rows.py), control blocks (test_verify_svm.py), random corruptions
(tests/verify).
"""

import pytest
import x86
from corrupt import Cases, expect, ram, verify
from x86 import AMD as CONFIG
from x86 import BACK, FRONT, ImageX86

RAM = 0x67  # dirty, accessed, user's, writable, present
NO_EXECUTE = 1 << 63
STATE = "the nested tables' roots and run-time state"
CASES = Cases()
refused = CASES.give


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    return x86.build(tmp_path_factory.mktemp("x86"), CONFIG)


def test_right(image):
    folder, content = image
    assert verify(folder, content) == []
    assert verify(folder, content, CONFIG) == []
    assert verify(folder, ImageX86(content).seal(), CONFIG) == []


@refused(
    "partition 'front' reaches 0x200000, RAM of partition 'back' (2 MiB at 0x200000)",
    "partition 'front' does not reach all of 0x1400000, RAM of partition 'front' (16 MiB at 0x0)",
)
def reach_neighbour(image):
    x86.remap(image, FRONT, 0x200000, ram(image, BACK).pa)


@refused(
    "partition 'back' reaches 0x1000000, the hypervisor's code and data (2 MiB at 0x200000)",
    "partition 'back' does not reach all of 0x200000, RAM of partition 'back' (4 MiB at 0x0)",
)
def reach_hypervisor(image):
    x86.remap(image, BACK, 0x200000, x86.LOAD)


@refused(
    "partition 'back' reaches 0x1200000, a golden image of partition 'front' (2 MiB at 0x200000)",
    "partition 'back' does not reach all of 0x200000, RAM of partition 'back' (4 MiB at 0x0)",
)
def reach_golden(image):
    x86.remap(image, BACK, 0x200000, image.golden_base)


@refused(
    "partition 'front' reaches 0xfec00000, the I/O APIC (4 KiB at 0xfed00000)",
    "partition 'front' does not reach all of 0xfed00000, a device of partition 'front' (4 KiB at 0xfed00000)",
)
def reach_ioapic(image):
    x86.remap(image, FRONT, 0xFED00000, image.gicd_pa)


@refused(
    "partition 'front' reaches 0xfee00000, the local APICs (4 KiB at 0xfed00000)",
    "partition 'front' does not reach all of 0xfed00000, a device of partition 'front' (4 KiB at 0xfed00000)",
)
def reach_local_apic(image):
    x86.remap(image, FRONT, 0xFED00000, image.gicr_pa)


@refused(
    "partition 'front' reaches 0x8000, the page where cores begin (4 KiB at 0x80000000)",
    "partition 'front' does not reach all of 0x100000, RAM of partition 'front' (12 KiB at 0x80000000)",
)
def reach_trampoline(image):
    x86.remap(image, FRONT, 0x80000000, image.machine.trampoline)


@refused(
    "partition 'front' goes by a table at 0x102e000 that no table set of the hypervisor on core 0x1 covers",
    "partition 'front' goes by a table at 0x102e000 that no table set of the hypervisor on core 0x2 covers",
    "partition 'front' goes by a table at 0x102f000 that no table set of the hypervisor on core 0x1 covers",
    "partition 'front' goes by a table at 0x102f000 that no table set of the hypervisor on core 0x2 covers",
    more=2,
)
def reach_other_root_entry(image):
    """All that the neighbour has, 512 GiB up."""
    roots = [row.stage2_root for row in image.rows("partitions")]
    image.change(roots[FRONT] + 8, lambda _: image.word(roots[BACK]))


@refused("partition 'back' reaches 0x60000000, RAM that nobody has (2 MiB at 0x400000)")
def ram_of_nobody_mapped(image):
    image.change(x86.leaf(image, BACK, 0x400000), lambda _: 0x60000000 | RAM | x86.LARGE)


@refused(
    "partition 'front' reaches 0xfed00000, a device of partition 'front', with wrong attributes (4 KiB at 0xfed00000)",
)
def device_cached(image):
    image.change(x86.leaf(image, FRONT, 0xFED00000), lambda word: word & ~0x10)


@refused(
    "partition 'front' reaches 0xfed00000, a device of partition 'front', with wrong attributes (4 KiB at 0xfed00000)",
)
def device_executable(image):
    image.change(x86.leaf(image, FRONT, 0xFED00000), lambda word: word & ~NO_EXECUTE)


@refused("partition 'front' reaches 0x101000, RAM of partition 'front', with wrong attributes (4 KiB at 0x80001000)")
def ram_of_supervisor(image):
    """Nested entries are walked as a user's: this one faults."""
    image.change(x86.leaf(image, FRONT, 0x80001000), lambda word: word & ~4)


@refused("partition 'front' walks to the table at 0x1024000 by a descriptor with wrong bits, for 0x80000000")
def branch_writes_not(image):
    image.change(x86.leaf(image, FRONT, 0x80001000, 2), lambda word: word & ~2)


@refused(
    "partition 'front' reaches 0x40000000, RAM that nobody has (1 GiB at 0x80000000)",
    "partition 'front' does not reach all of 0x100000, RAM of partition 'front' (12 KiB at 0x80000000)",
)
def huge_page(image):
    image.change(x86.leaf(image, FRONT, 0x80000000, 1), lambda _: 0x40000000 | RAM | x86.LARGE)


def everywhere(place, owner, at):
    """Wrong attributes on the first three cores, of which one loads."""
    cores = ("0x0", "0x1", "0x1 while loading", "0x2")
    text = "the hypervisor on core {} reaches {}, {}, with wrong attributes (4 KiB at {})"
    return [text.format(core, place, owner, at) for core in cores]


@refused(*everywhere("0x1000000", "the hypervisor's code and data", "0x1000000"), more=2)
def hypervisor_writes_text(image):
    image.change(image.descriptor(image.rows("cores")[1].el2_root, x86.LOAD), lambda word: word | 2)


@refused(*everywhere("0x1037000", STATE, "0x1037000"), more=2)
def hypervisor_executes_data(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.shared_base)
    image.change(at, lambda word: word & ~NO_EXECUTE)


@refused(*everywhere("0x1037000", STATE, "0x1037000"), more=2)
def hypervisor_of_users(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.shared_base)
    image.change(at, lambda word: word | 4)


@refused(
    "the hypervisor on core 0x0 reaches 0x200000, RAM of partition 'back' (4 KiB at 0x8000)",
    "the hypervisor on core 0x0 does not reach all of 0x8000, the page where cores begin (4 KiB at 0x8000)",
    "the hypervisor on core 0x1 reaches 0x200000, RAM of partition 'back' (4 KiB at 0x8000)",
    "the hypervisor on core 0x1 does not reach all of 0x8000, the page where cores begin (4 KiB at 0x8000)",
    more=8,
)
def hypervisor_reaches_guest(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.machine.trampoline)
    image.change(at, lambda word: word & ~x86.ADDRESS | ram(image, BACK).pa)


@refused(*everywhere("0xfec00000", "the I/O APIC", "0x1049000"), more=2)
def ioapic_cached(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.gicd_va)
    image.change(at, lambda word: word & ~0x18)


@refused("partition 'back' has 0x1 as a control of its nested tables, where 0x0 is right")
def control_value(image):
    image.rows("partitions")[BACK].stage2_control = 1


@refused("partition 'back' has an address space of 41 bits, which cannot be right")
def space_too_large(image):
    image.rows("filters")[1].base = 1 << 40


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_refused(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, x86.corrupted(content, corrupt)), lines, more)


def test_no_multiboot(image):
    """Neither loader's header, or the other one's."""
    folder, content = image
    lost = content[:64] + bytes(4) + content[68:]
    line = "it has neither an arm64 Image header nor a multiboot header, so bulkhead build did not make it"
    assert verify(folder, lost) == [line]
    assert verify(folder, lost[:56] + b"ARM\x64" + lost[60:]) == [line]
