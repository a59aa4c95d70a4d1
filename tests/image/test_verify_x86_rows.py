#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on an x86 image with one corruption each, all checksums right again: what it says, word for word,
of what the plan says of machine and partitions, alone and beside its configuration.

Not here: tables (test_verify_x86.py), control blocks (test_verify_svm.py, test_verify_vmx.py).
"""

import hashlib
import struct

import pytest
import x86
from corrupt import Cases, expect, verify
from x86 import AMD as CONFIG
from x86 import BACK, FRONT

CASES = Cases()
refused = CASES.give
CLAIMS = Cases()
claimed = CLAIMS.give


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    return x86.build(tmp_path_factory.mktemp("x86"), CONFIG)


@refused("partition 'back' has port 0x20, which reaches the whole machine")
def port_pic(image):
    x86.flip(image, image.controls(BACK)[3] + 0x20 // 8, 0b11)


@refused("partition 'back' has port 0xcf8, which reaches the whole machine")
def port_pci(image):
    x86.flip(image, image.controls(BACK)[3] + 0xCF8 // 8, 0xFF)


@refused("partition 'back' has port 0x605, which reaches the whole machine")
def port_power(image):
    x86.flip(image, image.controls(BACK)[3] + 0x605 // 8, 1 << 5)


@refused("partition 'front' and partition 'back' both have port 0x3f8")
def port_shared(image):
    x86.flip(image, image.controls(BACK)[3] + 0x3F8 // 8, 0x0F)


@refused(
    "partition 'front' and partition 'back' both have interrupt 36",
    "partition 'back' sees 0x9 pins of the I/O APIC, where 0x5 are right",
)
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
    "partition 'back' may send interrupts to other cores than its own, or not to all of them",
)
def core_twice(image):
    image.rows("cores")[3].mpidr = 2


@refused(
    "the hypervisor on core 0xff has APIC id 0xff, which the hypervisor on core 0xff has too, or which is none",
    "partition 'back': virtual core 0x0 has the wrong identity, route or logical id: 0x3",
    "partition 'back' may send interrupts to other cores than its own, or not to all of them",
)
def core_broadcast(image):
    image.rows("cores")[3].mpidr = 255


@refused("the hypervisor on core 0x3 is let go by a write to 0x9000, as no core of x86 is")
def core_released(image):
    image.rows("cores")[3].release = 0x9000


@refused("partition 'back': virtual core 0x0 has the wrong identity, route or logical id: 0x4")
def logical_id(image):
    image.rows("vcpus")[2].sgi_target = 4


@refused("partition 'front' may send interrupts to other cores than its own, or not to all of them")
def core_of_another(image):
    image.set_partition_field(FRONT, x86.CLUSTERS, image.partition_fields(FRONT)[x86.CLUSTERS] | 1 << 3)


@refused("partition 'front' may send interrupts to other cores than its own, or not to all of them")
def core_missing(image):
    clusters = image.partition_fields(FRONT)[x86.CLUSTERS]
    image.set_partition_field(FRONT, x86.CLUSTERS, clusters & clusters - 1)


@refused("partition 'back' may send interrupts to other cores than its own, or not to all of them")
def cluster_more(image):
    image.set_partition_field(BACK, x86.CLUSTER_COUNT, 2)


@refused("partition 'back' sees 0x18 pins of the I/O APIC, where 0x9 are right")
def pins_more(image):
    image.set_partition_field(BACK, x86.PINS, 24)


@refused("the image has 0x3 in a field that is reserved or has no such value")
def cluster_of_nobody(image):
    image.set_partition_field(2, x86.CLUSTERS + 15, 3)


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
    image.set_partition_field(2, 0, 0x1000)


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


@refused("the hypervisor on core 0x3 has 0x1000 in a field that is reserved or has no such value")
def core_frame(image):
    image.rows("cores")[3].gicr_va = 0x1000


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_refused(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, x86.corrupted(content, corrupt)), lines, more)


# ---- beside its configuration ---------------------------------------------------------------------------------------


@claimed("partition 'back' has port 0x2e8, which the configuration does not give it")
def port_more(image):
    x86.flip(image, image.controls(BACK)[3] + 0x2E8 // 8, 0xFF)


@claimed("partition 'front' lacks port 0x3f9, which the configuration gives it")
def port_less(image):
    x86.flip(image, image.controls(FRONT)[3] + 0x3F8 // 8, 0b110)


@claimed("partition 'back' lacks port 0x72, which the configuration gives it")
def port_less_of_second_range(image):
    x86.flip(image, image.controls(BACK)[3] + 0x70 // 8, 0b1100)


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
    content = x86.corrupted(content, corrupt)
    assert verify(folder, content) == []
    expect(verify(folder, content, CONFIG), lines, more)
