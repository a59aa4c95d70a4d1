# SPDX-License-Identifier: Apache-2.0
"""An image as the oracle reads it: the plan by the words of src/plan/plan.h, and whether there is one that can be read.

Not here: what it may say (oracle.py).
"""

import zlib

import pages
from flashing.plan import LAYOUTS, MAGIC, Plan, Row
from pages import PAGE

# Kinds of findings. FORBIDDEN is what tables let a partition reach, whatever the plan says; REACH and HYPERVISOR are
# maps that are not as the plan says, OWNERS rows of the plan that own what is another's; the rest is form.
FORBIDDEN, REACH, HYPERVISOR, OWNERS = "forbidden", "reach", "hypervisor", "owners"
FRAME, TABLES, STATE, CONTENT, FORM, CLAIM = "frame", "tables", "state", "content", "form", "claim"
CONTROLS = "controls"  # of x86: what cores run under
NONE = 0xFFFF
VERSION = 4
ARMV8, X86 = 1, 2
GICV2, GICV3 = 2, 3
RAM, DEVICE, INTERFACE = 1, 2, 3
KERNEL, RAMDISK, DTB, START = 1, 2, 3, 4
GICD_FILTER, GICR_FILTER, IOAPIC_FILTER, PCI_FILTER, MSIX_FILTER = 1, 2, 3, 4, 5
AARCH32, WFI_TRAP = 1, 2
AMD, INTEL = 1, 2
FRAME_SIZE = 0x20000  # RD_base and SGI_base of a redistributor (IHI 0069, 12.10)
BLOCK = 0x200000
STACK, LOG = 0x1000, 0x1000
AFFINITY = 0xFF00FFFFFF
BOOT_SETS = 2
CONSOLE_PAGES = 16
SPACES = (32, 36, 40, 42, 44, 48)  # VTCR_EL2.PS and ID_AA64MMFR0_EL1.PARange
STATES = (("core_state", "cores", 256), ("partition_state", "partitions", 64), ("vcpu_state", "vcpus", 64))
SPANS = {"vcpus": "vcpu", "windows": "window", "filters": "filter", "images": "image", "roots": "root"}
SPANS["interrupts"] = "interrupt"


def page_range(base, size):
    return range(base & -PAGE, base + size, PAGE)


def inside(base, size, outer, outer_size):
    return outer <= base and base + size <= outer + outer_size


def meets(base, size, other, other_size):
    return size != 0 != other_size and base < other + other_size and other < base + size


class Subject(Plan):
    """An image to judge."""

    def __init__(self, data, at, walker):
        Row.__init__(self, data, at, "plan_header")
        self.__dict__.update(
            walker=walker,
            machine=MACHINES[self.arch],
            content=pages.Memory(data, self.image_base),
            el2={},
            loaders={},
            stage2={},
            frames={},
            console=[],
        )

    def all(self, array):
        """Its rows, each read once, as the plan does not change while it is judged."""
        cache = self.__dict__.setdefault("cache", {})
        if array not in cache:
            cache[array] = [frozen(row) for row in self.rows(array)]
        return cache[array]

    def own(self, partition, array):
        first, count = (getattr(partition, f"{SPANS[array]}_{end}") for end in ("first", "count"))
        return self.all(array)[first : first + count]

    @property
    def distributor(self):
        return self.gicd_pa, 0x10000 if self.gic == GICV3 else 0x1000  # on x86 the I/O APIC

    def is_ram(self, page):
        return any(inside(page, PAGE, row.base, row.size) for row in self.all("memory"))

    def touches_ram(self, base, size):
        return any(meets(base, size, row.base, row.size) for row in self.all("memory"))

    def in_ram(self, base, size):
        return any(inside(base, size, row.base, row.size) for row in self.all("memory"))


class Values:
    """A row's fields, read."""


def frozen(row):
    values = Values()
    values.__dict__.update({name: getattr(row, name) for name in row.layout["fields"]}, offset=row.offset)
    return values


MACHINES = {}  # what differs by architecture: armv8.py and x86_64.py put themselves here


# ---- frame: whether there is a plan to be read ----------------------------------------------------------------------


def find_plan(data):
    for at in range(0, len(data) - LAYOUTS["plan_header"]["size"] + 1, PAGE):
        if data[at : at + 8] == MAGIC:
            header = Row(data, at, "plan_header")
            if header.plan_base - header.image_base == at:
                return at
    return None


