# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of AMD's processors: control blocks and permission maps by the layout of the APM (volume 2,
15.10, 15.11 and appendix B). Not here: nested tables (pages_x86.py), what Intel's have too (x86_64.py).
"""

import struct

import pages_x86
import x86_64
from pages import PAGE
from subject import AMD, CONTROLS

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
DEBUG, ALIGNMENT, MACHINE_CHECK = 1, 17, 18  # vectors
SVME, LMA, LME = 1 << 12, 1 << 10, 1 << 8
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
        "exceptions": 1 << DEBUG | 1 << ALIGNMENT | 1 << MACHINE_CHECK,
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
    registers |= {"DR6": 0xFFFF0FF0, "DR7": 0x400, "RFLAGS": 2, "PAT": x86_64.RESET_PAT}
    for name, content in segments.items():
        page[SEGMENTS[name] : SEGMENTS[name] + 16] = content
    for name, value in registers.items():
        struct.pack_into("<Q", page, STATE_FIELDS[name], value)
    return bytes(page)


# ---- maps ------------------------------------------------------------------------------------------------------------

MAP_PAGES = 2
BANKS = (0, 0xC0000000, 0xC0010000)  # of 2000h registers, 2 bits each; a fourth has no registers


def register_bit(msr, access):
    return (BANKS.index(msr & ~0x1FFF) * 0x2000 + (msr & 0x1FFF)) * 2 + access


class Svm(x86_64.X86Machine):
    """An AMD processor."""

    VENDOR = AMD
    PIECES = {"start_control": 1, "reset_control": 1, "msr_map": MAP_PAGES, "port_map": 3}
    HARMLESS = sum(1 << register_bit(*access) for access in x86_64.HARMLESS)
    Stage2 = pages_x86.Nested

    @staticmethod
    def stage2_use(word, is_large):
        return pages_x86.nested_use(word, is_large)

    @staticmethod
    def field_spans(_plan):
        return []

    @staticmethod
    def starts_right(plan, partition, row, found):
        for name, state in (("start_control", start_state), ("reset_control", reset_state)):
            if found[name] and plan.content.bytes(row[name], PAGE) != block(partition, row, state):
                yield CONTROLS, f"its {name}"


x86_64.VENDORS[AMD] = Svm
