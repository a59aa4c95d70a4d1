# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of Intel's processors: fields of control structures and permission maps by the words of the SDM
(volume 3, chapter 25 and appendix B). Not here: extended tables (pages_x86.py), what AMD's have too (x86_64.py).
"""

import pages_x86
import x86_64
from pages import PAGE
from subject import CONTROLS, INTEL

# ---- fields: a row is (encoding, value, what a core must be able to set) ---------------------------------------------

WORD, LONG, DOUBLE, NATURAL = range(4)  # 16, 64, 32 bits; as wide as the processor
CONTROL, GUEST = 0, 2


def encoding(width, kind, index):
    """Appendix B: access type full, index, type, reserved, width."""
    return width << 13 | kind << 10 | index << 1


def mask(*bits):
    return sum(1 << bit for bit in bits)


def controls():
    """Tables 25-5 to 25-15: index, what is set where it can be, what must be."""
    nmi, virtual_nmi = 3, 5
    mwait, rdpmc, port_maps, msr_map, monitor, secondary = 10, 11, 25, 28, 29, 31
    ept, rdtscp, vpid, wbinvd, unrestricted, invpcid, xsaves = 1, 3, 5, 6, 7, 12, 20
    save_debug, host_64, save_pat, load_pat, save_efer, load_efer = 2, 9, 18, 19, 20, 21
    needed = mask(ept, vpid, wbinvd, unrestricted)
    yield 0, mask(nmi, virtual_nmi), mask(nmi, virtual_nmi)
    yield 1, *[mask(mwait, rdpmc, port_maps, msr_map, monitor, secondary)] * 2
    yield 15, needed | mask(rdtscp, invpcid, xsaves), needed
    yield 6, *[mask(save_debug, host_64, save_pat, load_pat, save_efer, load_efer)] * 2


def entry_controls(is_long):
    load_debug, long_mode, load_pat, load_efer = 2, 9, 14, 15
    return mask(load_debug, load_pat, load_efer) | (mask(long_mode) if is_long else 0)


DEBUG, ALIGNMENT, MACHINE_CHECK = 1, 17, 18  # vectors
CR0_NE, CR0_NW, CR0_CD = 1 << 5, 1 << 29, 1 << 30
CR4_MCE, CR4_VMXE = 1 << 6, 1 << 13
# a guest's own: VME to PSE, PAE; PGE, PCE, OSFXSR, OSXMMEXCPT, UMIP; FSGSBASE, PCIDE, OSXSAVE; SMEP, SMAP, PKE
CR4_GUEST = mask(0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 16, 17, 18, 20, 21, 22)
ALL_64 = (1 << 64) - 1
SEGMENTS = "ES CS SS DS FS GS LDTR TR".split()
UNUSABLE = 1 << 16


def start_state():
    """64-bit mode by the start block's tables and descriptors (Linux, Documentation/arch/x86/boot.rst)."""
    segments = dict.fromkeys(SEGMENTS, (0x18, 0xFFFFFFFF, 0xC093))
    segments["CS"] = 0x10, 0xFFFFFFFF, 0xA09B
    tables = {"GDTR": (0x91000, 31), "IDTR": (0, 0)}
    return segments, tables, {"CR0": 0x80010031, "CR3": 0x93000, "CR4": 0x20, "EFER": 1 << 10 | 1 << 8}


def reset_state():
    """After SIPI (table 10-1): real mode."""
    segments = dict.fromkeys(SEGMENTS, (0, 0xFFFF, 0x93))
    segments["CS"] = 0, 0xFFFF, 0x9B
    return segments, dict.fromkeys(("GDTR", "IDTR"), (0, 0xFFFF)), {"CR0": 0x10, "CR3": 0, "CR4": 0, "EFER": 0}


def control_rows(partition, row):
    for index, value, required in controls():
        yield encoding(DOUBLE, CONTROL, index), value, required
    yield encoding(DOUBLE, CONTROL, 2), mask(DEBUG, ALIGNMENT, MACHINE_CHECK), 0
    for index in (3, 4, 5, 7, 8, 10, 11):  # page faults that exit, CR3 targets, lists of MSRs, an event to inject
        yield encoding(DOUBLE, CONTROL, index), 0, 0
    yield encoding(WORD, CONTROL, 0), partition.vmid, 0
    yield encoding(LONG, CONTROL, 0), row["port_map"], 0
    yield encoding(LONG, CONTROL, 1), row["port_map"] + PAGE, 0
    yield encoding(LONG, CONTROL, 2), row["msr_map"], 0
    yield encoding(LONG, CONTROL, 13), partition.stage2_root | 3 << 3 | 6, 0  # 4 levels of write-back memory
    yield encoding(NATURAL, CONTROL, 0), CR0_CD | CR0_NW | CR0_NE, 0
    yield encoding(NATURAL, CONTROL, 1), ALL_64 & ~CR4_GUEST, 0


