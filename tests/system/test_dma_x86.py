# SPDX-License-Identifier: Apache-2.0
"""PCI functions and their DMA on x86-64: QEMU's device `edu` copies memory by itself, and its owner does with it what it can.

Each machine's RAM is a file, so that what arrived and what did not is seen from outside.
"""

import mmap

import pytest

from flashing.plan import Plan
from machine import CPU_X86, IOMMU_X86, QEMU_X86, ROOT
from refusals import TITLE, expect_refusal

SYSTEM = ROOT / "tests" / "guests" / "edu.dts"
IOMMU_WITHOUT_EFFECT = ("-device", "amd-iommu,pt=on")
RAM = 2 << 30
MASK = "dma_mask=0xffffffffffffffff"
PLACE = ("-device", f"edu,addr=5,{MASK}", "-device", f"edu,addr=6,{MASK}")

BASE, BASE_OF_NEIGHBOUR = 0xD0000000, 0xD0100000
OWN, OTHER, HOST = 5 << 15, 6 << 15, 0  # places in configuration space
ECAM = 0xB0000000
COMMAND, BAR = 0x04, 0x10
MEMORY_AND_MASTER, LINE_OFF = 0x6, 0x400
PATTERN = b"LKHEADED" * 8
BLOCKED = 0  # what QEMU gives a device for a read that is blocked
CONSOLE, NEIGHBOUR = "uart0", "uart1"


class Board:
    """The machine, its plan, and its RAM as seen from outside."""

    def __init__(self, machine, plan, memory):
        self.machine, self.plan, self.memory = machine, plan, memory

    def window(self, partition):
        """Where the RAM of a partition lies."""
        return next(row for row in self.plan.rows("windows") if row.partition == partition)

    def bytes(self, address, count=len(PATTERN)):
        return self.memory[address : address + count]

    def ask(self, letter, *numbers):
        """One request to the guest; returns its answer."""
        line = " ".join([letter, *(f"{number:x}" for number in numbers)])
        self.machine.send(CONSOLE, line + "\n")
        return int(self.machine.expect(CONSOLE, r"^([0-9a-f]{16})\r?\n")[1], 16)

    def configure(self, place, size, value=None):
        """Configuration space by ports: a read, or a write and what is read then."""
        if value is not None:
            self.ask("C", place, size, value)
        return self.ask("c", place, size)

    def switch_on(self):
        assert self.configure(OWN + COMMAND, 2, MEMORY_AND_MASTER) == MEMORY_AND_MASTER | LINE_OFF


