# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of x86-64 (AMD) besides its tables (pages_x86.py): control blocks and permission maps by the
layout of the APM (volume 2, 15.10, 15.11 and appendix B), APICs, the multiboot header.

Not here: rules that hold for every image (oracle.py, reach.py).
"""

import struct

import pages
import pages_x86
import reach
from pages import PAGE
from subject import (
    BOOT_SETS,
    CONTROLS,
    DEVICE,
    FORM,
    HYPERVISOR,
    IOAPIC_FILTER,
    MACHINES,
    OWNERS,
    PCI_FILTER,
    REACH,
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

# ---- control blocks: name, offset, size ------------------------------------------------------------------------------

CONTROL = {
    "exceptions": (0x008, 4),
    "instructions": (0x00C, 8),
    "port map": (0x040, 8),
    "register map": (0x048, 8),
    "ASID": (0x058, 4),
    "nested paging": (0x090, 8),
    "nested CR3": (0x0B0, 8),
}
SEGMENTS = {name: 0x400 + 16 * index for index, name in enumerate("ES CS SS DS FS GS GDTR LDTR IDTR TR".split())}
STATE_FIELDS = {"EFER": 0x4D0, "CR4": 0x548, "CR3": 0x550, "CR0": 0x558, "DR7": 0x560, "DR6": 0x568}
STATE_FIELDS |= {"RFLAGS": 0x570, "PAT": 0x668}

# Bits of the second and third vector of intercepts that are wanted: instructions by number of the 64.
NMI, RDPMC, CPUID, RSM, INVD, INVLPGA, PORT, MSR, SHUTDOWN = 1, 15, 18, 19, 22, 26, 27, 28, 31
VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT = range(32, 39)
WBINVD, MONITOR, MWAIT, MWAIT_ARMED, RDPRU = 41, 42, 43, 44, 46
WANTED = (NMI, RDPMC, CPUID, RSM, INVD, INVLPGA, PORT, MSR, SHUTDOWN)
WANTED += (VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, WBINVD, MONITOR, MWAIT, MWAIT_ARMED, RDPRU)
DEBUG, ALIGNMENT = 1, 17  # vectors
SVME, LMA, LME = 1 << 12, 1 << 10, 1 << 8
RESET_PAT = 0x0007040600070406
GIB4 = 0xFFFFFFFF


def segment(selector, attributes, limit, base=0):
    return struct.pack("<HHIQ", selector, attributes, limit, base)


def start_state():
    """64-bit mode by the start block's tables and descriptors (Linux, Documentation/arch/x86/boot.rst)."""
    data = segment(0x18, 0xC93, GIB4)  # granular, 32-bit; present, data, writable, accessed
    segments = dict.fromkeys("ES SS DS FS GS".split(), data)
    segments["CS"] = segment(0x10, 0xA9B, GIB4)  # granular, long; present, code, readable, accessed
    segments["GDTR"] = segment(0, 0, 31, 0x91000)
    # PG, WP, NE, ET, PE; PAE
    return segments, {"EFER": SVME | LMA | LME, "CR0": 0x80010031, "CR3": 0x93000, "CR4": 0x20}


def reset_state():
    """After SIPI (14.1.3): real mode."""
    segments = dict.fromkeys("ES SS DS FS GS".split(), segment(0, 0x93, 0xFFFF))
    segments["CS"] = segment(0, 0x9B, 0xFFFF)
    segments["GDTR"] = segments["IDTR"] = segment(0, 0, 0xFFFF)
    return segments, {"EFER": SVME, "CR0": 0x10}


def block(partition, row, state):
    """A whole control block: what has no name is zero."""
    page = bytearray(PAGE)
    values = {
        "exceptions": 1 << DEBUG | 1 << ALIGNMENT,
        "instructions": sum(1 << bit for bit in WANTED),
        "port map": row["port_map"],
        "register map": row["msr_map"],
        "ASID": partition.vmid,
        "nested paging": 1,
        "nested CR3": partition.stage2_root,
    }
    for name, (offset, size) in CONTROL.items():
        page[offset : offset + size] = values[name].to_bytes(size, "little")
    segments, registers = state()
    segments |= {"LDTR": segment(0, 0x82, 0xFFFF), "TR": segment(0, 0x8B, 0xFFFF)}
    registers |= {"DR6": 0xFFFF0FF0, "DR7": 0x400, "RFLAGS": 2, "PAT": RESET_PAT}
    for name, content in segments.items():
        page[SEGMENTS[name] : SEGMENTS[name] + 16] = content
    for name, value in registers.items():
        struct.pack_into("<Q", page, STATE_FIELDS[name], value)
    return bytes(page)


# ---- maps: a clear bit lets the guest have it -----------------------------------------------------------------------

READ, WRITE = 0, 1  # bits of a register
BANKS = (0, 0xC0000000, 0xC0010000)


