# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor refuses at boot: wrong machines, broken or foreign images. One numbered line, no guest runs."""

import subprocess

import pytest

from flashing.plan import LAYOUTS, Plan
from machine import BULKHEAD, ROOT
from refusals import (
    TITLE,
    change_first,
    change_header,
    expect_refusal,
    flipped,
    give_core_twice,
    misplace_second_stack,
    repeat_core,
    steal_interrupt,
)

SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos.dts"
GICR = 2  # enum plan_filter_kind


@pytest.fixture
def refused(qemu, folder, table, request):
    """Starts an image, on a machine of the test's choice, and expects this refusal and nothing else."""

    def expect(number, data, *arguments, load=True, **options):
        path = folder / "image"
        path.write_bytes(data)
        arguments = [argument.replace("IMAGE", str(path)) for argument in arguments]
        machine = qemu(path if load else None, *arguments, **options)
        line = expect_refusal(machine, number)
        table(TITLE, request.node.name.removeprefix("test_"), line)

    return expect


# ---- machines ----


def test_right_image_starts(qemu, folder, image):
    """The same way of starting as below, and nothing wrong."""
    path = folder / "image"
    path.write_bytes(image)
    machine = qemu(path)
    machine.expect("uart0", "1 kHz control loop")
    machine.expect("uart1", "1 kHz control loop")


def test_started_at_el1(refused, image):
    refused("E01", image, machine="virt,gic-version=3")


def test_started_at_el3(refused, image):
    """With EL3 in the machine QEMU starts a bare image there."""
    load = "loader,file=IMAGE,addr=0x40200000,force-raw=on"
    refused("E01", image, "-device", load, "-device", "loader,addr=0x40200000,cpu-num=0", load=False,
            machine="virt,virtualization=on,secure=on,gic-version=3")  # fmt: skip


def test_other_load_address(refused, image):
    load = "loader,file=IMAGE,addr=0x48000000,force-raw=on"
    refused("E02", image, "-device", load, "-device", "loader,addr=0x48000000,cpu-num=0", load=False)


def test_other_text_offset(refused, image):
    """A boot loader that follows the image's own header, which somebody has changed."""
    changed = bytearray(image)
    changed[8:16] = (0x600000).to_bytes(8, "little")
    refused("E02", changed)


def test_too_few_cores(refused, image):
    refused("E24", image, smp=1)


def test_other_interrupt_controller(refused, image):
    refused("E20", image, machine="virt,virtualization=on,gic-version=2")


def test_newer_interrupt_controller(refused, folder):
    path = folder / "old"
    subprocess.run([BULKHEAD, "build", SYSTEM.with_name("ivi-rtos-gicv2.dts"), "-o", path], check=True, timeout=120)
    refused("E20", path.read_bytes(), machine="virt,virtualization=on,gic-version=3")


def test_core_without_aarch32(refused, build):
    """The board file says cortex-a53, but AArch32 ends at EL0 in this core."""
    image = build(ROOT / "configs" / "partitions" / "rtos32-rtos64.dts")
    refused("E27", image.read_bytes(), cpu="neoverse-n1")


# ---- truncated and flipped images ----


@pytest.mark.parametrize("pages", [0, 1])
def test_truncated(refused, image, pages):
    """Right behind the hypervisor, and behind the plan, which has its tables next."""
    plan = Plan(bytearray(image))
    refused(["E03", "E09"][pages], image[: plan.offset + pages * 4096])


def test_truncated_inside_the_plan(refused, image):
    plan = Plan(bytearray(image))
    refused("E10", image[: plan.offset + plan.size - 8])


@pytest.mark.parametrize("field, number", [("magic", "E03"), ("version", "E04"), ("header_crc", "E05")])
def test_flipped_start(refused, image, field, number):
    refused(number, flipped(image, Plan(bytearray(image)).place(field)))


@pytest.mark.parametrize("field", ["size", "body_crc", "sha256", "board", "pa_bits", "plan_base", "cores", "memory"])
def test_flipped_header(refused, image, field):
    refused("E05", flipped(image, Plan(bytearray(image)).place(field), 7))


@pytest.mark.parametrize("array", [array for array in Plan.ROWS if array not in ("x86", "vmcs")])
def test_flipped_body(refused, image, array):
    plan = Plan(bytearray(image))
    last = plan.rows(array)[-1]
    refused("E10", flipped(image, last.offset + last.layout["size"] - 1, 7))


@pytest.mark.parametrize("index", range(12))
def test_flipped_table(refused, image, index):
    """Every set of tables: of EL2, of each partition, and all roots. The last byte, so that all must be read."""
    plan = Plan(bytearray(image))
    table_set = plan.rows("table_sets")[index]
    refused("E09", flipped(image, plan.place_of(table_set.base) + table_set.size - 1, 3))


def test_all_table_sets_are_flipped(image):
    assert len(Plan(bytearray(image)).rows("table_sets")) == 12


# ---- plans that are whole, and wrong ----


def filters(plan, kind):
    return [row for row in plan.rows("filters") if row.kind == kind]


