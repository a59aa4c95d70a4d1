#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on an x86 image with one corruption each, all checksums right again: what it says, word for word.

The image is that of two-x86.dts with stand-ins for hypervisor and guests (x86.py). Not here: random corruptions.
"""

import hashlib
import struct

import pytest
import x86
from corrupt import Cases, expect, ram, verify
from test_image import HERE, run
from x86 import ImageX86

FRONT, BACK = 0, 1
RAM = 0x67  # dirty, accessed, user's, writable, present
NO_EXECUTE = 1 << 63
CONFIG = HERE / "two-x86.dts"
CASES = Cases()
CLAIMS = Cases()
refused = CASES.give
claimed = CLAIMS.give


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("x86")
    for name, content in x86.IMAGES.items():
        (folder / name).write_bytes(content)
    result = run(folder, "build", CONFIG, "-o", folder / "image")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    return folder, (folder / "image").read_bytes()


def corrupted(content, corrupt):
    changed = ImageX86(content)
    corrupt(changed)
    return changed.seal()


def leaf(image, partition, guest, last=3):
    return image.descriptor(image.rows("partitions")[partition].stage2_root, guest, last)


def remap(image, partition, guest, physical):
    image.change(leaf(image, partition, guest), lambda word: word & ~x86.ADDRESS | physical)


def flip(image, address, bits):
    image.data[image.place_of(address)] ^= bits


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
    remap(image, FRONT, 0x200000, ram(image, BACK).pa)


@refused(
    "partition 'back' reaches 0x1000000, the hypervisor's code and data (2 MiB at 0x200000)",
    "partition 'back' does not reach all of 0x200000, RAM of partition 'back' (4 MiB at 0x0)",
)
def reach_hypervisor(image):
    remap(image, BACK, 0x200000, x86.LOAD)


@refused(
    "partition 'back' reaches 0x1200000, a golden image of partition 'front' (2 MiB at 0x200000)",
    "partition 'back' does not reach all of 0x200000, RAM of partition 'back' (4 MiB at 0x0)",
)
def reach_golden(image):
    remap(image, BACK, 0x200000, image.golden_base)


@refused(
    "partition 'front' reaches 0xfec00000, the I/O APIC (4 KiB at 0xfed00000)",
    "partition 'front' does not reach all of 0xfed00000, a device of partition 'front' (4 KiB at 0xfed00000)",
)
def reach_ioapic(image):
    remap(image, FRONT, 0xFED00000, image.gicd_pa)


@refused(
    "partition 'front' reaches 0xfee00000, the local APICs (4 KiB at 0xfed00000)",
    "partition 'front' does not reach all of 0xfed00000, a device of partition 'front' (4 KiB at 0xfed00000)",
)
def reach_local_apic(image):
    remap(image, FRONT, 0xFED00000, image.gicr_pa)


@refused(
    "partition 'front' reaches 0x8000, the page where cores begin (4 KiB at 0x80000000)",
    "partition 'front' does not reach all of 0x100000, RAM of partition 'front' (12 KiB at 0x80000000)",
)
def reach_trampoline(image):
    remap(image, FRONT, 0x80000000, image.machine.trampoline)


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
    image.change(leaf(image, BACK, 0x400000), lambda _: 0x60000000 | RAM | x86.LARGE)


@refused(
    "partition 'front' reaches 0xfed00000, a device of partition 'front', with wrong attributes (4 KiB at 0xfed00000)",
)
def device_cached(image):
    image.change(leaf(image, FRONT, 0xFED00000), lambda word: word & ~0x10)


@refused(
    "partition 'front' reaches 0xfed00000, a device of partition 'front', with wrong attributes (4 KiB at 0xfed00000)",
)
def device_executable(image):
    image.change(leaf(image, FRONT, 0xFED00000), lambda word: word & ~NO_EXECUTE)


@refused("partition 'front' reaches 0x101000, RAM of partition 'front', with wrong attributes (4 KiB at 0x80001000)")
def ram_of_supervisor(image):
    """Nested entries are walked as a user's: this one faults."""
    image.change(leaf(image, FRONT, 0x80001000), lambda word: word & ~4)


@refused("partition 'front' walks to the table at 0x1024000 by a descriptor with wrong bits, for 0x80000000")
def branch_writes_not(image):
    image.change(leaf(image, FRONT, 0x80001000, 2), lambda word: word & ~2)


