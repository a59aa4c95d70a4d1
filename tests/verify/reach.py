# SPDX-License-Identifier: Apache-2.0
"""What the tables of an image map, page by page, and what they are to map: stage 2, EL2 in steady state and while it
loads; and that nobody changes a table which another walks.

Not here: the walk (pages.py), the plan's rows (oracle.py).
"""

import re
import zlib

import pages
from pages import PAGE
from subject import (
    BLOCK,
    BOOT_SETS,
    FORBIDDEN,
    HYPERVISOR,
    LOG,
    NONE,
    RAM,
    REACH,
    STACK,
    STATE,
    TABLES,
    inside,
    meets,
    page_range,
)

class Expected:
    """What a tree is to map: regions, and page by page."""

    def __init__(self):
        self.regions, self.pages, self.conflict = [], {}, False

    def put(self, virtual, physical, size, use):
        self.regions.append((virtual, physical, size, use))

    def spread(self):
        count = 0
        for virtual, physical, size, use in self.regions:
            if size > pages.MOST_PAGES * PAGE or (virtual | physical | size) % PAGE:
                self.conflict = True
                continue
            count += size // PAGE
            outputs = range(physical | use, (physical | use) + size, PAGE)
            self.pages.update(zip(range(virtual, virtual + size, PAGE), outputs))
        self.conflict |= len(self.pages) != count
        return self


def differences(plan, kind, subject, expected, tree):
    expected = plan.walker.spread(subject, expected)
    if expected.conflict or tree.too_much:
        yield kind, subject, "two regions at one address, or more than there is"
    if tree.right is expected or tree.pages == expected.pages:
        tree.right = expected
        return
    for page, output in tree.pages.items():
        if expected.pages.get(page) != output:
            yield kind, subject, f"{page:#x} leads to {output & -PAGE:#x} with {output & PAGE - 1:#x}"
            break
    if not expected.pages.keys() <= tree.pages.keys():
        yield kind, subject, f"{min(expected.pages.keys() - tree.pages.keys()):#x} is not mapped"


def root_fits(root, size, alignment, area, area_size):
    return root % alignment == 0 and inside(root, size, area, area_size)


def stage2_roots(plan):
    """(root, size) of each partition whose addresses a walk can translate."""
    sizes = [(partition.stage2_root, plan.machine.stage2_size(plan, partition)) for partition in plan.all("partitions")]
    return [(root, size) for root, size in sizes if size]


