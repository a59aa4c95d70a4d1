# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor refuses at boot on x86-64: wrong machines, broken or foreign images. One line, no guest runs."""

import struct

import pytest

from flashing.plan import Plan
from machine import CPU_X86, IOMMU_X86, QEMU_X86, ROOT
from refusals import (
    TITLE,
    change_first,
    change_header,
    expect_refusal,
    flipped,
    give_core_twice,
    misplace_second_stack,
    steal_interrupt,
)

SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos-x86.dts"
TABLE_SETS = 14  # of that system

MULTIBOOT_MAGIC = 0x1BADB002
MULTIBOOT_ADDRESSES = 0x10000
OTHER_LOADER = 0x00200000


@pytest.fixture
def pc(qemu, folder):
    """Starts an image on a PC of the test's choice."""

    def start(data, *arguments, cpu=CPU_X86, smp=4, machine="q35", iommu=IOMMU_X86):
        path = folder / "image"
        path.write_bytes(data)
        return qemu(path, *iommu, *arguments, machine=machine, cpu=cpu, smp=smp, program=QEMU_X86)

    return start


@pytest.fixture
def refused(pc, table, request):
    """Starts an image, and expects this refusal and nothing else."""

    def expect(number, data, *arguments, **options):
        line = expect_refusal(pc(data, *arguments, **options), number)
        table(TITLE, request.node.name.removeprefix("test_") + "-x86", line)

    return expect


# ---- machines ----


def test_right_image_starts(pc, image):
    """The same way of starting as below, and nothing wrong."""
    machine = pc(image)
    machine.expect("uart0", "1 kHz control loop")
    machine.expect("uart1", "1 kHz control loop")


@pytest.mark.parametrize(
    "cpu, number",
    [
        ("qemu64,-svm,+x2apic", "E33"),
        ("qemu64,+svm,-npt,+x2apic", "E29"),
        ("qemu64,+svm,+npt,-x2apic", "E30"),
        ("qemu64,+svm,+npt,+x2apic,-nx", "E32"),
        ("qemu64,+svm,+npt,+x2apic,-lm", "E32"),
    ],
)
def test_core_without(refused, image, cpu, number):
    """Virtualization, nested paging, x2APIC, no-execute pages, 64-bit mode."""
    refused(number, image, cpu=cpu)


def test_too_few_cores(refused, image):
    refused("E24", image, smp=1)


def test_no_iommu(refused, image):
    refused("E36", image, iommu=())


def test_no_pci_express(refused, image):
    """A PC whose configuration space is in no memory."""
    refused("E37", image, machine="pc", iommu=())


def test_other_loader(refused, image, folder):
    """The image in its place, entered by somebody who is no multiboot loader."""
    entry, load = struct.unpack_from("<I", image, 28)[0], struct.unpack_from("<I", image, 16)[0]
    code = b"\x31\xc0" + b"\xbf" + struct.pack("<I", entry) + b"\xff\xe7"  # xor eax, eax; mov edi, entry; jmp edi
    checksum = -(MULTIBOOT_MAGIC + MULTIBOOT_ADDRESSES) & 0xFFFFFFFF
    places = (OTHER_LOADER, OTHER_LOADER, 0, 0, OTHER_LOADER + 32)
    other = struct.pack("<8I", MULTIBOOT_MAGIC, MULTIBOOT_ADDRESSES, checksum, *places) + code
    (folder / "right").write_bytes(image)
    refused("E31", other, "-device", f"loader,file={folder / 'right'},addr={load},force-raw=on")


# ---- truncated and flipped images ----


@pytest.mark.parametrize("piece, number", [("hypervisor", "E03"), ("plan", "E10"), ("tables", "E09")])
def test_truncated(refused, image, piece, number):
    """Right before the plan, its last byte that is not zero, as memory is behind the file, or the tables."""
    plan = Plan(bytearray(image))
    last = len(image[: plan.offset + plan.size].rstrip(b"\0")) - 1
    ends = {"hypervisor": plan.offset, "plan": last, "tables": plan.place_of(plan.table_base)}
    refused(number, image[: ends[piece]])


@pytest.mark.parametrize("field, number", [("magic", "E03"), ("version", "E04"), ("header_crc", "E05")])
def test_flipped_start(refused, image, field, number):
    refused(number, flipped(image, Plan(bytearray(image)).place(field)))


@pytest.mark.parametrize("field", ["size", "body_crc", "sha256", "board", "pa_bits", "plan_base", "cores", "x86"])
def test_flipped_header(refused, image, field):
    refused("E05", flipped(image, Plan(bytearray(image)).place(field), 7))


@pytest.mark.parametrize("array", [array for array in Plan.ROWS if array != "vmcs"])
def test_flipped_body(refused, image, array):
    plan = Plan(bytearray(image))
    last = plan.rows(array)[-1]
    refused("E10", flipped(image, last.offset + last.layout["size"] - 1, 7))


