# SPDX-License-Identifier: Apache-2.0
"""A disk that a Linux on x86-64 reaches directly: its registers, its DMA, its interrupts, and what a guest cannot make of them.

Not here: DMA to foreign memory, configuration space of others (test_dma_x86.py).
"""

import re
import subprocess

import pytest

from guests import Linux, Neighbour
from machine import CPU_X86, IOMMU_X86, QEMU_X86, ROOT
from refusals import TITLE, expect_refusal

SYSTEM = ROOT / "tests" / "guests" / "nvme-x86.dts"
ATTACK = ROOT / "tests" / "guests" / "nvme-attack-x86.dts"
IVI = 0  # the partition's number in SYSTEM
FROM_HOST, FROM_GUEST = "written by the host", "written by the guest"
DISK_SIZE = 32 << 20
READS = 'dd if=/dev/nvme0n1 of=/dev/null bs=64k count=256 iflag=direct 2>/dev/null'
FEWEST = 200  # interrupts of the disk in a phase: far above what else it would have; how many more is the host's business


@pytest.fixture
def disk(folder):
    """A file system with one file, made without a machine."""
    image, content = folder / "disk", folder / "content"
    content.mkdir(exist_ok=True)
    (content / "host").write_text(FROM_HOST + "\n")
    with open(image, "wb") as file:
        file.truncate(DISK_SIZE)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", content, image], check=True, timeout=60)
    yield image
    image.unlink()


def nvme(disk, further=""):
    return ("-drive", f"if=none,id=disk,format=raw,file={disk}", "-device", f"nvme,addr=3,drive=disk,serial=1{further}")


@pytest.fixture
def started(run, folder, disk):
    """SYSTEM on a machine with the disk: Linux with a shell, and who watches it."""
    file = folder / "system.dts"
    arguments = ", ".join(f'"{word}"' for word in (*IOMMU_X86, *nvme(disk)))
    file.write_text(f"{SYSTEM.read_text()}\n/ {{ bulkhead {{ qemu {{ arguments = {arguments}; }}; }}; }};\n")
    machine = run(file)
    linux, neighbour = Linux(machine, "ivi"), Neighbour(machine)
    neighbour.wait_for_start()
    linux.wait_for_shell()
    return machine, linux, neighbour


def file_on(disk, name):
    command = ["/sbin/debugfs", "-R", f"cat {name}", disk]
    return subprocess.run(command, check=True, capture_output=True, encoding="ascii", timeout=60).stdout


def interrupts(linux):
    """Of the disk's queues, on all CPUs."""
    lines = linux.shell("grep nvme0q /proc/interrupts").splitlines()
    return sum(int(count) for line in lines for count in re.findall(r" (\d+)(?= )", line.split("PCI-MSI")[0]))


def counts(neighbour):
    """SGIs and all other exits of Linux."""
    cores = neighbour.exits(IVI)
    sgis = sum(core["sgi"] for core in cores)
    return sgis, sum(sum(core.values()) for core in cores) - sgis


def watch(linux, neighbour, table, phase, seconds=3):
    """Exits and interrupts in so many lines of the neighbour, who makes no exit itself."""
    linux.start(f"while :; do {READS}; done & reader=$!")
    linux.shell("true")
    first, before = interrupts(linux), counts(neighbour)
    for _ in range(seconds):
        neighbour.machine.expect(neighbour.name, r"^NEIGHBOUR pattern ok .* exits 0\r?\n")
    after, last = counts(neighbour), interrupts(linux)
    linux.shell("kill $reader; wait $reader; true")
    sgis, others = after[0] - before[0], after[1] - before[1]
    table("exits", "Linux of nvme-x86", phase, f"{sgis} SGIs, {others} other, {last - first} interrupts of the disk in {seconds} s")
    assert last - first > FEWEST
    return sgis, others


def test_disk(started, disk, table):
    """Linux finds the one function that it owns, reads what the host wrote, and writes what the host reads; no exit for that."""
    machine, linux, neighbour = started
    assert linux.shell("ls /sys/bus/pci/devices").split() == ["0000:00:03.0"]
    assert linux.shell("head -1 /sys/bus/pci/devices/*/resource").startswith("0x00000000fe000000 0x00000000fe003fff")
    linux.shell("mkdir /tmp/disk && mount -t ext4 /dev/nvme0n1 /tmp/disk")
    assert linux.shell("cat /tmp/disk/host") == FROM_HOST
    linux.shell(f"echo {FROM_GUEST} >/tmp/disk/guest && umount /tmp/disk")

    assert watch(linux, neighbour, table, "2 CPUs, reading")[1] == 0
    linux.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")  # its messages go to the other
    assert watch(linux, neighbour, table, "1 CPU, reading") == (0, 0)
    linux.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert watch(linux, neighbour, table, "2 CPUs again, reading")[1] == 0
    machine.stop()
    assert file_on(disk, "guest") == FROM_GUEST + "\n"
    assert "panic" not in machine.log("hypervisor")


