#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify IMAGE FILE.dts`: corruptions that are wrong only beside the configuration."""

import hashlib
import struct

import pytest
from corrupt import READ_ONLY, RTOS, Cases, corrupted, el2_leaf, expect, verify
from test_image import ENDLESS_LOOP, HERE, LOAD, PAGE, READ, elf, hypervisor, make, run

CASES = Cases()
claimed = CASES.give


@claimed(
    "core 0x2 at EL2 has interrupt controller registers at 0x8100000, but at 0x80e0000 in the configuration",
    "partition 'rtos' has core 0x2 as its virtual core 0x0, which the configuration does not give it",
)
def core_of_nobody(image):
    """The RTOS on core 2, which the configuration leaves alone."""
    core = image.rows("cores")[2]
    core.mpidr = 2
    vcpu = image.rows("vcpus")[2]
    vcpu.route, vcpu.sgi_target = 2, 1 << 2


@claimed(
    "core 0x0 at EL2 is let go by a write to 0x1000, but to 0x0 in the configuration",
    "core 0x1 at EL2 is let go by a write to 0x1008, but to 0x0 in the configuration",
    "core 0x3 at EL2 is let go by a write to 0x1018, but to 0x0 in the configuration",
)
def let_go_by_a_spin_table(image):
    """Nobody has that memory, but firmware starts these cores."""
    for core in image.rows("cores"):
        core.release = 0x1000 + 8 * core.mpidr


@claimed(
    "partition 'rtos' has interrupt 26, or its trigger, which the configuration does not give it",
)
def private_interrupt(image):
    partition = image.rows("partitions")[RTOS]
    mask = list(partition.interrupt_mask)
    mask[0] |= 1 << 26
    partition.interrupt_mask = tuple(mask)


@claimed(
    "partition 'linux' has interrupt 33, or its trigger, which the configuration does not give it",
)
def interrupt_trigger(image):
    image.rows("interrupts")[0].edge ^= 1


@claimed(
    "partition 'rtos' has rights or options 0x3, but 0x2 in the configuration",
)
def observes_neighbour(image):
    image.rows("partitions")[RTOS].observes |= 1


@claimed(
    "partition 'rtos' has rights or options 0x2, but 0x0 in the configuration",
)
def wfi_option(image):
    image.rows("partitions")[RTOS].flags |= 2


@claimed(
    "the image has console registers at 0x9000008, but at 0x9000000 in the configuration",
)
def console_offset(image):
    image.console_va += 8


@claimed(
    "the image has text_offset 0x400000 in its header, but the load address is 0x200000 above the configuration's RAM",
)
def loader_elsewhere(image):
    """As if 2 MiB in front of all memory were reserved."""
    struct.pack_into("<Q", image.data, 8, 0x400000)


@claimed(
    "the image has when-all-off 0, but 1 in the configuration",
)
def all_off(image):
    image.when_all_off = 0


@claimed(
    "core 0x0 at EL2 reaches 0x40201000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40201000)",
    "core 0x0 at EL2 while loading reaches 0x40201000, the hypervisor's code and data, with wrong "
    "attributes (4 KiB at 0x40201000)",
    "core 0x1 at EL2 reaches 0x40201000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40201000)",
    "core 0x3 at EL2 reaches 0x40201000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40201000)",
    "core 0x3 at EL2 while loading reaches 0x40201000, the hypervisor's code and data, with wrong "
    "attributes (4 KiB at 0x40201000)",
)
def constants_writable(image):
    image.change(el2_leaf(image, 0, LOAD + PAGE), lambda word: word & ~READ_ONLY)


@claimed(
    "the image has another hypervisor than the one that was built: from 0x40200030 on",
)
def hypervisor_changed(image):
    image.data[0x30] ^= 1


@claimed(
    "partition 'linux' has an image at 0x40200000, which the configuration does not give it",
    "partition 'linux' lacks an image of 74565 bytes, which the configuration gives it",
)
def kernel_changed(image):
    row = image.rows("images")[0]
    place = image.place_of(row.golden)
    image.data[place + 100] ^= 1
    row.sha256 = hashlib.sha256(image.data[place : place + row.size]).digest()