@pytest.mark.parametrize("index", range(TABLE_SETS))
def test_flipped_table(refused, image, index):
    """Every set of tables: of the hypervisor, of each partition, and all roots. The last byte, so that all must be read."""
    plan = Plan(bytearray(image))
    table_set = plan.rows("table_sets")[index]
    refused("E09", flipped(image, plan.place_of(table_set.base) + table_set.size - 1, 3))


def test_all_table_sets_are_flipped(image):
    assert len(Plan(bytearray(image)).rows("table_sets")) == TABLE_SETS


# ---- plans that are whole, and wrong ----


def name_second_core(number):
    """Its APIC id, which its guest sees as well."""

    def change(plan):
        second = plan.rows("cores")[1]
        second.mpidr = number
        plan.rows("vcpus")[second.vcpu].virtual_id = number

    return change


WRONG_PLANS = {
    "version": ("E04", change_header("version", 99)),
    "place": ("E06", change_header("plan_base", lambda plan: plan.plan_base + 0x1000)),
    "place-above-4g": ("E06", change_header("plan_base", lambda plan: plan.plan_base + (1 << 32))),
    "size-odd": ("E06", change_header("size", lambda plan: plan.size + 4)),
    "image-size": ("E06", change_header("image_size", 1 << 40)),
    "core-unknown": ("E08", change_first("cores", "mpidr", 0x100)),
    "core-above-4g": ("E08", change_first("cores", "mpidr", 1 << 32)),
    "board": ("E11", change_header("board", b"other-board".ljust(32, b"\0"))),
    "array-outside": ("E12", change_header("windows", lambda plan: (plan.windows[0], 100000))),
    "array-odd": ("E12", change_header("filters", lambda plan: (plan.filters[0] + 4, plan.filters[1]))),
    "cores-outside": ("E12", change_header("cores", lambda plan: (0x7FFFFFF0, plan.cores[1]))),
    "cores-too-many": ("E12", change_header("cores", lambda plan: (plan.cores[0], 0x80000001))),
    "table-sets-outside": ("E12", change_header("table_sets", lambda plan: (0x7FFFFFF0, plan.table_sets[1]))),
    "table-sets-too-many": ("E12", change_header("table_sets", lambda plan: (plan.table_sets[0], 0x10000001))),
    "table-sets-odd": ("E12", change_header("table_sets", lambda plan: (plan.table_sets[0] + 4, 4))),
    "table-sets-missing": ("E13", change_first("cores", "table_set_first", 1000)),
    "row-missing": ("E13", change_first("partitions", "window_first", 1000)),
    "core-repeated": ("E14", name_second_core(0)),
    "core-twice": ("E14", give_core_twice),
    "window-over-hypervisor": ("E15", change_first("windows", "pa", lambda plan: plan.image_base)),
    "interrupt-twice": ("E16", steal_interrupt),
    "image-source": ("E17", change_first("images", "golden", lambda plan: plan.image_base)),
    "loader-outside": ("E18", change_first("cores", "loader_root", lambda plan: plan.image_base)),
    "table-set-outside": ("E18", change_first("table_sets", "base", 0x7FFFFFF0)),
    "table-set-above-4g": ("E18", change_first("table_sets", "base", lambda plan: plan.table_base + (1 << 32))),
    "table-set-before": ("E18", change_first("table_sets", "base", lambda plan: plan.table_base - 4096)),
    "table-set-unaligned": ("E18", change_first("table_sets", "base", lambda plan: plan.table_base + 8)),
    "table-set-too-long": ("E18", change_first("table_sets", "size", 0xFFFFFFF0)),
    "table-set-empty": ("E18", change_first("table_sets", "size", 0)),
    "second-core-stack": ("E18", misplace_second_stack),
    "state-outside": ("E19", change_header("vcpu_state", lambda plan: plan.shared_base + plan.shared_size)),
    "functions-too-many": ("E18", change_first("x86", "function_count", 33)),
    "buses-too-many": ("E18", change_first("x86", "buses", 17)),
    "device-table-outside": ("E18", change_first("x86", "device_table", lambda plan: plan.shared_base)),
    "device-table-none": ("E18", change_first("x86", "device_table", 0)),
    "configuration-unmapped": ("E18", change_first("x86", "configuration_va", 0)),
    "address-bits": ("E21", change_header("pa_bits", 48)),
    "pins": ("E23", change_first("x86", "ioapic_pins", 48)),
    "core-not-there": ("E24", name_second_core(9)),
    "architecture": ("E26", change_header("arch", 1)),
    "address-spaces": ("E34", change_first("partitions", "vmid", 16)),
    "vendor": ("E28", change_first("x86", "vendor", 2)),
}


@pytest.mark.parametrize("name", WRONG_PLANS)
def test_wrong_plan(refused, image, name):
    number, change = WRONG_PLANS[name]
    plan = Plan(bytearray(image))
    change(plan)
    plan.seal()
    refused(number, plan.data)