def harmless():
    """Bits of the map whose registers are state of the guest's own core."""
    both = {0x48, 0x49, 0x174, 0x175, 0x176, 0x277, 0x6E0, *range(0x800, 0x840), 0xDA0}
    both |= {*range(0xC0000081, 0xC0000085), *range(0xC0000100, 0xC0000104)}
    allowed = {(msr, access) for msr in both for access in (READ, WRITE)} | {(0x10, READ)}
    allowed -= {(0x830, WRITE)}  # ICR: interrupts for whom it likes
    # what delivers SMI, INIT: entries for corrected machine checks, timer, thermal, performance, both pins, errors; 0x831 is none
    allowed -= {(0x82F, READ)} | {(msr, WRITE) for msr in (0x82F, *range(0x831, 0x838))}
    mask = 0
    for msr, access in allowed:
        bank = BANKS.index(msr & ~0x1FFF)
        mask |= 1 << (bank * 0x2000 + (msr & 0x1FFF)) * 2 + access
    return mask


HARMLESS = harmless()


def clear_bits(plan, base, size):
    return ~int.from_bytes(plan.content.bytes(base, size), "little") & (1 << 8 * size) - 1


def ports_of(plan, row):
    return clear_bits(plan, row["port_map"], 3 * PAGE)


def machine_ports(plan):
    off = plan.all("x86")[0].power_off_port
    ports = [*MACHINE_PORTS, *([off, off + 1] if off else [])]
    return sum(1 << port for port in set(ports)) | ((1 << 8 * PAGE) - 1) << PORTS


# ---- rows -----------------------------------------------------------------------------------------------------------

ROW = "start_control reset_control msr_map port_map start_first start_count reset_first reset_count".split()


def partition_rows(plan):
    values = plan.all("x86")[0].partitions
    return [dict(zip(ROW, values[at : at + len(ROW)])) for at in range(0, len(values), len(ROW))]


def controls_right(plan):
    """Blocks and maps are constant, checked by whoever goes by them, and say what they are to say."""
    seen = []
    for index, partition in enumerate(plan.all("partitions")):
        subject, row = f"partition {index}", partition_rows(plan)[index]
        found = {}
        for name, pages_of in (("start_control", 1), ("reset_control", 1), ("msr_map", 2), ("port_map", 3)):
            piece = row[name], pages_of * PAGE
            found[name] = row[name] % PAGE == 0 and inside(*piece, plan.table_base, plan.table_size)
            if found[name]:
                yield from reach.unguarded(plan, subject, None, reach.cores_of(plan, index), None, piece)
            else:
                yield TABLES, subject, f"its {name} is none"
        for name, state in (("start_control", start_state), ("reset_control", reset_state)):
            if found[name] and plan.content.bytes(row[name], PAGE) != block(partition, row, state):
                yield CONTROLS, subject, f"its {name}"
        if found["msr_map"] and clear_bits(plan, row["msr_map"], 2 * PAGE) & ~HARMLESS:
            yield CONTROLS, subject, "registers that are not harmless"
        ports = ports_of(plan, row) if found["port_map"] else 0
        if ports & machine_ports(plan):
            yield OWNERS, subject, "ports of the machine"
        if any(ports & other & (1 << PORTS) - 1 for other in seen):
            yield OWNERS, subject, "ports that another has"
        seen.append(ports)


# ---- PCI: functions, and the table by which an IOMMU confines them (48882, 2.2.2) ----------------------------------

FUNCTIONS, BARS = 32, 6
ENTRY = struct.Struct("<4Q")
BLOCKED = (3, 0, 1, 0)  # valid, with translation that allows nothing; interrupts by their control, which is: abort


def all_functions(plan):
    """(id, partition, base address registers, what they read of all ones) of each row, used or not."""
    values = plan.all("x86")[0].functions
    step = 2 + 2 * BARS
    rows = [values[at : at + step] for at in range(0, len(values), step)]
    return [(row[0], row[1], row[2 : 2 + BARS], row[2 + BARS :]) for row in rows]


def functions(plan):
    return all_functions(plan)[: plan.all("x86")[0].function_count]


def registers_of_pci(row):
    """Configuration space, then the IOMMU."""
    found = [(row.configuration_pa, min(row.buses, 1 << 12) << 20)] if row.configuration_va else []
    return found + ([(row.iommu_pa, 4 * PAGE)] if row.iommu_va else [])


def bars_right(plan, owner, values, masks):
    own = [row for row in plan.own(plan.all("partitions")[owner], "windows") if row.kind == DEVICE and row.base == row.pa]
    at = 0
    while at < BARS:
        value, mask, flags = values[at], masks[at], masks[at] & 15
        at += 1
        if not value and not mask:
            continue
        if flags & 4 and at < BARS:
            value, mask = value | values[at] << 32, mask | masks[at] << 32
            at += 1
        elif flags & 4:
            return False
        else:
            mask |= 0xFFFFFFFF << 32
        size = -(mask - flags) & (1 << 64) - 1
        place = value - flags
        if flags & 3 or value & 15 != flags or not size or size & size - 1 or place % size:
            return False
        if not any(inside(place, size, row.pa, row.size) for row in own):
            return False
    return True


