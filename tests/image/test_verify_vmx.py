#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on an image for Intel's processors with one corruption each, all checksums right again: what it
says, word for word, of extended tables, fields of control structures and permission maps.

The image is that of two-intel.dts with stand-ins for hypervisor and guests (x86.py). Not here: what AMD's have too
(test_verify_x86.py, test_verify_x86_rows.py).
"""

import pytest
import x86
from corrupt import Cases, expect, ram, verify
from x86 import BACK, FRONT
from x86 import INTEL as CONFIG

CASES = Cases()
refused = CASES.give
PIN, PROCESSOR, SECONDARY, EXIT, ENTRY = 0x4000, 0x4002, 0x401E, 0x400C, 0x4012
EPT, LINK = 0x201A, 0x2800
EXECUTE, UNCACHED, WRITE_BACK = 4, 0, 6 << 3
ATTRIBUTES = "partition 'front' reaches {}, {} of partition 'front', with wrong attributes (4 KiB at {})"
DEVICE = ATTRIBUTES.format("0xfed00000", "a device", "0xfed00000")
SMALL = ATTRIBUTES.format("0x101000", "RAM", "0x80001000")


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    return x86.build(tmp_path_factory.mktemp("intel"), CONFIG)


def test_right(image):
    folder, content = image
    assert verify(folder, content) == []
    assert verify(folder, content, CONFIG) == []
    assert verify(folder, x86.image_of(content).seal(), CONFIG) == []


# ---- extended tables ------------------------------------------------------------------------------------------------


@refused("partition 'back' reaches 0x1400000, RAM of partition 'front' (2 MiB at 0x400000)")
def only_executable(image):
    """Any right alone makes an entry present: this one lets a guest execute what it can neither read nor write."""
    place = ram(image, FRONT).pa
    image.change(x86.leaf(image, BACK, 0x400000), lambda _: place | x86.LARGE | WRITE_BACK | EXECUTE)


@refused("partition 'back' does not reach all of 0x200000, RAM of partition 'back' (4 MiB at 0x0)")
def no_right(image):
    """Whatever else there is."""
    image.change(x86.leaf(image, BACK, 0x200000), lambda word: word & ~7)


@refused(DEVICE)
def device_cached(image):
    image.change(x86.leaf(image, FRONT, 0xFED00000), lambda word: word | WRITE_BACK)


@refused(DEVICE)
def device_executable(image):
    image.change(x86.leaf(image, FRONT, 0xFED00000), lambda word: word | EXECUTE)


@refused(SMALL)
def ram_uncached(image):
    image.change(x86.leaf(image, FRONT, 0x80001000), lambda word: word & ~WRITE_BACK)


@refused(SMALL)
def ram_ignores_pat(image):
    image.change(x86.leaf(image, FRONT, 0x80001000), lambda word: word | 1 << 6)


@refused(SMALL)
def ram_written_already(image):
    """Accessed and dirty flags are off."""
    image.change(x86.leaf(image, FRONT, 0x80001000), lambda word: word | 3 << 8)


@refused(SMALL)
def ram_read_only(image):
    image.change(x86.leaf(image, FRONT, 0x80001000), lambda word: word & ~2)


@refused("partition 'front' walks to the table at 0x1023000 by a descriptor with wrong bits, for 0x80000000")
def branch_executes_not(image):
    image.change(x86.leaf(image, FRONT, 0x80001000, 2), lambda word: word & ~EXECUTE)


@refused(
    "partition 'front' walks to the table at 0x1020000 by a descriptor with wrong bits, for 0x0",
    "partition 'front' has a root entry at 0x102e000 that a recall clears or restores wrongly",
)
def root_entry_kept(image):
    """By a recall: what can be executed alone is there, too."""
    root = image.rows("partitions")[FRONT].stage2_root
    image.set_word(root, image.word(root) & ~3)


# ---- fields ---------------------------------------------------------------------------------------------------------


CONTROLS = {
    "nmi": (PIN, 3),
    "virtual-nmi": (PIN, 5),
    "mwait": (PROCESSOR, 10),
    "rdpmc": (PROCESSOR, 11),
    "ports": (PROCESSOR, 25),
    "registers": (PROCESSOR, 28),
    "monitor": (PROCESSOR, 29),
    "secondary": (PROCESSOR, 31),
    "ept": (SECONDARY, 1),
    "vpid": (SECONDARY, 5),
    "wbinvd": (SECONDARY, 6),
    "unrestricted": (SECONDARY, 7),
    "host-64": (EXIT, 9),
    "exit-debug": (EXIT, 2),
    "exit-pat": (EXIT, 18),
    "host-pat": (EXIT, 19),
    "exit-efer": (EXIT, 20),
    "host-efer": (EXIT, 21),
    "entry-debug": (ENTRY, 2),
    "entry-pat": (ENTRY, 14),
    "entry-efer": (ENTRY, 15),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_control(image, name):
    """Each control that isolates must be set, and be demanded of the core."""
    folder, content = image
    field, bit = CONTROLS[name]
    right = x86.image_of(content).field(BACK, "reset", field)
    left_out = right.value & ~(1 << bit)
    optional = right.required & ~(1 << bit)
    changed = x86.corrupted(content, lambda image: setattr(image.field(BACK, "reset", field), "value", left_out))
    line = f"partition 'back' starts cores with {left_out:#x} in VMCS field {field:#x}, which is wrong"
    assert verify(folder, changed) == [line]
    changed = x86.corrupted(content, lambda image: setattr(image.field(BACK, "reset", field), "required", optional))
    line = f"partition 'back' demands {optional:#x} of VMCS field {field:#x}, which are not the controls that isolate"
    assert verify(folder, changed) == [line]


# What else a field could be that takes isolation away: encoding, value.
VALUES = {
    "link": (LINK, 0),
    "exceptions": (0x4004, 1 << 1 | 1 << 18),
    "accessed": (EPT, None),
    "debugctl": (0x2802, 1),
    "event": (0x4016, 0x80000B0E),
    "entry-list": (0x4014, 1),
    "exit-list": (0x4010, 1),
    "store-list": (0x400E, 1),
    "cr3-targets": (0x400A, 1),
    "caches": (0x6000, 0x20),
    "vmxe": (0x6002, (1 << 64) - 1 & ~0x772FBF),
    "machine-check": (0x6804, 0x2000),
    "efer": (0x2806, 1 << 11),
    "segment": (0x4816, 0x1009B),
}


@pytest.mark.parametrize("name", VALUES)
def test_value(image, name):
    folder, content = image
    field, value = VALUES[name]
    value = x86.image_of(content).field(FRONT, "reset", field).value | 1 << 6 if value is None else value
    changed = x86.corrupted(content, lambda image: setattr(image.field(FRONT, "reset", field), "value", value))
    assert verify(folder, changed) == [
        f"partition 'front' starts cores with {value:#x} in VMCS field {field:#x}, which is wrong"
    ]


@refused(
    "partition 'back' has ASID 1, which partition 'front' has too, or which does not exist",
    "partition 'back' starts cores with 0x2 in VMCS field 0x0, which is wrong",
)
def vpid_twice(image):
    image.rows("partitions")[BACK].vmid = 1


@refused("partition 'front' starts cores with 0x102f01e in VMCS field 0x201a, which is wrong")
def other_root(image):
    image.field(FRONT, "start", EPT).value = image.field(BACK, "start", EPT).value


@refused(
    "partition 'front' starts cores without VMCS field 0x4000, or with it twice",
    "partition 'front' starts cores with 0x28 in VMCS field 0x2010, which is wrong",
)
def field_missing(image):
    image.field(FRONT, "start", PIN).field = 0x2010


@refused(
    "partition 'front' starts cores without VMCS field 0x2802, or with it twice",
    "partition 'front' starts cores with 0x0 in VMCS field 0x6c16, which is wrong",
)
def field_of_host(image):
    """Where an exit would go, which is the hypervisor's to say."""
    image.field(FRONT, "start", 0x2802).field = 0x6C16


