# SPDX-License-Identifier: Apache-2.0
"""What the oracle knows of Armv8 besides its tables (pages.py): where they begin, GIC, console, the Image header.

Not here: rules that hold for every image (oracle.py, reach.py).
"""

import struct

import pages
from pages import PAGE
from subject import (
    AARCH32,
    AFFINITY,
    ARMV8,
    BLOCK,
    CONSOLE_PAGES,
    DEVICE,
    DTB,
    FRAME_SIZE,
    GICD_FILTER,
    GICR_FILTER,
    GICV2,
    GICV3,
    HYPERVISOR,
    MACHINES,
    OWNERS,
    SPACES,
    WFI_TRAP,
    inside,
    meets,
    page_range,
)


def sgi_target(mpidr):
    """ICC_SGI1R_EL1 (IHI 0069, 12.2.21): Aff3 55:48, RS 47:44, Aff2 39:32, Aff1 23:16, TargetList 15:0."""
    aff = [mpidr >> shift & 0xFF for shift in (0, 8, 16, 32)]
    return aff[3] << 48 | aff[0] // 16 << 44 | aff[2] << 32 | aff[1] << 16 | 1 << aff[0] % 16


def ipa_bits(plan, partition):
    """Below 31 bits a walk could not start at level 1 (D8.2)."""
    last = 0
    for row in plan.own(partition, "windows") + plan.own(partition, "filters"):
        last |= row.base + row.size - 1
    return max(31, last.bit_length())


def output_bits(plan):
    return max((bits for bits in SPACES if bits <= plan.pa_bits), default=0)


def translation_control(word):
    """The fields of VTCR_EL2 (D19.2): T0SZ, SL0, IRGN0, ORGN0, SH0, TG0, PS, RES1; what is left."""
    fields = [(5, 0), (7, 6), (9, 8), (11, 10), (13, 12), (15, 14), (18, 16), (31, 31)]
    left = word & ~sum(((1 << high - low + 1) - 1) << low for high, low in fields)
    return [pages.bits(word, high, low) for high, low in fields], left


