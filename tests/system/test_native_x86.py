# SPDX-License-Identifier: Apache-2.0
"""Guests for x86-64 on a bare PC, with no hypervisor beneath but a stand-in that starts them."""

import pytest

from guests import Linux
from machine import BUILD, QEMU_X86

NATIVE = BUILD / "guests" / "native-x86.bin"
LINUX = BUILD / "linux-x86"
COM1, COM2 = "uart0", "uart1"

LINE = r"^rtos: (\d+) s  releases (\d+)  late (\d+) lost (\d+)  jitter us .*  exits n/a\r?\n"


@pytest.fixture
def pc(qemu):
    """Starts a PC with two UARTs and an image."""

    def start(image, *arguments, smp=1, ram="256M", machine="q35"):
        options = {"machine": machine, "cpu": "qemu64,+x2apic", "smp": smp, "ram": ram, "program": QEMU_X86}
        return qemu(image, *arguments, **options)

    return start


@pytest.fixture
def native(pc):
    """Starts an ELF of the RTOS runtime."""
    return lambda name, *arguments, **options: pc(
        NATIVE, "-initrd", BUILD / "guests" / f"{name}.elf", *arguments, **options
    )


@pytest.mark.parametrize("smp, checks", [(1, 5), (2, 13)])
def test_selftest(native, smp, checks):
    """With a second core it is started twice."""
    machine = native("rt-selftest-x86", smp=smp)
    assert int(machine.expect(COM1, r"^cores: (\d+) checks\r?\n")[1]) == checks
    assert int(machine.expect(COM1, r"^RT-SELFTEST ok (\d+) checks\r?\n")[1]) >= 135 + checks


@pytest.mark.parametrize("name, console", [("rtos-demo-x86-com1", COM1), ("rtos-demo-x86", COM2)])
def test_demo(native, name, console):
    """It counts its seconds, takes input by interrupt, and starts the machine anew."""
    machine = native(name)
    assert int(machine.expect(console, LINE)[2]) >= 1000
    machine.command_line(console, "help", r"^crash +\[address\]")
    machine.command_line(console, "exits", r"^no hypervisor that counts exits\r?\n")
    machine.command_line(console, "tasks", r"^control +priority 30 ")
    machine.send(console, "reset\r")
    machine.expect(console, r"^resetting\r?\n")
    assert machine.wait() == 0


def test_demo_ends_at_a_fault(native):
    """What its own memory map forbids ends it with one report, and a null pointer is that."""
    machine = native("rtos-demo-x86-com1")
    machine.expect(COM1, LINE)
    machine.command_line(
        COM1, "crash 0", r"^panic: exception 14 in main: error 0x0 cr2 0x0 rip 0x2[0-9a-f]{5} rsp 0x2[0-9a-f]{5}\r?\n"
    )


def test_no_clock_to_measure_with(native):
    """Without a hypervisor and without a PIT it says so."""
    machine = native("rtos-demo-x86-com1", machine="q35,pit=off")
    machine.expect(COM1, r"^panic: neither a hypervisor nor a PIT tells how fast time passes\r?\n")


def test_no_release_is_late(native):
    """By instructions: a second has a thousand releases, and none of them is late."""
    machine = native("rtos-demo-x86-com1", "-icount", "shift=0,sleep=off")
    for number in (1, 2, 3):
        assert tuple(map(int, machine.expect(COM1, LINE).groups())) == (number, 1000 * number, 0, 0)


def test_linux(pc):
    """Debian's kernel and busybox come to the shell that a partition has, on two CPUs, and switch the machine off."""
    arguments = ("-initrd", LINUX / "initramfs.cpio.gz", "-append", "console=ttyS0 quiet")
    machine = pc(LINUX / "bzImage", *arguments, smp=2)
    linux = Linux(machine, COM1)
    assert linux.wait_for_shell() == (2, (LINUX / "bzImage.release").read_text().strip())
    assert linux.shell("echo $((6 * 7))") == "42"
    linux.start("poweroff")
    assert machine.wait() == 0
