# SPDX-License-Identifier: Apache-2.0
"""The shipped system for x86-64 from a disc, as a PC starts one: firmware, GRUB, and the same flat image."""

import subprocess

import pytest

from guests import Linux, Rtos
from machine import CPU_X86, IOMMU_X86, QEMU_X86

IMAGE = "boot/bulkhead.image"


@pytest.fixture
def disc(folder, build, system):
    """A disc that GRUB starts the image from."""
    tree = folder / "tree"
    (tree / "boot/grub").mkdir(parents=True, exist_ok=True)
    (tree / "boot/grub/grub.cfg").write_text(f"multiboot /{IMAGE}\nboot\n")
    build(system("ivi-rtos-x86"), tree / IMAGE)
    made = folder / "disc"
    command = ["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", made, tree]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return made


def test_both_partitions_start_from_a_disc(qemu, disc):
    """The hypervisor and Linux on the first UART, the RTOS on the second; both answer, and Linux's end is its own."""
    machine = qemu(None, "-cdrom", disc, *IOMMU_X86, machine="q35", cpu=CPU_X86, smp=4, program=QEMU_X86)
    machine.expect("uart0", r"^bulkhead: Bulkhead \S+ on qemu-q35, plan [0-9a-f]{64}\r?\n")
    ivi, rtos = Linux(machine, "uart0"), Rtos(machine, "uart1")
    assert ivi.wait_for_shell()[0] == 2
    assert ivi.shell("echo $((6 * 7))") == "42"
    ivi.start("poweroff")
    rtos.check_goes_on()
    machine.send("uart1", "off\r")
    assert machine.wait() == 0
