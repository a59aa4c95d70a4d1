#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on an x86 image with one corruption each, all checksums right again: what it says, word for word,
of AMD's control blocks and permission maps.

Not here: Intel's (test_verify_vmx.py), tables (test_verify_x86.py).
"""

import pytest
import x86
from corrupt import Cases, expect, verify
from x86 import AMD as CONFIG
from x86 import BACK, FRONT

CASES = Cases()
refused = CASES.give


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    return x86.build(tmp_path_factory.mktemp("x86"), CONFIG)


@refused(
    "partition 'back' has ASID 1, which partition 'front' has too, or which does not exist",
    "partition 'back' starts cores by a control block at 0x1035000 that is wrong from byte 0x58 on",
    "partition 'back' starts cores by a control block at 0x1036000 that is wrong from byte 0x58 on",
)
def asid_twice(image):
    image.rows("partitions")[BACK].vmid = 1


@refused("partition 'back' starts cores by a control block at 0x1035000 that is wrong from byte 0xc on")
def nmi_not_intercepted(image):
    x86.flip(image, image.controls(BACK)[0] + 0x0C, 2)


@refused("partition 'back' starts cores by a control block at 0x1036000 that is wrong from byte 0xf on")
def shutdown_not_intercepted(image):
    x86.flip(image, image.controls(BACK)[1] + 0x0F, 0x80)


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0x90 on")
def no_nested_paging(image):
    x86.flip(image, image.controls(FRONT)[0] + 0x90, 1)


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0xb1 on")
def other_root(image):
    start = image.controls(FRONT)[0]
    image.set_word(start + 0xB0, image.rows("partitions")[BACK].stage2_root)


@refused("partition 'front' starts cores by a control block at 0x102d000 that is wrong from byte 0x41 on")
def other_maps(image):
    image.set_word(image.controls(FRONT)[1] + 0x40, image.controls(BACK)[3])


@refused("partition 'front' starts cores by a control block at 0x102c000 that is wrong from byte 0xab on")
def event_injected(image):
    x86.flip(image, image.controls(FRONT)[0] + 0xAB, 0x80)


@refused("partition 'front' starts cores by a control block at 0x102d000 that is wrong from byte 0x4d1 on")
def no_svme(image):
    x86.flip(image, image.controls(FRONT)[1] + 0x4D1, 0x10)


@refused(
    "partition 'back' goes by a table at 0x1200000, a golden image of partition 'front', which is not "
    "among the constant tables",
)
def block_outside(image):
    image.set_partition_field(BACK, 0, image.golden_base)


@refused(
    "partition 'back' goes by a table at 0x1029000 that no table set of the hypervisor on core 0x3 covers",
    "partition 'front' and partition 'back' both have port 0x3f8",
)
def maps_of_neighbour(image):
    """By the plan and by both blocks."""
    ports = image.controls(FRONT)[3]
    image.set_partition_field(BACK, 3, ports)
    for block in image.controls(BACK)[:2]:
        image.set_word(block + 0x40, ports)


@refused(
    "partition 'back' has model-specific register 0xc0000080 without an exit, which is not harmless, by 0x1030820",
)
def msr_efer(image):
    x86.flip(image, image.controls(BACK)[2] + 0x800 + 0x80 // 4, 0b11)


@refused("partition 'back' has model-specific register 0x830 without an exit, which is not harmless, by 0x103020c")
def msr_icr(image):
    x86.flip(image, image.controls(BACK)[2] + 0x830 // 4, 0b10)


@refused("partition 'back' has model-specific register 0x10 without an exit, which is not harmless, by 0x1030004")
def msr_time(image):
    x86.flip(image, image.controls(BACK)[2] + 0x10 // 4, 0b10)


@refused(
    "partition 'back' has model-specific register 0xffffffff without an exit, which is not harmless, by 0x1031fff",
)
def msr_bank_of_none(image):
    x86.flip(image, image.controls(BACK)[2] + 0x1FFF, 0x80)


@refused("partition 'back' has port 0x10000, which reaches the whole machine")
def port_beyond(image):
    x86.flip(image, image.controls(BACK)[3] + 0x2000, 1)


@refused(
    "partition 'back' goes by a table at 0x1035000 that no table set of the hypervisor on core 0x3 covers",
    "partition 'back' goes by a table at 0x1036000 that no table set of the hypervisor on core 0x3 covers",
)
def block_unchecked(image):
    """No core checks the sums of its partition's blocks any more."""
    image.rows("table_sets")[image.rows("cores")[3].table_set_first + 2].size -= 0x2000


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_refused(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, x86.corrupted(content, corrupt)), lines, more)
