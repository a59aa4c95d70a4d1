# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of PCI on x86-64: functions, and the table of AMD's IOMMU (48882, 2.2.2)."""

import dataclasses
import struct

import pages_x86
import reach
from pages import PAGE
from subject import BOOT_SETS, DEVICE, FORM, INTEL, OWNERS, REACH, TABLES, inside, meets

FUNCTIONS, BARS = 32, 6
REMAP_SIZE = 1024  # of the remapping table of a function's messages: 2^8 entries
ENTRY = struct.Struct("<4Q")
BLOCKED = (3, 0, 1, 0)  # valid, with translation that allows nothing; interrupts by their control, which is: abort



@dataclasses.dataclass(frozen=True)
class Function:
    number: int
    owner: int
    values: tuple  # base address registers
    masks: tuple  # what they read of all ones
    messages: int  # entries of its table of messages
    table: int
    table_va: int

    @property
    def pages(self):
        """Those of the table: base, size."""
        base = self.table & -PAGE
        return (base, (self.table + 16 * self.messages - base + PAGE - 1) & -PAGE) if self.messages else (0, 0)


def all_functions(plan):
    """Of each row, used or not."""
    values = plan.all("x86")[0].functions
    step = 5 + 2 * BARS
    rows = [values[at : at + step] for at in range(0, len(values), step)]
    return [Function(row[0], row[1], row[2 : 2 + BARS], row[2 + BARS : 2 + 2 * BARS], *row[-3:]) for row in rows]


def functions(plan):
    return all_functions(plan)[: plan.all("x86")[0].function_count]


def tables_of(plan, owner=None):
    return [one for one in functions(plan) if one.messages and owner in (None, one.owner)]


def registers(row):
    """Configuration space, then the IOMMU."""
    found = [(row.configuration_pa, min(row.buses, 1 << 12) << 20)] if row.configuration_va else []
    return found + ([(row.iommu_pa, 4 * PAGE)] if row.iommu_va else [])


def own_pages(plan, owner):
    rows = [row for row in plan.own(plan.all("partitions")[owner], "windows") if row.kind == DEVICE and row.base == row.pa]
    return [(row.pa, row.size) for row in rows] + [one.pages for one in tables_of(plan, owner)]


def covered(base, size, pieces):
    """Whether all of [base, base + size) is in the pieces."""
    end = base + size
    while base < end:
        further = [piece + length for piece, length in pieces if piece <= base < piece + length]
        if not further:
            return False
        base = max(further)
    return True


def bars(function):
    """(place, size) of each base address register, or None where it cannot be one."""
    at = 0
    while at < BARS:
        value, mask, flags = function.values[at], function.masks[at], function.masks[at] & 15
        at += 1
        if not value and not mask:
            continue
        if flags & 4 and at < BARS:
            value, mask = value | function.values[at] << 32, mask | function.masks[at] << 32
            at += 1
        elif flags & 4:
            yield None
            return
        else:
            mask |= 0xFFFFFFFF << 32
        size = -(mask - flags) & (1 << 64) - 1
        place = value - flags
        right = not flags & 3 and value & 15 == flags and size and not size & size - 1 and not place % size
        yield (place, size) if right else None


def table_right(plan, function):
    row, pages = plan.all("x86")[0], function.pages
    if not function.messages:
        return not function.table and not function.table_va
    others = [(row.configuration_pa, row.buses << 20), (row.iommu_pa, 4 * PAGE), (row.trampoline, PAGE)]
    others += [(plan.gicd_pa, PAGE), (plan.gicr_pa, plan.gicr_size)]
    right = function.messages <= 256 and not function.table % 8 and function.table % PAGE == function.table_va % PAGE
    right = right and not plan.touches_ram(*pages) and not any(meets(*pages, *other) for other in others)
    return right and any(inside(function.table, 16 * function.messages, *bar) for bar in bars(function) if bar)


def functions_right(plan):
    row, seen, tables = plan.all("x86")[0], set(), []
    for number, one in enumerate(all_functions(plan)):
        if number >= row.function_count:
            if any((one.number, one.owner, *one.values, *one.masks, one.messages, one.table, one.table_va)):
                yield FORM, "image", f"row {number} of its functions"
            continue
        if one.number in seen or one.number >= row.buses << 8 or one.owner >= len(plan.all("partitions")):
            yield OWNERS, "image", f"function {one.number:#x}"
        elif not all(bar and covered(*bar, own_pages(plan, one.owner)) for bar in bars(one)):
            yield OWNERS, "image", f"registers of function {one.number:#x}"
        elif not table_right(plan, one) or any(meets(*one.pages, *other) for other in tables):
            yield OWNERS, "image", f"table of function {one.number:#x}"
        seen.add(one.number)
        tables.append(one.pages)


def places(plan, index):
    """Where a partition that owns functions finds what traps: configuration space, tables of messages."""
    return [plan.all("x86")[0].configuration_pa, *(one.pages[0] for one in tables_of(plan, index))]


def filters_right(plan):
    for index, partition in enumerate(plan.all("partitions")):
        bases = [row.base for row in plan.own(partition, "filters")[1:]]
        if bases and bases != places(plan, index):
            yield OWNERS, f"partition {index}", "a filter of PCI where nothing is"


def device_table_right(plan):
    row = plan.all("x86")[0]
    piece = row.device_table, row.buses * 256 * ENTRY.size
    if row.device_table % PAGE or not inside(*piece, plan.table_base, plan.table_size):
        yield TABLES, "image", "its device table is none"
        return
    yield from reach.unguarded(plan, "image", 0, range(1), BOOT_SETS, piece)
    right = {}
    for number, one in enumerate(functions(plan)):
        if one.owner < len(plan.all("partitions")):
            partition = plan.all("partitions")[one.owner]
            first = BLOCKED[0] | partition.stage2_root | 4 << 9 | pages_x86.DEVICE
            remapped = 2 << 60 | 8 << 1 | row.remap + REMAP_SIZE * number if one.messages else 0
            right[one.number] = first, partition.vmid, BLOCKED[2] | remapped, 0
    for number, entry in enumerate(ENTRY.iter_unpack(plan.content.bytes(*piece))):
        if entry != right.get(number, BLOCKED):
            yield REACH, "image", f"what function {number:#x} reaches"


def right(plan):
    row = plan.all("x86")[0]
    fits = row.buses <= 16 and bool(row.buses) == bool(row.configuration_va) and row.function_count <= FUNCTIONS
    fits = fits and (row.configuration_va or not row.configuration_pa and not row.iommu_va)
    fits = fits and (row.iommu_va and row.device_table or not (row.iommu_va or row.device_table))
    fits = fits and (row.iommu_va or not row.iommu_pa and not row.function_count) and row.remap % 128 == 0
    fits = fits and not (row.iommu_va and row.vendor == INTEL)  # whose cores' tables it cannot read
    taken = [(plan.gicd_pa, PAGE), (plan.gicr_pa, plan.gicr_size), (row.trampoline, PAGE)]
    for virtual, piece in zip((row.configuration_va, row.iommu_va), registers(row) if fits else []):
        alignment = 4 * PAGE if virtual == row.iommu_va else 1 << 20
        fits = fits and virtual % PAGE == 0 == piece[0] % alignment and not plan.touches_ram(*piece)
        fits = fits and not any(meets(*piece, *other) for other in taken)
        taken.append(piece)
    if not fits:
        yield OWNERS, "image", "its PCI or its IOMMU"
        return
    yield from functions_right(plan)
    yield from filters_right(plan)
    if row.iommu_va:
        yield from device_table_right(plan)
