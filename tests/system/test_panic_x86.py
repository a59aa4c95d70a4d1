# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor does on x86-64 about a mistake of its own, or a machine that nobody can time."""

import re

import pytest

from flashing.plan import Plan
from machine import CPU_X86, IOMMU_X86, QEMU_X86, ROOT

SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos-x86.dts"
SETTLED = 0.3  # seconds in which whatever follows a panic would have come
ADDRESS = 0x000FFFFFFFFFF000


@pytest.fixture
def panics(qemu):
    """Starts an image; returns what the one panic says."""

    def start(image, machine="q35"):
        pc = qemu(image, *IOMMU_X86, machine=machine, cpu=CPU_X86, program=QEMU_X86)
        pc.expect("uart0", r"^bulkhead: panic: .*\n")
        pc.settle(SETTLED)
        said = re.findall(r"panic: (.*?)\r?$", pc.text("uart0"), re.M)
        assert len(said) == 1
        assert "rtos" not in pc.text("uart0") + pc.text("uart1")
        return said[0]

    return start


def take_away(plan, address):
    """The page at a virtual address, out of the first core's tables."""
    table = plan.rows("cores")[0].el2_root
    for shift in (39, 30, 21, 12):
        place = plan.place_of(table) + (address >> shift) % 512 * 8
        table = int.from_bytes(plan.data[place : place + 8], "little") & ADDRESS
    plan.data[place : place + 8] = bytes(8)
    plan.seal()


def test_panic_is_one_line(panics, build):
    """Without the I/O APIC's page, which every checksum knows of: a page fault with its address."""
    image = build(SYSTEM)
    plan = Plan(bytearray(image.read_bytes()))
    take_away(plan, plan.gicd_va)
    image.write_bytes(plan.data)
    assert re.fullmatch(rf"page fault at 0x{plan.gicd_va:016x}, pc 0x0000000001[0-9a-f]{{6}}", panics(image))


def test_no_timer_to_measure_with(panics, build):
    assert panics(build(SYSTEM), "q35,pit=off").startswith("the 8254 does not count, and the board file has no tsc-")