@refused(
    "partition 'front' starts cores without VMCS field 0x4000, or with it twice",
    "partition 'front' starts cores without VMCS field 0x2802, or with it twice",
)
def field_twice(image):
    """The second would have the last word."""
    image.field(FRONT, "start", 0x2802).field = PIN


@refused("the image refers to rows of the plan that are not there or not its own")
def rows_of_nobody(image):
    image.set_partition_field(BACK, 7, image.partition_fields(BACK)[7] - 1)


@refused("the image refers to rows of the plan that are not there or not its own")
def rows_beyond(image):
    image.set_partition_field(BACK, 6, image.partition_fields(BACK)[6] + 1)


@refused("partition 'back' has 0x1007000 in a field that is reserved or has no such value")
def control_block(image):
    image.set_partition_field(BACK, 0, image.table_base)


@refused("it is for cores of vendor 3, which verify does not know")
def other_vendor(image):
    image.machine.vendor = 3


# ---- maps -----------------------------------------------------------------------------------------------------------


@refused("partition 'front' starts cores with 0x1027000 in VMCS field 0x2002, which is wrong")
def second_half_of_ports(image):
    """Ports from 8000h on by the first map."""
    for name in ("start", "reset"):
        image.field(FRONT, name, 0x2002).value = image.controls(FRONT)[3]


@refused("partition 'back' has port 0x8000, which reaches the whole machine")
def port_in_second_half(image):
    image.machine.power_off_port = 0x8000
    x86.flip(image, image.controls(BACK)[3] + 0x1000, 1)


@refused(
    "partition 'back' has model-specific register 0xc0000080 without an exit, which is not harmless, by 0x102b410",
    "partition 'back' has model-specific register 0xc0000080 without an exit, which is not harmless, by 0x102bc10",
)
def msr_efer(image):
    for half in (0x400, 0xC00):
        x86.flip(image, image.controls(BACK)[2] + half + 0x80 // 8, 1)


@refused("partition 'back' has model-specific register 0x830 without an exit, which is not harmless, by 0x102b906")
def msr_icr(image):
    x86.flip(image, image.controls(BACK)[2] + 0x800 + 0x830 // 8, 1)


@refused("partition 'back' has model-specific register 0x10 without an exit, which is not harmless, by 0x102b802")
def msr_time(image):
    x86.flip(image, image.controls(BACK)[2] + 0x800 + 0x10 // 8, 1)


@refused("partition 'back' has model-specific register 0x3a without an exit, which is not harmless, by 0x102b007")
def msr_feature_control(image):
    x86.flip(image, image.controls(BACK)[2] + 0x3A // 8, 1 << 0x3A % 8)


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_refused(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, x86.corrupted(content, corrupt)), lines, more)