class Armv8:
    """Each of its functions takes the subject."""

    GICS = (GICV2, GICV3)
    X86_ROWS, VENDOR = 0, None
    SPIN_TABLES = True
    FLAGS = AARCH32 | WFI_TRAP
    MADE = DTB
    PATCHED = range(8, 32)  # of the Image header: made for the image, not the hypervisor's
    TEXT = pages.TEXT
    Stage1 = Stage2 = pages.Tree

    @staticmethod
    def of_vendor(_plan):
        return Armv8

    @staticmethod
    def field_spans(_plan):
        return []

    @staticmethod
    def stage1_use(word):
        return pages.stage1_use(word)

    @staticmethod
    def stage2_use(word):
        return pages.stage2_use(word)

    @staticmethod
    def begins(data):
        return data[56:60] == b"ARM\x64" and len(data) >= 64

    @staticmethod
    def filter_places(plan, _index):
        return [plan.gicd_pa, plan.gicr_pa]

    @staticmethod
    def filter_count(plan, _index):
        return plan.gic - 1

    # ---- tables ----

    @staticmethod
    def core_size(plan):
        return 8 << plan.va_bits - 30

    @staticmethod
    def alignment(size):
        return max(64, size)

    @staticmethod
    def stage2_size(plan, partition):
        bits = ipa_bits(plan, partition)
        return 8 << bits - 30 if bits <= 43 else 0  # 16 concatenated tables at most

    @staticmethod
    def space_wrong(plan, partition):
        bits = ipa_bits(plan, partition)
        return f"has a space of {bits} bits" if bits > min(43, output_bits(plan)) else None

    @staticmethod
    def control_right(plan, partition):
        # level 1, write-back, inner shareable, 4 KiB
        right = [64 - ipa_bits(plan, partition), 1, 1, 1, 3, 0, SPACES.index(output_bits(plan)), 1]
        return translation_control(partition.stage2_control) == (right, 0)

    # ---- registers ----

    @staticmethod
    def shared(plan):
        return set(page_range(plan.gicr_pa, min(plan.gicr_size, 1 << 30))) if plan.gic == GICV2 else set()

    @staticmethod
    def forbidden(plan):
        found = set(page_range(*plan.distributor))
        if plan.gic == GICV3:
            found |= set(page_range(plan.gicr_pa, min(plan.gicr_size, 1 << 30)))
        return found

    @staticmethod
    def taken(_plan):
        return []

    @staticmethod
    def core_registers(plan, index, core, tree):
        subject = f"core {index}"
        here = tree.pages.get(core.gicr_va, 0) & -PAGE
        plan.frames[index]["frame"] = here
        before = plan.frames[index - 1]["frame"] + FRAME_SIZE if index else plan.gicr_pa
        if core.gicr_va not in tree.pages or core.gicr_va % PAGE:
            yield HYPERVISOR, subject, "no interrupt controller registers"
        elif plan.gic == GICV2 and here != plan.gicr_pa or plan.gic == GICV3 and (
            here < before or (here - plan.gicr_pa) % FRAME_SIZE
        ):
            yield HYPERVISOR, subject, "another core's redistributor, or none"

    @staticmethod
    def console_places(plan, tree):
        """The console's pages, one behind the other: nobody's, but perhaps a device of a partition, which has rules."""
        first = plan.console_va & -PAGE
        while plan.console_va and len(plan.console) < CONSOLE_PAGES:
            here = tree.pages.get(first + len(plan.console) * PAGE)
            if here is None or plan.console and here & -PAGE != plan.console[-1] + PAGE:
                break
            plan.console.append(here & -PAGE)
        taken = [plan.distributor, (plan.gicr_pa, plan.gicr_size), (plan.image_base, len(plan.data))]
        taken += [(row.base, row.size) for row in plan.all("memory")]
        devices = [(row.pa, row.size) for row in plan.all("windows") if row.kind == DEVICE]
        nobodys = [page for page in plan.console if not any(inside(page, PAGE, *device) for device in devices)]
        if any(meets(page, PAGE, *piece) for page in nobodys for piece in taken):
            yield HYPERVISOR, "image", "its console is somebody's"
        if plan.console_va and not plan.console:
            yield HYPERVISOR, "image", "no console"

    @staticmethod
    def map_registers(plan, _index, core, expected):
        expected.put(plan.gicd_va, *plan.distributor, pages.HYPERVISOR_REGISTERS)
        if plan.gic == GICV2:
            expected.put(core.gicr_va, plan.gicr_pa, PAGE, pages.HYPERVISOR_REGISTERS)
        else:
            for other, row in enumerate(plan.all("cores")):
                expected.put(row.gicr_va, plan.frames[other]["frame"], FRAME_SIZE, pages.HYPERVISOR_REGISTERS)
        for number, page in enumerate(plan.console):
            expected.put((plan.console_va & -PAGE) + number * PAGE, page, PAGE, pages.HYPERVISOR_REGISTERS)

    # ---- rows ----

    @staticmethod
    def is_core(core):
        return not core.mpidr & ~AFFINITY

    @staticmethod
    def vcpu_right(plan, vcpu, core):
        if vcpu.virtual_id != (vcpu.number // 16 << 8 | vcpu.number % 16):
            return False
        if plan.gic == GICV2:
            return vcpu.route in {1 << i for i in range(8)} and vcpu.sgi_target == vcpu.route
        return (vcpu.route, vcpu.sgi_target) == (core.mpidr, sgi_target(core.mpidr))

    @staticmethod
    def private_right(mask):
        return mask & 0xFFFF == 0xFFFF  # all SGIs

    @staticmethod
    def filters(plan, partition):
        """What its rows are to be; None where they cannot be."""
        right = [(GICD_FILTER, plan.gicd_va, plan.distributor[1], 0)]
        if plan.gic == GICV3:
            frames = [plan.all("cores")[vcpu.core].gicr_va for vcpu in plan.own(partition, "vcpus")]
            right.append((GICR_FILTER, frames[0], FRAME_SIZE * len(frames), partition.vcpu_first))
            if frames != list(range(frames[0], frames[0] + FRAME_SIZE * len(frames), FRAME_SIZE)):
                return None
        return right

    @staticmethod
    def areas(_plan):
        return []

    @staticmethod
    def rows_right(plan):
        gicd, gicd_size = plan.distributor
        if gicd % PAGE or plan.gicr_pa % PAGE or meets(gicd, gicd_size, plan.gicr_pa, plan.gicr_size):
            yield OWNERS, "image", "distributor or redistributors are out of place"
        if plan.touches_ram(gicd, gicd_size) or plan.touches_ram(plan.gicr_pa, plan.gicr_size):
            yield OWNERS, "image", "registers are memory"
        for index, places in plan.frames.items():
            if plan.gic == GICV3 and not inside(places["frame"], FRAME_SIZE, plan.gicr_pa, plan.gicr_size):
                yield OWNERS, f"core {index}", "its redistributor is none"
        routes = [vcpu.route for vcpu in sorted(plan.all("vcpus"), key=lambda vcpu: vcpu.core)]
        if plan.gic == GICV2 and routes != sorted(set(routes)):
            yield OWNERS, "image", "interfaces that are not in the order of the cores"

    # ---- content ----

    @staticmethod
    def header_right(plan):
        end = plan.golden_base + plan.golden_size if plan.golden_size else plan.image_base + len(plan.data)
        memory = [row for row in plan.all("memory") if inside(plan.image_base, 1, row.base, row.size)]
        starts = [-(-row.base // BLOCK) * BLOCK for row in memory]
        places = [plan.image_base - at for at in reversed(starts) if at <= plan.image_base]
        least = next(iter(places), plan.image_base % BLOCK)
        offset, size, flags = struct.unpack_from("<QQQ", plan.data, 8)
        reserved = least < offset <= plan.image_base and (plan.image_base - offset) % BLOCK == 0  # in front of the memory
        return (offset == least or reserved) and (size, flags) == (end - plan.image_base, 2)

    @staticmethod
    def enters(partition, image):
        thumb = bool(partition.flags & AARCH32 and partition.entry & 1)
        step = 2 if thumb else 4
        entry = partition.entry - thumb
        return entry % step == 0 and inside(entry, step, image.base, image.size)

    @staticmethod
    def argument_right(argument, made):
        return not argument or argument in made

    # ---- claims ----

    @staticmethod
    def facts(plan):
        if plan.gic == GICV2:
            return None
        return {core.mpidr: plan.frames[row]["frame"] for row, core in enumerate(plan.all("cores"))}

    @staticmethod
    def partition_facts(_plan, _index):
        return None


MACHINES[ARMV8] = Armv8
