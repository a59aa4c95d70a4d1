# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of PCI on x86-64: functions, and the table of AMD's IOMMU (48882, 2.2.2)."""

import struct

import pages_x86
import reach
from pages import PAGE
from subject import BOOT_SETS, DEVICE, FORM, INTEL, OWNERS, REACH, TABLES, inside, meets

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


def registers(row):
    """Configuration space, then the IOMMU."""
    found = [(row.configuration_pa, min(row.buses, 1 << 12) << 20)] if row.configuration_va else []
    return found + ([(row.iommu_pa, 4 * PAGE)] if row.iommu_va else [])


def bars_right(plan, owner, values, masks):
    windows = plan.own(plan.all("partitions")[owner], "windows")
    own = [row for row in windows if row.kind == DEVICE and row.base == row.pa]
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


def right(plan):
    row = plan.all("x86")[0]
    fits = row.buses <= 16 and bool(row.buses) == bool(row.configuration_va) and row.function_count <= FUNCTIONS
    fits = fits and (row.configuration_va or not row.configuration_pa and not row.iommu_va)
    fits = fits and (row.iommu_va and row.device_table or not (row.iommu_va or row.device_table))
    fits = fits and (row.iommu_va or not row.iommu_pa and not row.function_count)
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
    if row.iommu_va:
        yield from device_table_right(plan)