@refused(
    "partition 'front' reaches 0x40000000, RAM that nobody has (1 GiB at 0x80000000)",
    "partition 'front' does not reach all of 0x100000, RAM of partition 'front' (12 KiB at 0x80000000)",
)
def huge_page(image):
    image.change(leaf(image, FRONT, 0x80000000, 1), lambda _: 0x40000000 | RAM | x86.LARGE)


@refused(
    "the hypervisor on core 0x0 reaches 0x1000000, the hypervisor's code and data, with wrong attributes "
    "(4 KiB at 0x1000000)",
    "the hypervisor on core 0x1 reaches 0x1000000, the hypervisor's code and data, with wrong attributes "
    "(4 KiB at 0x1000000)",
    "the hypervisor on core 0x1 while loading reaches 0x1000000, the hypervisor's code and data, with "
    "wrong attributes (4 KiB at 0x1000000)",
    "the hypervisor on core 0x2 reaches 0x1000000, the hypervisor's code and data, with wrong attributes "
    "(4 KiB at 0x1000000)",
    more=2,
)
def hypervisor_writes_text(image):
    image.change(image.descriptor(image.rows("cores")[1].el2_root, x86.LOAD), lambda word: word | 2)


@refused(
    "the hypervisor on core 0x0 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x1 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x1 while loading reaches 0x1037000, the nested tables' roots and run-time "
    "state, with wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x2 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    more=2,
)
def hypervisor_executes_data(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.shared_base)
    image.change(at, lambda word: word & ~NO_EXECUTE)


@refused(
    "the hypervisor on core 0x0 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x1 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x1 while loading reaches 0x1037000, the nested tables' roots and run-time "
    "state, with wrong attributes (4 KiB at 0x1037000)",
    "the hypervisor on core 0x2 reaches 0x1037000, the nested tables' roots and run-time state, with "
    "wrong attributes (4 KiB at 0x1037000)",
    more=2,
)
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


@refused(
    "the hypervisor on core 0x0 reaches 0xfec00000, the I/O APIC, with wrong attributes (4 KiB at 0x1049000)",
    "the hypervisor on core 0x1 reaches 0xfec00000, the I/O APIC, with wrong attributes (4 KiB at 0x1049000)",
    "the hypervisor on core 0x1 while loading reaches 0xfec00000, the I/O APIC, with wrong attributes (4 "
    "KiB at 0x1049000)",
    "the hypervisor on core 0x2 reaches 0xfec00000, the I/O APIC, with wrong attributes (4 KiB at 0x1049000)",
    more=2,
)
def ioapic_cached(image):
    at = image.descriptor(image.rows("cores")[1].el2_root, image.gicd_va)
    image.change(at, lambda word: word & ~0x18)


@refused("partition 'back' has 0x1 as a control of its nested tables, where 0x0 is right")
def control_value(image):
    image.rows("partitions")[BACK].stage2_control = 1


@refused("partition 'back' has an address space of 41 bits, which cannot be right")
def space_too_large(image):
    image.rows("filters")[1].base = 1 << 40


@refused(
    "partition 'back' has ASID 1, which partition 'front' has too, or which does not exist",
    "partition 'back' starts cores by a control block at 0x1035000 that is wrong from byte 0x58 on",
    "partition 'back' starts cores by a control block at 0x1036000 that is wrong from byte 0x58 on",
)
def asid_twice(image):
    image.rows("partitions")[BACK].vmid = 1


@refused("partition 'back' starts cores by a control block at 0x1035000 that is wrong from byte 0xc on")
def nmi_not_intercepted(image):
    flip(image, image.controls(BACK)[0] + 0x0C, 2)


@refused("partition 'back' starts cores by a control block at 0x1036000 that is wrong from byte 0xf on")
def shutdown_not_intercepted(image):
    flip(image, image.controls(BACK)[1] + 0x0F, 0x80)


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0x90 on")
def no_nested_paging(image):
    flip(image, image.controls(FRONT)[0] + 0x90, 1)


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0xb1 on")
def other_root(image):
    start = image.controls(FRONT)[0]
    image.set_word(start + 0xB0, image.rows("partitions")[BACK].stage2_root)


@refused("partition 'front' starts cores by a control block at 0x102d000 that is wrong from byte 0x41 on")
def other_maps(image):
    image.set_word(image.controls(FRONT)[1] + 0x40, image.controls(BACK)[3])


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0xab on")
def event_injected(image):
    flip(image, image.controls(FRONT)[0] + 0xAB, 0x80)


