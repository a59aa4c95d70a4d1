#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on a board with a GICv2, whose CPU interface every partition has: its words."""

import pytest
from corrupt import LINUX, RTOS, Cases, corrupted, el2_leaf, expect, ram, remap, verify
from edit import ADDRESS, Image
from test_image import HERE, IMAGES, hypervisor, run

CASES = Cases()
refused = CASES.give


@pytest.fixture(name="image", scope="module")
def good_image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gicv2")
    for name, content in {**IMAGES, "bulkhead-qemu-virt-gicv2.elf": hypervisor()}.items():
        (folder / name).write_bytes(content)
    (folder / "two.dts").write_text((HERE / "two.dts").read_text().replace("gicv3", "gicv2"))
    result = run(folder, "build", folder / "two.dts", "-o", folder / "image")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    return folder, (folder / "image").read_bytes()


def test_right(image):
    folder, content = image
    assert verify(folder, content) == []
    assert verify(folder, content, folder / "two.dts") == []
    assert verify(folder, content, HERE / "two.dts")[0] == "the image is for another board than the configuration"


def interface(image, partition):
    first = image.rows("partitions")[partition]
    rows = image.rows("windows")[first.window_first : first.window_first + first.window_count]
    return next(row for row in rows if row.kind == 3)


@refused(
    "partition 'rtos' reaches 0x8011000, the interrupt controller (60 KiB at 0x8011000)",
    "partition 'rtos' does not reach all of 0x8000000, the interrupt controller (64 KiB at 0x8010000)",
    "partition 'rtos' has a window at 0x8000000, the interrupt distributor",
)
def interface_is_distributor(image):
    """In plan and table alike."""
    window = interface(image, RTOS)
    remap(image, RTOS, window.base, image.gicd_pa)
    window.pa = image.gicd_pa


@refused(
    "partition 'rtos' reaches 0x40600000, RAM of partition 'linux' (4 KiB at 0x8010000)",
    "partition 'rtos' does not reach all of 0x8010000, the interrupt controller (64 KiB at 0x8010000)",
)
def interface_is_memory(image):
    remap(image, RTOS, interface(image, RTOS).base, ram(image, LINUX).pa)


@refused(
    "partition 'linux' has a window at 0x9000000, an address that nobody has",
)
def device_called_interface(image):
    next(row for row in image.rows("windows") if row.kind == 2).kind = 3


@refused(
    "partition 'rtos' has a window at 0x8010000, the interrupt controller",
    "partition 'linux' and partition 'rtos' both have 0x8010000",
)
def interface_called_device(image):
    interface(image, RTOS).kind = 2


@refused(
    "partition 'rtos': virtual core 0x0 has the wrong identity, route or SGI target: 0x9",
)
def route_to_two(image):
    image.rows("vcpus")[2].route = 0x9


@refused(
    "partition 'linux': virtual core 0x0 has the wrong identity, route or SGI target: 0x1",
)
def sgi_to_neighbour(image):
    image.rows("vcpus")[0].sgi_target = 0x8


@refused(
    "core 0x0 at EL2 has its interrupt controller registers at 0x8000000, the interrupt distributor, "
    "which is not the core's",
    "core 0x1 at EL2 has its interrupt controller registers at 0x8000000, the interrupt distributor, "
    "which is not the core's",
    "core 0x3 at EL2 has its interrupt controller registers at 0x8000000, the interrupt distributor, "
    "which is not the core's",
    more=10,
)
def hypervisor_elsewhere(image):
    """EL2's page of the interface leads to the distributor."""
    core = image.rows("cores")[0]
    image.change(el2_leaf(image, 0, core.gicr_va), lambda word: word & ~ADDRESS | image.gicd_pa)


def test_interface_of_other_core(image):
    """The routes are right in themselves, but not as the board numbers its cores."""
    folder, content = image
    changed = Image(content)
    for row, bit in zip(changed.rows("vcpus"), (1, 2, 4)):
        row.route = row.sgi_target = bit
    assert verify(folder, changed.seal()) == []
    assert verify(folder, changed.seal(), folder / "two.dts") == [
        "partition 'rtos' has core 0x3 as its virtual core 0x0, which the configuration does not give it"
    ]


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_corrupt(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, corrupted(content, corrupt)), lines, more)