def swap_redistributors(plan):
    """Two cores' redistributors, as the plan's rows agree on them and the machine does not."""
    for rows, field in ((plan.rows("cores"), "gicr_va"), (filters(plan, GICR), "va")):
        first, second = getattr(rows[0], field), getattr(rows[1], field)
        setattr(rows[0], field, second)
        setattr(rows[1], field, first)


def reach_redistributor(plan):
    own, other = filters(plan, GICR)
    own.va = other.va


def name_older_controller(plan):
    """A plan as for a GICv2, which has a smaller distributor and no filter of redistributors."""
    plan.gic = 2
    for partition in plan.rows("partitions"):
        partition.filter_count = 1
        plan.rows("filters")[partition.filter_first].size = 0x1000


WRONG_PLANS = {
    "version": ("E04", change_header("version", 99)),
    "place": ("E06", change_header("plan_base", lambda plan: plan.plan_base + 0x1000)),
    "size-odd": ("E06", change_header("size", lambda plan: plan.size + 4)),
    "image-size": ("E06", change_header("image_size", 1 << 40)),
    "core-unknown": ("E08", change_first("cores", "mpidr", 0x100)),
    "board": ("E11", change_header("board", b"other-board".ljust(32, b"\0"))),
    "array-outside": ("E12", change_header("windows", lambda plan: (plan.windows[0], 100000))),
    "array-odd": ("E12", change_header("filters", lambda plan: (plan.filters[0] + 4, plan.filters[1]))),
    "cores-outside": ("E12", change_header("cores", lambda plan: (0x7FFFFFF0, plan.cores[1]))),
    "table-sets-outside": ("E12", change_header("table_sets", lambda plan: (0x7FFFFFF0, plan.table_sets[1]))),
    "row-missing": ("E13", change_first("partitions", "window_first", 1000)),
    "row-foreign": ("E13", change_first("windows", "partition", 1)),
    "redistributor-foreign": ("E13", reach_redistributor),
    "observes-nobody": ("E13", change_first("partitions", "observes", 1 << 63)),
    "core-repeated": ("E14", repeat_core),
    "core-twice": ("E14", give_core_twice),
    "window-over-hypervisor": ("E15", change_first("windows", "pa", lambda plan: plan.image_base)),
    "window-over-golden": ("E15", change_first("windows", "pa", lambda plan: plan.golden_base)),
    "window-over-neighbour": ("E15", change_first("windows", "pa", lambda plan: plan.rows("windows")[2].pa)),
    "window-outside": ("E15", change_first("windows", "size", 1 << 41)),
    "window-wraps": ("E15", change_first("windows", "size", (1 << 64) - 0x1000)),
    "vmid-shared": ("E15", change_first("partitions", "vmid", lambda plan: plan.rows("partitions")[1].vmid)),
    "root-shared": (
        "E15",
        change_first("partitions", "stage2_root", lambda plan: plan.rows("partitions")[1].stage2_root),
    ),
    "interrupt-twice": ("E16", steal_interrupt),
    "interrupt-range": ("E16", change_header("interrupt_count", 33)),
    "image-outside": ("E17", change_first("images", "pa", lambda plan: plan.rows("windows")[2].pa)),
    "image-source": ("E17", change_first("images", "golden", lambda plan: plan.image_base)),
    "image-too-long": ("E17", change_first("images", "fill", 1 << 30)),
    "root-outside": ("E18", change_first("partitions", "stage2_root", lambda plan: plan.table_base)),
    "root-unaligned": ("E18", change_first("partitions", "stage2_root", lambda plan: plan.shared_base + 8)),
    "loader-outside": ("E18", change_first("cores", "loader_root", lambda plan: plan.image_base)),
    "table-set-outside": ("E18", change_first("table_sets", "base", 1 << 40)),
    "table-set-empty": ("E18", change_first("table_sets", "size", 0)),
    "second-core-stack": ("E18", misplace_second_stack),
    "recall-outside": ("E18", change_first("roots", "address", lambda plan: plan.plan_base)),
    "state-outside": ("E19", change_header("vcpu_state", lambda plan: plan.shared_base + plan.shared_size)),
    "interrupt-controller": ("E20", name_older_controller),
    "address-bits": ("E21", change_header("pa_bits", 44)),
    "redistributors-swapped": ("E22", swap_redistributors),
    "interrupt-lines": ("E23", change_header("interrupt_count", 1000)),
    "architecture": ("E26", change_header("arch", 2)),
}


@pytest.mark.parametrize("name", WRONG_PLANS)
def test_wrong_plan(refused, image, name):
    number, change = WRONG_PLANS[name]
    plan = Plan(bytearray(image))
    change(plan)
    plan.seal()
    refused(number, plan.data)


def test_layout_is_read_right(image):
    """The plan as this file's helper writes it is the plan as the planner wrote it."""
    plan = Plan(bytearray(image))
    plan.seal()
    assert bytes(plan.data) == image
    assert LAYOUTS["plan_partition"]["size"] % 8 == 0