def frame(data, walker):
    """(the subject, or None; findings)."""
    at = find_plan(data)
    if at is None:
        return None, [(FRAME, "image", "no plan")]
    arch = Row(data, at, "plan_header").arch
    if arch not in MACHINES or not MACHINES[arch].begins(data):
        return None, [(FRAME, "image", "a header that its loader does not take")]
    plan = Subject(data, at, walker)
    wrong = header_wrong(plan) or arrays_wrong(plan) or machine_unknown(plan)
    wrong = wrong or list(layout(plan)) or list(spans(plan))
    return (None, [(FRAME, "plan", str(wrong))]) if wrong else (plan, [])


def header_wrong(plan):
    header = LAYOUTS["plan_header"]["size"]
    body = plan.offset + header
    if plan.version != VERSION or zlib.crc32(plan.data[plan.place("version") : body]) != plan.header_crc:
        return "version or CRC of its header"
    if plan.image_size != len(plan.data):
        return "its file has another size"
    if plan.size < header or plan.size % 8 or plan.offset + plan.size > len(plan.data):
        return "its size"
    if zlib.crc32(plan.data[body : plan.offset + plan.size]) != plan.body_crc:
        return "CRC of its body"
    if plan.gic not in plan.machine.GICS:
        return "architecture or interrupt controller"
    return None


def arrays_wrong(plan):
    for array, layout_name in plan.ROWS.items():
        offset, count = getattr(plan, array)
        end = offset + count * LAYOUTS[layout_name]["size"]
        most = {"cores": 64, "partitions": 32, "vcpus": 64, "interrupts": 1024}.get(array, 1 << 32)
        if offset % 8 or offset < LAYOUTS["plan_header"]["size"] or end > plan.size or count > most:
            return f"its {array}"
    if plan.x86[1] != plan.machine.X86_ROWS:
        return "a row of x86"
    return None if plan.cores[1] and plan.memory[1] else "no cores or no memory"


def machine_unknown(plan):
    """What differs by vendor, too, once its row can be read."""
    machine = plan.machine.of_vendor(plan)
    plan.__dict__.update(machine=machine)
    return None if machine else "another vendor"


def layout(plan):
    """The pieces of plan.h's picture, in its order, each on pages of its own, all in the file."""
    pieces = [
        ("text", plan.image_base, PAGE),
        ("plan", plan.plan_base, plan.size),
        ("tables", plan.table_base, plan.table_size),
        ("shared", plan.shared_base, plan.shared_size),
        ("private", plan.private_base, plan.private_size),
    ]
    end = 0
    for name, base, size in pieces:
        if base < end or base % PAGE or not inside(base, size, plan.image_base, len(plan.data)):
            yield f"{name} is out of place"
        end = base + size
    if plan.table_size % PAGE or plan.shared_size % PAGE or plan.private_size != plan.cores[1] * (STACK + LOG):
        yield "tables, state or stacks have a wrong size"
    if plan.golden_size and (plan.golden_base < end or plan.golden_base % BLOCK or plan.golden_size % BLOCK):
        yield "the golden area is out of place"
    if plan.golden_base + plan.golden_size > 1 << 48:
        yield "the golden area is nowhere"


def spans(plan):
    """Each row of each array is one partition's, in its span, and says so; cores and virtual cores exist."""
    for array, name in SPANS.items():
        rows = plan.all(array)
        taken = 0
        for index, partition in enumerate(plan.all("partitions")):
            first, count = getattr(partition, f"{name}_first"), getattr(partition, f"{name}_count")
            taken += count
            if first + count > len(rows):
                yield f"{array} of partition {index}"
            elif array != "roots" and any(row.partition != index for row in rows[first : first + count]):
                yield f"{array} of partition {index} name another"
        if taken != len(rows):
            yield f"{array} of nobody"
    for index, partition in enumerate(plan.all("partitions")):
        name = bytes(partition.name)
        filters = plan.machine.filter_count(plan, index)
        if not partition.vcpu_count or partition.filter_count != filters or name[0] == 0 or name[-1] != 0:
            yield "a partition without a core, a filter or a name"
    if any(vcpu.core >= len(plan.all("cores")) for vcpu in plan.all("vcpus")):
        yield "a virtual core on no core"
    for core in plan.all("cores"):
        free = core.partition == NONE and core.vcpu == NONE
        if not free and (core.partition >= len(plan.all("partitions")) or core.vcpu >= len(plan.all("vcpus"))):
            yield "a core of no partition"
        if core.table_set_first + core.table_set_count > plan.table_sets[1] or core.table_set_count < BOOT_SETS:
            yield "table sets of a core"
    fields = list(plan.machine.field_spans(plan))
    if sum(count for _, count in fields) != plan.vmcs[1] or any(sum(span) > plan.vmcs[1] for span in fields):
        yield "fields of control structures"