@claimed(
    "partition 'rtos' starts at 0x40000008, but at 0x40000004 in the configuration",
)
def entry_moved(image):
    image.rows("partitions")[RTOS].entry += 4


@claimed(
    "partition 'spare' has another name in the configuration, or none there",
)
def partition_renamed(image):
    image.rows("partitions")[RTOS].name = b"spare".ljust(32, b"\0")


def test_device_too_many(image):
    """The configuration gives the RTOS one device less."""
    folder, content = image
    (folder / "less.dts").write_text((HERE / "two.dts").read_text().replace("&uart1 &rtc", "&uart1"))
    assert verify(folder, content, folder / "less.dts") == [
        "partition 'rtos' has device registers 0x9010000 at 0x9010000, which the configuration does not give it",
        "partition 'rtos' has interrupt 34, or its trigger, which the configuration does not give it",
    ]


def test_device_too_few(image):
    """And one more."""
    folder, content = image
    (folder / "more.dts").write_text((HERE / "two.dts").read_text().replace("<&uart0>", "<&uart0 &rtc>"))
    assert verify(folder, content, folder / "more.dts") == [
        "partition 'linux' lacks device registers 0x9010000 at 0x9010000, which the configuration gives it",
        "partition 'linux' lacks interrupt 34, which the configuration gives it",
    ]


def test_memory_differs(image):
    folder, content = image
    (folder / "memory.dts").write_text((HERE / "two.dts").read_text().replace("0x10000000>", "0x0f000000>"))
    assert verify(folder, content, folder / "memory.dts") == [
        "partition 'linux' has RAM at 0x40000000, size 0x10000000, which the configuration does not give it",
        "partition 'linux' lacks RAM at 0x40000000, size 0xf000000, which the configuration gives it",
    ]


def test_many_program_headers(image, tmp_path):
    """Of which most load nothing: linkers have no least number of them."""
    folder, _ = image
    segments = [(0x40000000 + 64 * i, 5, ENDLESS_LOOP, 4) for i in range(64)] + [(0x40000000, 4, b"", 0)] * 64
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "rtos.elf").write_bytes(elf(segments, 0x40000000))
    content = make(tmp_path)
    assert verify(tmp_path, content, HERE / "two.dts") == []


def test_hypervisor_differs(image, monkeypatch, tmp_path):
    """Another build of the hypervisor beside the configuration."""
    folder, content = image
    (tmp_path / "other.elf").write_bytes(hypervisor(data_flags=READ))
    monkeypatch.setenv("BULKHEAD_ELF", str(tmp_path / "other.elf"))
    assert verify(folder, content, HERE / "two.dts")[0] == (
        "core 0x0 at EL2 reaches 0x40202000, the hypervisor's code and data, with wrong attributes "
        "(8 KiB at 0x40202000)"
    )


def test_interrupt_controller_given(image):
    """The configuration itself gives away what nobody may have, under its own name or another: said where it stands."""
    folder, content = image
    (folder / "changed").write_bytes(content)
    text = (HERE / "two.dts").read_text()
    (folder / "gic.dts").write_text(text.replace("<&uart0>", "<&uart0 &gic>"))
    result = run(folder, "verify", folder / "changed", folder / "gic.dts")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "gic.dts:9: error: verify: linux: access names what is no device, or nobody's\n"
    twin = "/ { twin: twin@8000000 { reg = <0x0 0x08000000 0x0 0x1000>; }; };"
    (folder / "gic.dts").write_text(text.replace("<&uart0>", "<&uart0 &twin>") + twin)
    result = run(folder, "verify", folder / "changed", folder / "gic.dts")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "gic.dts:32: error: verify: twin@8000000: it is the interrupt controller's, which no partition may have\n"
    )


@pytest.mark.parametrize("arguments", [[], ["a", "b", "c"], ["--nonsense", "a"]])
def test_usage(image, arguments):
    result = run(image[0], "verify", *arguments)
    assert (result.stdout, result.returncode) == ("", 2)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_corrupt(image, corrupt, lines, more):
    folder, content = image
    changed = corrupted(content, corrupt)
    assert verify(folder, changed) == []
    expect(verify(folder, changed, HERE / "two.dts"), lines, more)