def segment_rows(segments, tables):
    segments = segments | {"LDTR": (0, 0xFFFF, UNUSABLE), "TR": (0, 0xFFFF, 0x8B)}
    for index, name in enumerate(SEGMENTS):
        selector, limit, access = segments[name]
        yield encoding(WORD, GUEST, index), selector, 0
        yield encoding(DOUBLE, GUEST, index), limit, 0
        yield encoding(DOUBLE, GUEST, 10 + index), access, 0
        yield encoding(NATURAL, GUEST, 3 + index), 0, 0
    for index, (base, limit) in enumerate((tables["GDTR"], tables["IDTR"])):
        yield encoding(DOUBLE, GUEST, 8 + index), limit, 0
        yield encoding(NATURAL, GUEST, 11 + index), base, 0


def register_rows(registers):
    entry = entry_controls(registers["EFER"] != 0)
    yield encoding(DOUBLE, CONTROL, 9), entry, entry
    yield encoding(NATURAL, CONTROL, 2), registers["CR0"], 0  # as the guest reads it
    yield encoding(NATURAL, CONTROL, 3), registers["CR4"], 0
    yield encoding(NATURAL, GUEST, 0), registers["CR0"] | CR0_NE, 0
    yield encoding(NATURAL, GUEST, 1), registers["CR3"], 0
    yield encoding(NATURAL, GUEST, 2), registers["CR4"] | CR4_MCE | CR4_VMXE, 0
    yield encoding(LONG, GUEST, 0), ALL_64, 0  # no other structure is linked
    yield encoding(LONG, GUEST, 1), 0, 0  # DEBUGCTL
    yield encoding(LONG, GUEST, 2), x86_64.RESET_PAT, 0
    yield encoding(LONG, GUEST, 3), registers["EFER"], 0
    for index in (18, 19, 21):  # what blocks interrupts, activity, SYSENTER_CS
        yield encoding(DOUBLE, GUEST, index), 0, 0
    for index, value in ((13, 0x400), (14, 0), (15, 0), (16, 2), (17, 0), (18, 0), (19, 0)):
        yield encoding(NATURAL, GUEST, index), value, 0  # DR7, RSP, RIP, RFLAGS, pending #DB, SYSENTER_ESP, _EIP


def rows(partition, row, state):
    segments, tables, registers = state()
    return [*control_rows(partition, row), *segment_rows(segments, tables), *register_rows(registers)]


# ---- maps ------------------------------------------------------------------------------------------------------------

MAP_PAGES = 1
BANKS = (0, 0xC0000000)  # of 2000h registers, a bit each: all reads, then all writes


def register_bit(msr, access):
    return access * 0x4000 + BANKS.index(msr & ~0x1FFF) * 0x2000 + (msr & 0x1FFF)


class Vmx(x86_64.X86Machine):
    """An Intel processor."""

    VENDOR = INTEL
    PIECES = {"msr_map": MAP_PAGES, "port_map": 2}
    HARMLESS = sum(1 << register_bit(*access) for access in x86_64.HARMLESS)
    Stage2 = pages_x86.Extended

    @staticmethod
    def stage2_use(word, is_large):
        return pages_x86.extended_use(word, is_large)

    @staticmethod
    def field_spans(plan):
        for row in x86_64.partition_rows(plan)[: len(plan.all("partitions"))]:
            yield row["start_first"], row["start_count"]
            yield row["reset_first"], row["reset_count"]

    @staticmethod
    def starts_right(plan, partition, row, _found):
        for name, state in (("start", start_state), ("reset", reset_state)):
            first, count = row[f"{name}_first"], row[f"{name}_count"]
            fields = [(one.field, one.value, one.required) for one in plan.all("vmcs")[first : first + count]]
            if sorted(fields) != sorted(rows(partition, row, state)):
                yield CONTROLS, f"its fields at {name}"


x86_64.VENDORS[INTEL] = Vmx