@refused("partition 'front' starts cores by a control block at 0x102d000 that is wrong from byte 0x4d1 on")
def no_svme(image):
    flip(image, image.controls(FRONT)[1] + 0x4D1, 0x10)


@refused(
    "partition 'back' goes by a table at 0x1200000, a golden image of partition 'front', which is not "
    "among the constant tables",
)
def block_outside(image):
    fields = list(image.machine.partitions)
    fields[8 * BACK] = image.golden_base
    image.machine.partitions = tuple(fields)


@refused(
    "partition 'back' goes by a table at 0x1029000 that no table set of the hypervisor on core 0x3 covers",
    "partition 'front' and partition 'back' both have port 0x3f8",
)
def maps_of_neighbour(image):
    """By the plan and by both blocks."""
    fields = list(image.machine.partitions)
    fields[8 * BACK + 3] = fields[8 * FRONT + 3]
    image.machine.partitions = tuple(fields)
    for block in image.controls(BACK)[:2]:
        image.set_word(block + 0x40, fields[8 * FRONT + 3])


@refused(
    "partition 'back' has model-specific register 0xc0000080 without an exit, which is not harmless, by 0x1030820",
)
def msr_efer(image):
    flip(image, image.controls(BACK)[2] + 0x800 + 0x80 // 4, 0b11)


@refused("partition 'back' has model-specific register 0x830 without an exit, which is not harmless, by 0x103020c")
def msr_icr(image):
    flip(image, image.controls(BACK)[2] + 0x830 // 4, 0b10)


@refused("partition 'back' has model-specific register 0x10 without an exit, which is not harmless, by 0x1030004")
def msr_time(image):
    flip(image, image.controls(BACK)[2] + 0x10 // 4, 0b10)


@refused(
    "partition 'back' has model-specific register 0xffffffff without an exit, which is not harmless, by 0x1031fff",
)
def msr_bank_of_none(image):
    flip(image, image.controls(BACK)[2] + 0x1FFF, 0x80)


@refused("partition 'back' has port 0x20, which reaches the whole machine")
def port_pic(image):
    flip(image, image.controls(BACK)[3] + 0x20 // 8, 0b11)


@refused("partition 'back' has port 0xcf8, which reaches the whole machine")
def port_pci(image):
    flip(image, image.controls(BACK)[3] + 0xCF8 // 8, 0xFF)


@refused("partition 'back' has port 0x605, which reaches the whole machine")
def port_power(image):
    flip(image, image.controls(BACK)[3] + 0x605 // 8, 1 << 5)


@refused("partition 'back' has port 0x10000, which reaches the whole machine")
def port_beyond(image):
    flip(image, image.controls(BACK)[3] + 0x2000, 1)


@refused("partition 'front' and partition 'back' both have port 0x3f8")
def port_shared(image):
    flip(image, image.controls(BACK)[3] + 0x3F8 // 8, 0x0F)


@refused("partition 'front' and partition 'back' both have interrupt 36")
def pin_shared(image):
    row = image.rows("interrupts")[3]
    partition = image.rows("partitions")[BACK]
    mask = list(partition.interrupt_mask)
    mask[1] ^= 1 << 8 | 1 << 4
    partition.interrupt_mask = tuple(mask)
    row.id = 36


@refused("partition 'back' has interrupt 40 without a row, twice, or out of range")
def pin_of_none(image):
    image.machine.ioapic_pins = 8


@refused(
    "the image has interrupt 0 without a row, twice, or out of range",
    "partition 'front' has interrupt 34 without a row, twice, or out of range",
    "partition 'front' has interrupt 36 without a row, twice, or out of range",
    "partition 'back' has interrupt 35 without a row, twice, or out of range",
    more=1,
)
def pins_none(image):
    image.machine.ioapic_pins = 0


@refused("partition 'back' has interrupt 0 without a row, twice, or out of range")
def interrupt_private(image):
    partition = image.rows("partitions")[BACK]
    partition.interrupt_mask = (1, *partition.interrupt_mask[1:])


@refused(
    "the hypervisor on core 0x2 has APIC id 0x2, which the hypervisor on core 0x2 has too, or which is none",
    "partition 'back': virtual core 0x0 has the wrong identity, route or logical id: 0x3",
)
def core_twice(image):
    image.rows("cores")[3].mpidr = 2


@refused(
    "the hypervisor on core 0xff has APIC id 0xff, which the hypervisor on core 0xff has too, or which is none",
    "partition 'back': virtual core 0x0 has the wrong identity, route or logical id: 0x3",
)
def core_broadcast(image):
    image.rows("cores")[3].mpidr = 255


@refused("the hypervisor on core 0x3 is let go by a write to 0x9000, as no core of x86 is")
def core_released(image):
    image.rows("cores")[3].release = 0x9000


@refused("partition 'back': virtual core 0x0 has the wrong identity, route or logical id: 0x4")
def logical_id(image):
    image.rows("vcpus")[2].sgi_target = 4


@refused("partition 'front' has a wrong filter: at 0xfec00000, to 0x1037000")
def filter_elsewhere(image):
    image.rows("filters")[0].va = image.shared_base


@refused("partition 'front' has a filter at 0x80000000 over one of its windows")
def filter_over_window(image):
    image.rows("filters")[0].base = 0x80000000


@refused(
    "the hypervisor on core 0x0 reaches 0x8000, an address that nobody has (4 KiB at 0x8000)",
    "the hypervisor on core 0x0 does not reach all of 0x100000, RAM of partition 'front' (4 KiB at 0x100000)",
    "the hypervisor on core 0x1 reaches 0x8000, an address that nobody has (4 KiB at 0x8000)",
    "the hypervisor on core 0x1 does not reach all of 0x100000, RAM of partition 'front' (4 KiB at 0x100000)",
    more=10,
)
def trampoline_in_ram(image):
    image.machine.trampoline = 0x100000


@refused(
    "the hypervisor on core 0x0 reaches 0x8000, an address that nobody has (4 KiB at 0x8000)",
    "the hypervisor on core 0x0 does not reach all of 0x0, the page where cores begin (4 KiB at 0x0)",
    "the hypervisor on core 0x1 reaches 0x8000, an address that nobody has (4 KiB at 0x8000)",
    "the hypervisor on core 0x1 does not reach all of 0x0, the page where cores begin (4 KiB at 0x0)",
    more=9,
)
def trampoline_null(image):
    image.machine.trampoline = 0


@refused("the image has its APICs at 0xfec01000, an address that nobody has")
def ioapic_other(image):
    image.machine.ioapic_pa += 0x1000


@refused(
    "partition 'front' and the nested tables' roots and run-time state both keep 0x1037000 in the shared area",
    "partition 'back' and the nested tables' roots and run-time state both keep 0x1038000 in the shared area",
    "the image has run-time state at 0x1037000, the nested tables' roots and run-time state, that is out "
    "of place or overlaps other state",
)
def control_over_root(image):
    image.machine.control = image.rows("partitions")[0].stage2_root


@refused(
    "the image has run-time state at 0x1006000, the nested tables' roots and run-time state, that is out "
    "of place or overlaps other state",
)
def control_outside(image):
    image.machine.control = image.table_base


@refused(
    "the image has run-time state at 0x103a000, the nested tables' roots and run-time state, that is out "
    "of place or overlaps other state",
)
def host_over_control(image):
    image.machine.host = image.machine.control


@refused(
    "the image has run-time state at 0x103d040, the nested tables' roots and run-time state, that is out "
    "of place or overlaps other state",
)
def host_odd(image):
    image.machine.host += 0x40


@refused("it is for cores of vendor 2, whose controls verify does not know")
def intel(image):
    image.machine.vendor = 2


@refused("array 0 of its plan lies outside it or is too long")
def no_row(image):
    image.x86 = (image.x86[0], 0)


@refused("the image has its console at port 0xffff, which is none")
def console_of_none(image):
    image.console_va = 0xFFFF


@refused("the image has 0xffff in a field that is reserved or has no such value")
def power_off_beyond(image):
    image.machine.power_off_port = 0xFFFF


@refused("the image has 0x1000 in a field that is reserved or has no such value")
def field_of_nobody(image):
    fields = list(image.machine.partitions)
    fields[8 * 2] = 0x1000
    image.machine.partitions = tuple(fields)


@refused("its multiboot header has 0x2000000 where 0x1000000 is right")
def header_entry(image):
    struct.pack_into("<I", image.data, 64 + 28, 0x2000000)


@refused("its multiboot header has 0x1001000 where 0x1000000 is right")
def header_place(image):
    struct.pack_into("<I", image.data, 64 + 16, x86.LOAD + 0x1000)


@refused("partition 'front' starts at 0x200004, or with its start block at 0x90000, where no such image is")
def start_block_lost(image):
    image.rows("images")[2].kind = 2


@refused("partition 'back' starts at 0x200004, or with its start block at 0x0, where no such image is")
def start_without_block(image):
    image.rows("partitions")[BACK].argument = 0


@refused("partition 'front' has 0x3 in a field that is reserved or has no such value")
def tree_image(image):
    image.rows("images")[1].kind = 3


@refused(
    "partition 'back' goes by a table at 0x1035000 that no table set of the hypervisor on core 0x3 covers",
    "partition 'back' goes by a table at 0x1036000 that no table set of the hypervisor on core 0x3 covers",
)
def block_unchecked(image):
    """No core checks the sums of its partition's blocks any more."""
    image.rows("table_sets")[image.rows("cores")[3].table_set_first + 2].size -= 0x2000


@refused("the hypervisor on core 0x3 has 0x1000 in a field that is reserved or has no such value")
def core_frame(image):
    image.rows("cores")[3].gicr_va = 0x1000


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_refused(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, corrupted(content, corrupt)), lines, more)


# ---- beside its configuration ---------------------------------------------------------------------------------------


@claimed("partition 'back' has port 0x2e8, which the configuration does not give it")
def port_more(image):
    flip(image, image.controls(BACK)[3] + 0x2E8 // 8, 0xFF)


@claimed("partition 'front' lacks port 0x3f9, which the configuration gives it")
def port_less(image):
    flip(image, image.controls(FRONT)[3] + 0x3F8 // 8, 0b110)


@claimed("partition 'back' lacks port 0x72, which the configuration gives it")
def port_less_of_second_range(image):
    flip(image, image.controls(BACK)[3] + 0x70 // 8, 0b1100)


@claimed("the image is made for a machine with 0x3b9aca01, but 0x3b9aca00 in the configuration")
def other_frequency(image):
    image.machine.apic_frequency += 1


@claimed("the image is made for a machine with 0x2400, but 0x2000 in the configuration")
def other_power_off(image):
    image.machine.power_off_value = 0x2400


@claimed("the image is made for a machine with 0x80, but 0x18 in the configuration")
def other_pins(image):
    image.machine.ioapic_pins = 128


@claimed("the image has its console at port 0x2f8, but at 0x3f8 in the configuration")
def other_console(image):
    image.console_va = 0x2F8


@claimed("partition 'front' has interrupt 34, or its trigger, which the configuration does not give it")
def other_trigger(image):
    image.rows("interrupts")[0].edge = 1


@claimed("partition 'back' has an APIC at 0xfed10000, but at 0xfec00000 in the configuration")
def other_filter(image):
    image.rows("filters")[1].base = 0xFED10000


@claimed("the image has another hypervisor than the one that was built: from 0x1000800 on")
def bytes_behind_text(image):
    """In its last page, which is mapped as text."""
    image.data[0x800] = 0xCC


@claimed(
    "partition 'back' has an image at 0xffff0, which the configuration does not give it",
    "partition 'back' lacks an image of 16 bytes, which the configuration gives it",
)
def other_reset_vector(image):
    row = [row for row in image.rows("images") if row.base == 0xFFFF0][BACK]
    place = image.place_of(row.golden)
    image.data[place] ^= 1
    row.sha256 = hashlib.sha256(image.data[place : place + row.size]).digest()


@pytest.mark.parametrize("corrupt, lines, more", CLAIMS)
def test_claimed(image, corrupt, lines, more):
    folder, content = image
    content = corrupted(content, corrupt)
    assert verify(folder, content) == []
    expect(verify(folder, content, CONFIG), lines, more)


# ---- whose image it is ----------------------------------------------------------------------------------------------


def test_no_multiboot(image):
    """Neither loader's header, or the other one's."""
    folder, content = image
    lost = content[:64] + bytes(4) + content[68:]
    line = "it has neither an arm64 Image header nor a multiboot header, so bulkhead build did not make it"
    assert verify(folder, lost) == [line]
    assert verify(folder, lost[:56] + b"ARM\x64" + lost[60:]) == [line]