@pytest.fixture
def start(qemu, build, folder):
    """Starts the system on a machine of the test's choice, up to the guests' first words."""
    opened = []

    def go(*devices):
        image, ram = build(SYSTEM), folder / "ram"
        with open(ram, "wb") as file:
            file.truncate(RAM)
        backend = f"memory-backend-file,id=ram,size={RAM},mem-path={ram},share=on"
        arguments = ("-object", backend, "-machine", "memory-backend=ram", *devices)
        machine = qemu(image, *arguments, machine="q35", cpu=CPU_X86, program=QEMU_X86)
        machine.expect(CONSOLE, "^edu: ready")
        machine.expect(NEIGHBOUR, "1 kHz control loop")
        with open(ram, "rb") as file:
            opened.append(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
        return Board(machine, Plan(bytearray(image.read_bytes())), opened[-1])

    yield go
    for memory in opened:
        memory.close()
    (folder / "ram").unlink(missing_ok=True)


@pytest.fixture
def board(start):
    return start(*IOMMU_X86, *PLACE)


def foreign(board):
    """Memory that the guest does not own, none of it zero: addresses that a device without an IOMMU would reach."""
    plan = board.plan
    places = {
        "hypervisor": plan.image_base,
        "plan": plan.plan_base,
        "device table": plan.rows("x86")[0].device_table,
        "stage-2 root": plan.rows("partitions")[0].stage2_root,
        "neighbour": board.window(1).pa + 0x200000,
        "golden images": plan.golden_base,
    }
    assert all(any(board.bytes(address, 8)) for address in places.values())
    return places


def test_own_memory(board):
    """The device reaches what its owner has, by the owner's addresses, wherever that lies."""
    board.switch_on()
    board.ask("w", BASE, 0x400000)
    assert board.bytes(board.window(0).pa + 0x400000) == PATTERN
    assert board.ask("r", BASE, 0x400000) == int.from_bytes(PATTERN[:8], "little")


def test_foreign_memory(board):
    """It reaches nothing else: nothing changes, and nothing is read."""
    board.switch_on()
    for name, address in foreign(board).items():
        before = board.bytes(address)
        board.ask("w", BASE, address)
        assert board.bytes(address) == before, name
        assert board.ask("r", BASE, address) == BLOCKED, name


def test_edges_of_own_memory(board):
    """The first byte and the last page are its own, what lies behind is not."""
    board.switch_on()
    own = board.window(0)
    for address in (0, own.size - 4096):
        board.ask("w", BASE, address)
        assert board.bytes(own.pa + address) == PATTERN
    behind = board.bytes(own.pa + own.size)
    board.ask("w", BASE, own.size)
    assert board.bytes(own.pa + own.size) == behind != PATTERN


def test_control_without_effect(start):
    """The same requests where QEMU's IOMMU lets everything through: memory changes, in the hypervisor and in the neighbour.

    What arrives comes from a place that is not the guest's either, since nothing translates.
    """
    board = start(*IOMMU_WITHOUT_EFFECT, *PLACE)
    board.switch_on()
    places = foreign(board)
    for name in ("golden images", "neighbour"):
        address = places[name]
        before = board.bytes(address)
        board.ask("w", BASE, address)
        assert board.bytes(address) != before, name


def test_not_a_master(board):
    """Until its owner switches it on, the device reaches nothing at all."""
    board.configure(OWN + COMMAND, 2, 0x2)
    before = board.bytes(board.window(0).pa + 0x400000)
    board.ask("w", BASE, 0x400000)
    assert board.bytes(board.window(0).pa + 0x400000) == before != PATTERN


def test_messages_by_dma(board):
    """Writes that would be interrupts to a core, of whatever kind and vector, are dropped: neither guest notices."""
    board.switch_on()
    for core in (1, 2):
        for mode in range(0, 0x800, 0x100):
            board.ask("i", BASE, 0xFEE00000 | core << 12, mode | 0x30)
    for vector in range(0x10, 0x100, 7):
        board.ask("i", BASE, 0xFEE02000, vector)
    board.machine.flush(NEIGHBOUR)
    board.machine.expect(NEIGHBOUR, r"^rtos: (\d+) s  releases")
    board.machine.expect(NEIGHBOUR, r"^rtos: (\d+) s  releases")
    assert board.configure(OWN, 4) == 0x11E81234


# ---- configuration space ----


def test_functions_of_others(board):
    """They read as if nobody were there, and nothing reaches them, by ports and in memory."""
    for place in (HOST, OTHER, 31 << 15, (31 << 15) + (2 << 12), 1 << 20):
        assert board.configure(place, 4) == 0xFFFFFFFF
        assert board.configure(place + COMMAND, 2, MEMORY_AND_MASTER) == 0xFFFF
    for place in (HOST, OTHER):
        assert board.ask("m", ECAM + place, 4) == 0xFFFFFFFF
        board.ask("M", ECAM + place + BAR, 4, 0x00200000)
        assert board.ask("m", ECAM + place + BAR, 4) == 0xFFFFFFFF
    board.machine.expect(NEIGHBOUR, r"^rtos: (\d+) s  releases")


def test_own_function_in_memory(board):
    """All sizes, and what crosses a register."""
    assert board.ask("m", ECAM + OWN, 4) == 0x11E81234 == board.configure(OWN, 4)
    assert [board.ask("m", ECAM + OWN + i, 2) for i in (0, 2, 1)] == [0x1234, 0x11E8, 0xFFFF]
    assert [board.ask("m", ECAM + OWN + i, 1) for i in range(4)] == [0x34, 0x12, 0xE8, 0x11]
    board.ask("M", ECAM + OWN + COMMAND, 1, 0x6)
    assert board.ask("m", ECAM + OWN + COMMAND, 2) == MEMORY_AND_MASTER | LINE_OFF
    board.ask("M", ECAM + OWN + COMMAND, 2, 0xFFFF)
    assert board.ask("m", ECAM + OWN + COMMAND, 2) == 0x0106 | LINE_OFF  # no I/O ports, lines off
    assert board.ask("m", BASE, 4) == 0x010000ED


def test_address_stays(board):
    """Its size can be asked for, as drivers do; it answers where the plan says, or nowhere."""
    assert board.configure(OWN + BAR, 4) == BASE
    assert board.configure(OWN + BAR, 4, 0xFFFFFFFF) == 0xFFF00000
    assert board.configure(OWN + BAR + 4, 4, 0xFFFFFFFF) == 0
    assert board.configure(OWN + BAR, 4, BASE_OF_NEIGHBOUR) == BASE_OF_NEIGHBOUR  # it answers nowhere
    assert board.ask("m", BASE, 4) != 0x010000ED
    board.switch_on()
    assert board.configure(OWN + BAR, 4) == BASE
    assert board.configure(OWN + BAR, 4, BASE_OF_NEIGHBOUR) == BASE
    assert board.configure(OWN + BAR, 4, 0xFFFFFFFF) == BASE
    assert board.ask("m", BASE, 4) == 0x010000ED
    assert board.configure(OWN + 0x30, 4, 0xFFFFFFFF) == 0


def test_messages_of_the_function(board):
    """It has MSI, which nothing filters: its capability reads as one that is none, and cannot be switched on."""
    at = board.configure(OWN + 0x34, 1)
    assert board.configure(OWN + at, 1) == 0 == board.configure(OWN + at, 4) & 0xFF
    control = board.configure(OWN + at + 2, 2)
    assert board.configure(OWN + at + 2, 2, control | 1) == control
    assert board.configure(OWN + at + 4, 4, 0xFEE01000) == 0


def test_latch(board):
    """The address port is this partition's own, and its other bytes are what they were on a PC."""
    board.configure(OWN, 4)
    board.ask("c", 0x3C, 4)
    assert board.configure(OWN + 2, 2) == 0x11E8
    assert board.configure(OWN + 3, 1) == 0x11


# ---- the end of a partition ----


def test_end_takes_the_device_away(board):
    """What the device was told to do when its partition ended does not happen."""
    board.switch_on()
    board.machine.send(CONSOLE, f"x {BASE:x} 400000 80000000\n")
    board.machine.flush(NEIGHBOUR)
    for _ in range(3):  # the device takes 100 ms
        board.machine.expect(NEIGHBOUR, r"^rtos: (\d+) s  releases")
    assert board.bytes(board.plan.rows("partitions")[0].stage2_root, 4096) == bytes(4096)
    assert board.bytes(board.window(0).pa + 0x400000) != PATTERN


# ---- other machines than the plan's ----


@pytest.mark.parametrize(
    "devices",
    [
        ("-device", f"edu,addr=5,{MASK}"),
        ("-device", f"edu,addr=5,{MASK}", "-device", "pci-testdev,addr=6"),
        ("-device", f"edu,addr=5,{MASK}", "-device", "pcie-root-port,addr=6"),
    ],
    ids=["missing", "other-registers", "bridge"],
)
def test_other_function(qemu, build, devices, table, request):
    machine = qemu(build(SYSTEM), *IOMMU_X86, *devices, machine="q35", cpu=CPU_X86, program=QEMU_X86)
    table(TITLE, request.node.name.removeprefix("test_"), expect_refusal(machine, "E38"))
