# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of x86-64 besides its tables (pages_x86.py): which registers and ports are harmless, APICs, the
multiboot header.

Not here: what differs by vendor (svm.py, vmx.py), PCI (pci.py), rules that hold for every image (oracle.py, reach.py).
"""

import struct

import pages
import pages_x86
import pci
import reach
from pages import PAGE
from subject import (
    AMD,
    CONTROLS,
    FORM,
    HYPERVISOR,
    IOAPIC_FILTER,
    MACHINES,
    MSIX_FILTER,
    OWNERS,
    PCI_FILTER,
    START,
    STATE,
    TABLES,
    X86,
    inside,
    meets,
    page_range,
)

MULTIBOOT = 0x1BADB002
PORTS = 1 << 16
MACHINE_PORTS = [0x20, 0x21, 0x64, 0x92, 0xA0, 0xA1, 0xB2, 0xB3, *range(0xCF8, 0xD00)]

RESET_PAT = 0x0007040600070406

# ---- registers and ports: a clear bit of a map lets the guest have it -----------------------------------------------

READ, WRITE = 0, 1


def harmless():
    """(register, access) of those that are state of the guest's own core."""
    both = {0x48, 0x49, 0x174, 0x175, 0x176, 0x277, 0x6E0, *range(0x800, 0x840), 0xDA0}
    both |= {*range(0xC0000081, 0xC0000085), *range(0xC0000100, 0xC0000104)}
    allowed = {(msr, access) for msr in both for access in (READ, WRITE)} | {(0x10, READ)}
    allowed -= {(0x830, WRITE)}  # ICR: interrupts for whom it likes
    # what delivers SMI, INIT: corrected machine checks, timer, thermal, performance, both pins, errors; 0x831 is none
    return allowed - {(0x82F, READ)} - {(msr, WRITE) for msr in (0x82F, *range(0x831, 0x838))}


HARMLESS = harmless()


def clear_bits(plan, base, size):
    return ~int.from_bytes(plan.content.bytes(base, size), "little") & (1 << 8 * size) - 1


def ports_of(plan, row):
    return clear_bits(plan, row["port_map"], plan.machine.PIECES["port_map"] * PAGE)


def machine_ports(plan):
    off = plan.all("x86")[0].power_off_port
    ports = [*MACHINE_PORTS, *([off, off + 1] if off else [])]
    return sum(1 << port for port in set(ports)) | ((1 << 8 * PAGE) - 1) << PORTS


# ---- rows -----------------------------------------------------------------------------------------------------------

ROW = "start_control reset_control msr_map port_map start_first start_count reset_first reset_count".split()
REACH_ROW = ["pins", "cluster_count"]
CLUSTERS = 16  # of 16 cores each


def partition_rows(plan):
    values = plan.all("x86")[0].partitions
    names, step = [*ROW, *REACH_ROW], len(ROW) + len(REACH_ROW) + CLUSTERS
    rows = [values[at : at + step] for at in range(0, len(values), step)]
    return [dict(zip(names, row), clusters=row[len(names) :]) for row in rows]


def controls_right(plan):
    """Blocks and maps are constant, checked by whoever goes by them, and say what they are to say."""
    seen = []
    for index, partition in enumerate(plan.all("partitions")):
        subject, row = f"partition {index}", partition_rows(plan)[index]
        found = {}
        for name, pages_of in plan.machine.PIECES.items():
            piece = row[name], pages_of * PAGE
            found[name] = row[name] % PAGE == 0 and inside(*piece, plan.table_base, plan.table_size)
            if found[name]:
                yield from reach.unguarded(plan, subject, None, reach.cores_of(plan, index), None, piece)
            else:
                yield TABLES, subject, f"its {name} is none"
        for kind, text in plan.machine.starts_right(plan, partition, row, found):
            yield kind, subject, text
        registers = row["msr_map"], plan.machine.PIECES["msr_map"] * PAGE
        if found["msr_map"] and clear_bits(plan, *registers) & ~plan.machine.HARMLESS:
            yield CONTROLS, subject, "registers that are not harmless"
        ports = ports_of(plan, row) if found["port_map"] else 0
        if ports & machine_ports(plan):
            yield OWNERS, subject, "ports of the machine"
        if any(ports & other & (1 << PORTS) - 1 for other in seen):
            yield OWNERS, subject, "ports that another has"
        seen.append(ports)