def partition_reaches(plan, index, partition):
    subject = f"partition {index}"
    machine, size = plan.machine, plan.machine.stage2_size(plan, partition)
    wrong = machine.space_wrong(plan, partition)
    if wrong:
        yield REACH, subject, wrong
        return
    if not machine.control_right(plan, partition):
        yield REACH, subject, f"its control {partition.stage2_control:#x}"
    root = partition.stage2_root
    if not root_fits(root, size, machine.alignment(size), plan.shared_base, plan.shared_size):
        yield REACH, subject, "its root is out of place"
        return
    tree = plan.walker.walk(plan.content, root, size // 8, machine.stage2_use, machine.Stage2)
    plan.stage2[index] = tree
    expected = Expected()
    for window in plan.own(partition, "windows"):
        use = pages.GUEST_RAM if window.kind == RAM else pages.GUEST_REGISTERS
        expected.put(window.base, window.pa, window.size, use)
    yield from differences(plan, REACH, subject, expected, tree)
    entries = zip(range(root, root + size, 8), plan.content.words(root, size // 8))
    valid = {entry for entry in entries if entry[1] & machine.Stage2.PRESENT}
    restored = {(row.address, row.value) for row in plan.own(partition, "roots")}
    if restored != valid | invalid_rows(plan, partition, root, size):
        yield STATE, subject, "a recall and a restart do not clear and restore its root's valid entries"


def invalid_rows(plan, partition, root, size):
    """Rows that restore an entry of the root to what it is, though that is not valid, do no harm."""
    same = set()
    for row in plan.own(partition, "roots"):
        if row.address % 8 == 0 and inside(row.address, 8, root, size):
            word = plan.content.words(row.address, 1)[0]
            same |= {(row.address, word)} if word == row.value else set()
    return same


def reaches_apart(plan):
    """Nobody reaches another's page, the hypervisor's, a golden image or the interrupt controller; memory is memory."""
    shared = plan.machine.shared(plan)
    forbidden = set(page_range(plan.image_base, len(plan.data))) | plan.machine.forbidden(plan)
    forbidden |= set(page_range(plan.golden_base, min(plan.golden_size, 1 << 33)))
    for index, tree in plan.stage2.items():
        subject, reached = f"partition {index}", tree.reached
        if len(reached) != len(tree.pages):
            yield FORBIDDEN, subject, "a page at two addresses"
        if not forbidden.isdisjoint(reached):
            yield FORBIDDEN, subject, f"reaches {min(forbidden & reached):#x}"
        for other in range(index):
            both = (plan.stage2[other].reached & reached) - shared if other in plan.stage2 else ()
            if both:
                yield FORBIDDEN, subject, f"and partition {other} both reach {min(both):#x}"


# ---- the hypervisor's own maps --------------------------------------------------------------------------------------


def own_kinds(plan, tree):
    """The hypervisor's pages are text, then constants, then data: as the tables have it, in this order."""
    order = {plan.machine.TEXT: "T", pages.CONSTANT: "C", pages.DATA: "D"}
    found = ""
    for page in range(plan.image_base, plan.plan_base, PAGE):
        output = tree.pages.get(page, 0)
        found += order.get(output & PAGE - 1, "?") if output & -PAGE == page else "?"
    return found


def core_places(plan, index, core, tree):
    """What the plan leaves to the tables: this core's stack, window table and redistributor."""
    subject = f"core {index}"
    stack = tree.pages.get(core.stack_top - STACK, 0) & -PAGE
    table = tree.level3.get(core.window // BLOCK)
    slot = core.window // PAGE % pages.ENTRIES * 8
    plan.frames[index] = {"stack": stack, "table": table}
    private = {at for row in plan.frames.values() for at in (row["stack"],)}
    private |= {row.log_pa for row in plan.all("cores")[: index + 1]}
    if len(private) != 2 * (index + 1) or not all(
        at % PAGE == 0 and inside(at, PAGE, plan.private_base, plan.private_size) for at in (stack, core.log_pa)
    ):
        yield HYPERVISOR, subject, "stack or log are not its own"
    if any(guard in tree.pages for guard in (core.stack_top, core.stack_top - STACK - PAGE)):
        yield HYPERVISOR, subject, "a guard page is mapped"
    descriptor = tree.pages.get(core.window_descriptor & -PAGE, 0) & -PAGE
    if core.window % PAGE or core.window in tree.pages or table is None or plan.content.words(table + slot, 1)[0]:
        yield HYPERVISOR, subject, "its window is open or nowhere"
    elif core.window_descriptor % PAGE != slot or descriptor != table:
        yield HYPERVISOR, subject, "its window's descriptor is elsewhere"
    yield from plan.machine.core_registers(plan, index, core, tree)


def steady_map(plan, index, core, own):
    expected = Expected()
    mine = plan.frames[index]
    for number, kind in enumerate(own):
        page = plan.image_base + number * PAGE
        expected.put(page, page, PAGE, {"T": plan.machine.TEXT, "C": pages.CONSTANT, "D": pages.DATA}[kind])
    expected.put(plan.plan_base, plan.plan_base, plan.shared_base - plan.plan_base, pages.CONSTANT)
    expected.put(plan.shared_base, plan.shared_base, plan.shared_size, pages.DATA)
    expected.put(core.stack_top - STACK, mine["stack"], STACK, pages.DATA)
    expected.put(core.log, core.log_pa, LOG, pages.DATA)
    expected.put(core.window_descriptor & -PAGE, mine["table"] or 0, PAGE, pages.DATA)
    plan.machine.map_registers(plan, index, core, expected)
    return expected


def loader_map(plan, core, expected):
    """Besides: the golden images to read, the RAM of its own partition to write."""
    expected.put(plan.golden_base + plan.loader_offset, plan.golden_base, plan.golden_size, pages.CONSTANT)
    if core.partition != NONE:
        for window in plan.own(plan.all("partitions")[core.partition], "windows"):
            if window.kind == RAM:
                expected.put(window.pa + plan.loader_offset, window.pa, window.size, pages.DATA)
    return expected


def hypervisor_reaches(plan):
    if not 31 <= plan.va_bits <= 39:  # a walk from level 1 in one page
        yield HYPERVISOR, "image", f"{plan.va_bits} bits of addresses"
        return
    half = 1 << plan.va_bits - 1
    top = max(row.base + row.size for row in plan.all("memory"))
    if plan.loader_offset != half or top > min(half, 1 << plan.pa_bits) or plan.pa_bits > 52:
        yield HYPERVISOR, "image", "loaders' addresses are not the upper half, or memory is beyond the lower"
    machine, size = plan.machine, plan.machine.core_size(plan)
    for index, core in enumerate(plan.all("cores")):
        loader = core.loader_root if core.partition != NONE else 0  # that it has one at all is said of its row
        for maps, root in ((plan.el2, core.el2_root), (plan.loaders, loader)):
            if root_fits(root, size, machine.alignment(size), plan.table_base, plan.table_size):
                maps[index] = plan.walker.walk(plan.content, root, size // 8, machine.stage1_use, machine.Stage1)
            elif root or maps is plan.el2:
                yield HYPERVISOR, f"core {index}", "a root is out of place"
    if len(plan.el2) != len(plan.all("cores")):
        return
    for index, core in enumerate(plan.all("cores")):
        yield from core_places(plan, index, core, plan.el2[index])
    yield from machine.console_places(plan, plan.el2[0])
    for index, core in enumerate(plan.all("cores")):
        subject = f"core {index}"
        own = own_kinds(plan, plan.el2[index])
        if not re.fullmatch("T+C*D+", own):
            yield HYPERVISOR, subject, f"text, constants and data: {own}"
            continue
        expected = steady_map(plan, index, core, own)
        yield from differences(plan, HYPERVISOR, subject, expected, plan.el2[index])
        if index in plan.loaders:
            expected = loader_map(plan, core, steady_map(plan, index, core, own))
            yield from differences(plan, HYPERVISOR, f"loader of {subject}", expected, plan.loaders[index])


# ---- tables ---------------------------------------------------------------------------------------------------------


def uncovered(ranges, base, size):
    """Whether some byte of [base, base + size) is in none of the ranges."""
    at = base
    for start, length in sorted(ranges):
        if start <= at < start + length:
            at = start + length
    return at < base + size


def trees(plan):
    """(tree, subject, row of the core whose own it is or None, [rows of cores that walk it], sets checked before)."""
    for maps, count in ((plan.el2, BOOT_SETS), (plan.loaders, None)):
        for index, tree in maps.items():
            yield tree, f"core {index}", index, [index], count
    for index, tree in plan.stage2.items():
        yield tree, f"partition {index}", None, cores_of(plan, index), None


def unguarded(plan, subject, own, walkers, count, piece):
    """Bytes that cores go by which another writes, or which one does not check before."""
    sets = [(row.base, row.size) for row in plan.all("table_sets")]
    writable = {index: row["table"] for index, row in plan.frames.items() if row["table"]}
    if any(meets(*piece, page, PAGE) for index, page in writable.items() if index != own):
        yield TABLES, subject, f"another core writes the table at {piece[0]:#x}"
    for row in walkers:
        core = plan.all("cores")[row]
        first, checked = core.table_set_first, count or core.table_set_count
        if uncovered(sets[first : first + checked], *piece):
            yield TABLES, subject, f"core {row} does not check the table at {piece[0]:#x}"


def cores_of(plan, partition):
    return [row for row, core in enumerate(plan.all("cores")) if core.partition == partition]


def tables_safe(plan):
    """Tables are constant, checked by whoever walks them before they are walked, and nobody else writes them."""
    for tree, subject, own, walkers, count in trees(plan):
        for below in tree.odd_branches:
            yield TABLES, subject, f"an odd descriptor leads to the table at {below:#x}"
        for below in tree.outside:
            yield TABLES, subject, f"a table at {below:#x}, outside of the file"
        for number, (base, size) in enumerate(tree.tables):
            if number and not inside(base, size, plan.table_base, plan.table_size):
                yield TABLES, subject, f"a table at {base:#x}, which is none"
                continue
            yield from unguarded(plan, subject, own, walkers, count, (base, size))


def table_sets(plan):
    boot = {core.table_set_first + i for core in plan.all("cores") for i in range(BOOT_SETS)}
    roots = stage2_roots(plan)
    for index, row in enumerate(plan.all("table_sets")):
        constant = inside(row.base, row.size, plan.table_base, plan.table_size)
        kept = index not in boot and any(inside(row.base, row.size, *root) for root in roots)
        kept = kept and inside(row.base, row.size, plan.shared_base, plan.shared_size)
        if not (constant or kept) or row.size == 0 or row.size % 16 or row.base % (16 if index in boot else 8):
            yield TABLES, "image", f"table set {index} is out of place"
        elif zlib.crc32(plan.content.bytes(row.base, row.size)) != row.crc:
            yield TABLES, "image", f"table set {index}: CRC"