# ---- what a guest cannot do ------------------------------------------------------------------------------------------

TABLE, BEHIND, REGISTERS = 0xFE002000, 0xFE002410, 0xFE000000
FUNCTION, COMMAND, CAPABILITIES = 3 << 15, 0x04, 0x34
MSIX = 0x11
OWN_IDS, FOREIGN_IDS = (1, 3), (0, 2, 0xFF)


@pytest.fixture
def ask(qemu, build, disk):
    """One request to the attacker; returns its answer."""
    machine = qemu(build(ATTACK), *IOMMU_X86, *nvme(disk), machine="q35", cpu=CPU_X86, program=QEMU_X86)
    machine.expect("uart0", "^edu: ready")
    machine.expect("uart1", "1 kHz control loop")

    def go(letter, *numbers):
        machine.send("uart0", " ".join([letter, *(f"{number:x}" for number in numbers)]) + "\n")
        return int(machine.expect("uart0", r"^([0-9a-f]{16})\r?\n")[1], 16)

    go.machine = machine
    go("C", FUNCTION + COMMAND, 2, 0x6)
    return go


def test_messages_to_others(ask):
    """An entry takes the guest's own cores and plain interrupts; what names another's core, or is no plain one, is not written."""
    for entry in (0, 64):
        place = TABLE + 16 * entry
        assert [ask("m", place + word, 4) for word in (0, 4, 8, 12)] == [0xFEE00000, 0, 0, 1]
        for own in OWN_IDS:
            ask("M", place, 4, 0xFEE00000 | own << 12)
            assert ask("m", place, 4) == 0xFEE00000 | own << 12
            for foreign in FOREIGN_IDS:
                ask("M", place, 4, 0xFEE00000 | foreign << 12)
                assert ask("m", place, 4) == 0xFEE00000 | own << 12
        ask("M", place + 8, 4, 0x55)
        for data in (0x255, 0x455, 0x555, 0x755, 0x8055):
            ask("M", place + 8, 4, data)
            assert ask("m", place + 8, 4) == 0x55
        ask("M", place + 4, 4, 1)
        assert ask("m", place + 4, 4) == 0
        ask("M", place + 12, 4, 0)
        assert ask("m", place + 12, 4) == 0
    assert ask("m", TABLE + 16, 4) == 0xFEE00000
    ask.machine.expect("uart1", r"^rtos: (\d+) s  releases .*exits \d+ \(\+0\)")


def test_rest_of_the_registers(ask):
    """Beside the table they are direct, in its page they are let through."""
    assert ask("m", REGISTERS + 8, 4) >> 16 == 1  # version 1.x
    assert ask("m", BEHIND, 4) == 0
    assert ask("m", TABLE + 2, 2) == 0xFFFFFFFF & 0xFFFF


def test_capabilities(ask):
    """MSI-X can be switched on; there is no MSI."""
    at, seen = ask("c", FUNCTION + CAPABILITIES, 1), set()
    while at:
        seen.add(ask("c", FUNCTION + at, 1))
        if ask("c", FUNCTION + at, 1) == MSIX:
            ask("C", FUNCTION + at + 2, 2, 0x8000)
            assert ask("c", FUNCTION + at + 2, 2) == 0x8000 | 64
        at = ask("c", FUNCTION + at + 1, 1)
    assert MSIX in seen and 0x05 not in seen


# ---- other machines than the plan's ----------------------------------------------------------------------------------


@pytest.mark.parametrize("further", ["msix-exclusive-bar=on", "max_ioqpairs=8,msix_qsize=9"], ids=["elsewhere", "fewer"])
def test_other_table(qemu, build, disk, further, table, request):
    """A table that is not where the plan says would be the guest's to write."""
    machine = qemu(build(ATTACK), *IOMMU_X86, *nvme(disk, f",{further}"), machine="q35", cpu=CPU_X86, program=QEMU_X86)
    table(TITLE, re.sub("^test_", "", request.node.name), expect_refusal(machine, "E38"))