def unused_fields(plan):
    """Of a partition's row: those of the other vendor."""
    fields = set(ROW) - set(plan.machine.PIECES)
    return fields if plan.all("x86")[0].vendor == AMD else fields - set(ROW[4:])


def reach_right(plan):
    """A guest's pins end with its last one; it may send interrupts to each of its cores, by logical id, and to no other."""
    for index, (partition, row) in enumerate(zip(plan.all("partitions"), partition_rows(plan))):
        ids = [plan.all("cores")[one.core].mpidr for one in plan.own(partition, "vcpus")]
        masks = [sum({1 << one % 16 for one in ids if one // 16 == cluster}) for cluster in range(CLUSTERS)]
        if row["pins"] != max([1, *(one.id - 31 for one in plan.own(partition, "interrupts"))]):
            yield OWNERS, f"partition {index}", "pins that it sees"
        if list(row["clusters"]) != masks or row["cluster_count"] != max(ids) // 16 + 1:
            yield OWNERS, f"partition {index}", "cores that it reaches"


def machine_row_right(plan):
    row = plan.all("x86")[0]
    ioapic, local = (plan.gicd_pa, PAGE), (plan.gicr_pa, plan.gicr_size)
    if (row.ioapic_pa, row.ioapic_va) != (plan.gicd_pa, plan.gicd_va) or ioapic[0] % PAGE or plan.touches_ram(*ioapic):
        yield OWNERS, "image", "its I/O APIC"
    if local[0] % PAGE or local[1] != PAGE or plan.touches_ram(*local) or meets(*local, *ioapic):
        yield OWNERS, "image", "its local APICs"
    pins = row.ioapic_pins
    if not 1 <= pins <= 240 or any(not 32 <= one.id < 32 + pins for one in plan.all("interrupts")):
        yield OWNERS, "image", "pins"
    start = row.trampoline, PAGE
    if row.trampoline % PAGE or not 0 < row.trampoline < 1 << 20 or plan.touches_ram(*start):
        yield OWNERS, "image", "where cores begin"
    elif meets(*start, *ioapic) or meets(*start, *local):
        yield OWNERS, "image", "where cores begin are registers"
    if row.power_off_port > 0xFFFE or row.power_off_value > 0xFFFF or row.power_off_value and not row.power_off_port:
        yield FORM, "image", "power-off"
    used, unused = len(plan.all("partitions")), unused_fields(plan)
    for index, one in enumerate(partition_rows(plan)):
        if any(one[name] for name in unused) or index >= used and any((*list(one.values())[:-1], *one["clusters"])):
            yield FORM, "image", f"row {index} of its partitions"
    yield from reach_right(plan)
    if (row.control | row.host) % PAGE:
        yield STATE, "image", "pages for control blocks"


VENDORS = {}  # svm.py and vmx.py put their machines here


class X86Machine:
    """Each of its functions takes the subject. A vendor's has what the controls are, besides."""

    GICS = (0,)
    X86_ROWS = 1
    SPIN_TABLES = False
    FLAGS = 0
    MADE = START
    PATCHED = ()
    TEXT = pages_x86.TEXT
    Stage1 = pages_x86.LongMode

    @staticmethod
    def of_vendor(plan):
        return VENDORS.get(plan.all("x86")[0].vendor)

    @staticmethod
    def stage1_use(word, is_large):
        return pages_x86.long_mode_use(word, is_large)

    @staticmethod
    def begins(data):
        return X86Machine.header(data) is not None

    @staticmethod
    def header(data):
        """Multiboot 0.6.96, 3.1: where a loader finds it."""
        for at in range(0, min(8192, len(data) - 31), 4):
            magic, flags, checksum = struct.unpack_from("<3I", data, at)
            if magic == MULTIBOOT and (magic + flags + checksum) & 0xFFFFFFFF == 0:
                return at
        return None

    @staticmethod
    def filter_places(plan, index):
        return [plan.gicd_pa, *pci.places(plan, index)]

    @staticmethod
    def filter_count(plan, index):
        return 1 + any(one.owner == index for one in pci.functions(plan)) + len(pci.tables_of(plan, index))

    # ---- tables ----

    @staticmethod
    def core_size(_plan):
        return PAGE

    @staticmethod
    def alignment(_size):
        return PAGE

    @staticmethod
    def stage2_size(_plan, _partition):
        return PAGE

    @staticmethod
    def space_wrong(plan, partition):
        rows = plan.own(partition, "windows") + plan.own(partition, "filters")
        top = 0
        for row in rows:
            top |= row.base + row.size - 1
        return f"reaches beyond {top:#x}" if top >> min(48, plan.pa_bits) else None

    @staticmethod
    def control_right(_plan, partition):
        return partition.stage2_control == 0

    # ---- registers ----

    @staticmethod
    def shared(_plan):
        return set()

    @staticmethod
    def forbidden(plan):
        pieces = [plan.distributor, (plan.gicr_pa, min(plan.gicr_size, 1 << 30)), *X86Machine.taken(plan)]
        return {page for piece in pieces for page in page_range(*piece)}

    @staticmethod
    def taken(plan):
        row = plan.all("x86")[0]
        return [(row.trampoline, PAGE), *pci.registers(row), *(one.pages for one in pci.tables_of(plan))]

    @staticmethod
    def core_registers(_plan, index, core, _tree):
        if core.gicr_va:
            yield FORM, f"core {index}", "it has no registers in memory"

    @staticmethod
    def console_places(plan, _tree):
        if plan.console_va > PORTS - 8:
            yield HYPERVISOR, "image", "a console's port that is none"

    @staticmethod
    def map_registers(plan, _index, _core, expected):
        expected.put(plan.gicd_va, plan.gicd_pa, PAGE, pages.HYPERVISOR_REGISTERS)
        start = plan.all("x86")[0].trampoline
        expected.put(start, start, PAGE, pages.DATA)
        row = plan.all("x86")[0]
        for virtual, (base, size) in zip((row.configuration_va, row.iommu_va), pci.registers(row)):
            expected.put(virtual, base, size, pages.HYPERVISOR_REGISTERS)
        for one in pci.tables_of(plan):
            expected.put(one.table_va & -PAGE, *one.pages, pages.HYPERVISOR_REGISTERS)

    # ---- rows ----

    @staticmethod
    def is_core(core):
        return core.mpidr < 255

    @staticmethod
    def vcpu_right(_plan, vcpu, core):
        logical = core.mpidr // 16 << 16 | 1 << core.mpidr % 16
        return (vcpu.virtual_id, vcpu.route, vcpu.sgi_target) == (core.mpidr, core.mpidr, logical)

    @staticmethod
    def private_right(mask):
        return mask == 0

    @staticmethod
    def filters(plan, partition):
        row = plan.all("x86")[0]
        right = [(IOAPIC_FILTER, plan.gicd_va, PAGE, 0)]
        if partition.filter_count > 1:
            right.append((PCI_FILTER, row.configuration_va, row.buses << 20, 0))
        index = next(i for i, row in enumerate(plan.all("partitions")) if row is partition)
        tables = pci.tables_of(plan, index)
        return right + [(MSIX_FILTER, one.table_va & -PAGE, one.pages[1], 0) for one in tables]

    @staticmethod
    def areas(plan):
        row = plan.all("x86")[0]
        areas = [(row.control, PAGE * len(plan.all("vcpus"))), (row.host, PAGE * len(plan.all("cores")))]
        return [*areas, (row.remap, pci.REMAP_SIZE * row.function_count)]

    @staticmethod
    def rows_right(plan):
        yield from machine_row_right(plan)
        yield from pci.right(plan)
        yield from controls_right(plan)

    # ---- content ----

    @staticmethod
    def header_right(plan):
        at = X86Machine.header(plan.data)
        flags = struct.unpack_from("<I", plan.data, at + 4)[0]
        place, load, load_end, bss_end, entry = struct.unpack_from("<5I", plan.data, at + 12)
        right = (1 << 16, plan.image_base + at, plan.image_base, 0, 0)
        return (flags, place, load, load_end, bss_end) == right and plan.image_base <= entry < plan.plan_base

    @staticmethod
    def enters(partition, image):
        return inside(partition.entry, 1, image.base, image.size)

    @staticmethod
    def argument_right(argument, made):
        return argument in made

    # ---- claims ----

    @staticmethod
    def facts(plan):
        row = plan.all("x86")[0]
        names = "vendor trampoline ioapic_pins apic_frequency tsc_frequency power_off_port power_off_value".split()
        names += "configuration_pa buses iommu_pa".split()
        return [getattr(row, name) for name in names] + [plan.console_va]

    @staticmethod
    def partition_facts(plan, index):
        ports = ports_of(plan, partition_rows(plan)[index]) & (1 << PORTS) - 1
        own = [(one.number, one.messages, one.table) for one in pci.functions(plan) if one.owner == index]
        return f"{ports:x} {sorted(own)}"


MACHINES[X86] = X86Machine