def functions_right(plan):
    row, seen = plan.all("x86")[0], set()
    for number, (function, owner, values, masks) in enumerate(all_functions(plan)):
        if number >= row.function_count:
            if any((function, owner, *values, *masks)):
                yield FORM, "image", f"row {number} of its functions"
        elif function in seen or function >= row.buses << 8 or owner >= len(plan.all("partitions")):
            yield OWNERS, "image", f"function {function:#x}"
        elif not bars_right(plan, owner, values, masks):
            yield OWNERS, "image", f"registers of function {function:#x}"
        seen.add(function)


def device_table_right(plan):
    row = plan.all("x86")[0]
    piece = row.device_table, row.buses * 256 * ENTRY.size
    if row.device_table % PAGE or not inside(*piece, plan.table_base, plan.table_size):
        yield TABLES, "image", "its device table is none"
        return
    yield from reach.unguarded(plan, "image", 0, range(1), BOOT_SETS, piece)
    right = {}
    for function, owner, _, _ in functions(plan):
        if owner < len(plan.all("partitions")):
            partition = plan.all("partitions")[owner]
            first = BLOCKED[0] | partition.stage2_root | 4 << 9 | pages_x86.DEVICE
            right[function] = first, partition.vmid, BLOCKED[2] | 1 << 60, 0
    for number, entry in enumerate(ENTRY.iter_unpack(plan.content.bytes(*piece))):
        if entry != right.get(number, BLOCKED):
            yield REACH, "image", f"what function {number:#x} reaches"


def pci_right(plan):
    row = plan.all("x86")[0]
    right = row.buses <= 16 and bool(row.buses) == bool(row.configuration_va) and row.function_count <= FUNCTIONS
    right = right and (row.configuration_va or not row.configuration_pa and not row.iommu_va)
    right = right and (row.iommu_va and row.device_table or not (row.iommu_va or row.device_table))
    right = right and (row.iommu_va or not row.iommu_pa and not row.function_count)
    taken = [(plan.gicd_pa, PAGE), (plan.gicr_pa, plan.gicr_size), (row.trampoline, PAGE)]
    for virtual, piece in zip((row.configuration_va, row.iommu_va), registers_of_pci(row) if right else []):
        alignment = 4 * PAGE if virtual == row.iommu_va else 1 << 20
        right = right and virtual % PAGE == 0 == piece[0] % alignment and not plan.touches_ram(*piece)
        right = right and not any(meets(*piece, *other) for other in taken)
        taken.append(piece)
    if not right:
        yield OWNERS, "image", "its PCI or its IOMMU"
        return
    yield from functions_right(plan)
    if row.iommu_va:
        yield from device_table_right(plan)


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
    used = len(plan.all("partitions"))
    for index, one in enumerate(partition_rows(plan)):
        if any(value for name, value in one.items() if index >= used or name in ROW[4:]):
            yield FORM, "image", f"row {index} of its partitions"
    if (row.control | row.host) % PAGE:
        yield STATE, "image", "pages for control blocks"


class X86Machine:
    """Each of its functions takes the subject."""

    GICS = (0,)
    X86_ROWS = 1
    SPIN_TABLES = False
    FLAGS = 0
    MADE = START
    PATCHED = ()
    TEXT = pages_x86.TEXT
    Stage1, Stage2 = pages_x86.LongMode, pages_x86.Nested

    @staticmethod
    def stage1_use(word, is_large):
        return pages_x86.long_mode_use(word, is_large)

    @staticmethod
    def stage2_use(word, is_large):
        return pages_x86.nested_use(word, is_large)

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
    def filter_places(plan):
        return [plan.gicd_pa, plan.all("x86")[0].configuration_pa]

    @staticmethod
    def filter_count(plan, index):
        return 1 + any(owner == index for _, owner, _, _ in functions(plan))

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
        return [(row.trampoline, PAGE), *registers_of_pci(row)]

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
        for virtual, (base, size) in zip((row.configuration_va, row.iommu_va), registers_of_pci(row)):
            expected.put(virtual, base, size, pages.HYPERVISOR_REGISTERS)

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
        return right

    @staticmethod
    def areas(plan):
        row = plan.all("x86")[0]
        return [(row.control, PAGE * len(plan.all("vcpus"))), (row.host, PAGE * len(plan.all("cores")))]

    @staticmethod
    def rows_right(plan):
        yield from machine_row_right(plan)
        yield from pci_right(plan)
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
        return f"{ports:x} {sorted(number for number, owner, _, _ in functions(plan) if owner == index)}"


MACHINES[X86] = X86Machine
