# SPDX-License-Identifier: Apache-2.0
"""What is forbidden in a finished image: a second opinion from its bytes, the words of src/plan/plan.h and the
architecture. It knows nothing of src/plan/check, and is to refuse exactly what `bulkhead verify` refuses.

`judge` takes the image in itself; claims.py compares it with another, which has what a configuration gives. Each rule
is a generator of findings (kind, subject, text). Not here: what tables map (reach.py), which images to judge.
"""

import hashlib
import struct

from pages import PAGE
from reach import hypervisor_reaches, partition_reaches, reaches_apart, stage2_roots, table_sets, tables_safe
from subject import (
    AARCH32,
    AFFINITY,
    BLOCK,
    CONTENT,
    DEVICE,
    DTB,
    FORM,
    FRAME,
    FRAME_SIZE,
    GICD_FILTER,
    GICR_FILTER,
    GICV2,
    GICV3,
    INTERFACE,
    KERNEL,
    NONE,
    OWNERS,
    RAM,
    STATE,
    STATES,
    WFI_TRAP,
    frame,
    inside,
    meets,
)

# ---- rows -----------------------------------------------------------------------------------------------------------


def sgi_target(mpidr):
    """ICC_SGI1R_EL1 (IHI 0069, 12.2.21): Aff3 55:48, RS 47:44, Aff2 39:32, Aff1 23:16, TargetList 15:0."""
    aff = [mpidr >> shift & 0xFF for shift in (0, 8, 16, 32)]
    return aff[3] << 48 | aff[0] // 16 << 44 | aff[2] << 32 | aff[1] << 16 | 1 << aff[0] % 16


def cores_owned(plan):
    cores, vcpus = plan.all("cores"), plan.all("vcpus")
    if len({core.mpidr for core in cores}) != len(cores) or any(core.mpidr & ~AFFINITY for core in cores):
        yield OWNERS, "image", "two cores are one, or one is none"
    for index, core in enumerate(cores):
        loads = False
        if core.partition != NONE:
            vcpu = vcpus[core.vcpu]
            loads = vcpu.number == 0
            if vcpu.core != index or vcpu.partition != core.partition:
                yield OWNERS, f"core {index}", "its virtual core is another's"
        if loads != (core.loader_root != 0):
            yield OWNERS, f"core {index}", "a loader's tables are missing or too many"
    for partition in plan.all("partitions"):
        for number in range(partition.vcpu_count):
            row = partition.vcpu_first + number
            vcpu = vcpus[row]
            core = cores[vcpu.core]
            right = vcpu.number == number and vcpu.virtual_id == (number // 16 << 8 | number % 16)
            if core.vcpu != row or core.partition != vcpu.partition or not right:
                yield OWNERS, f"vcpu {row}", "it is not what its core is"
            if plan.gic == GICV3 and (vcpu.route, vcpu.sgi_target) != (core.mpidr, sgi_target(core.mpidr)):
                yield OWNERS, f"vcpu {row}", "interrupts or SGIs for it go elsewhere"
            if vcpu.reserved:
                yield OWNERS, f"vcpu {row}", "reserved"
    if plan.gic == GICV2:
        routes = [vcpu.route for vcpu in sorted(vcpus, key=lambda vcpu: vcpu.core)]
        if any(vcpu.route not in {1 << i for i in range(8)} or vcpu.sgi_target != vcpu.route for vcpu in vcpus):
            yield OWNERS, "image", "an interface that is none"
        if routes != sorted(set(routes)):
            yield OWNERS, "image", "interfaces that are not in the order of the cores"


def cores_released(plan):
    """EL2 lets a core go by a write to its spin table, before guests run: into what nobody has. All start in one way."""
    places = [core.release for core in plan.all("cores")]
    taken = [(row.pa, row.size) for row in plan.all("windows")] + [(row.base, row.size) for row in plan.all("memory")]
    taken += [plan.distributor, (plan.gicr_pa, plan.gicr_size), (plan.image_base, len(plan.data))]
    taken.append((plan.golden_base, plan.golden_size))
    if any(places) and (0 in places or len(set(places)) != len(places)):
        yield OWNERS, "image", "some cores have a spin table of their own, and some have none"
    if any(place % 8 or place and any(inside(place, 1, *piece) for piece in taken) for place in places):
        yield OWNERS, "image", "a core's spin table is somebody's"


def windows_placed(plan):
    for window in plan.all("windows"):
        subject = f"partition {window.partition}"
        piece = window.pa, window.size
        aligned = window.size and not (window.base | window.pa | window.size) % PAGE
        fits = max(window.base, window.pa) + window.size <= 1 << 64
        if not aligned or not fits or window.reserved or window.kind not in (RAM, DEVICE, INTERFACE):
            yield FORM, subject, "a window that is none"
        if window.kind == RAM and not plan.in_ram(*piece) or window.kind != RAM and plan.touches_ram(*piece):
            yield OWNERS, subject, "a window that is not the memory or the registers that it says"
        taken = [plan.distributor, (plan.image_base, len(plan.data)), (plan.golden_base, plan.golden_size)]
        if window.kind == INTERFACE:
            if plan.gic != GICV2 or not inside(*piece, plan.gicr_pa, plan.gicr_size):
                yield OWNERS, subject, "a CPU interface that is none"
        else:
            taken.append((plan.gicr_pa, plan.gicr_size))
        if any(meets(*piece, *other) for other in taken):
            yield OWNERS, subject, "a window over what is nobody's"
    for index, one in enumerate(plan.all("windows")):
        for two in plan.all("windows")[:index]:
            banked = one.kind == two.kind == INTERFACE
            if not banked and meets(one.pa, one.size, two.pa, two.size):
                yield OWNERS, f"partition {one.partition}", f"shares a window with partition {two.partition}"


def filters_right(plan):
    gicd, gicd_size = plan.distributor
    if gicd % PAGE or plan.gicr_pa % PAGE or meets(gicd, gicd_size, plan.gicr_pa, plan.gicr_size):
        yield OWNERS, "image", "distributor or redistributors are out of place"
    if plan.touches_ram(gicd, gicd_size) or plan.touches_ram(plan.gicr_pa, plan.gicr_size):
        yield OWNERS, "image", "registers are memory"
    for index, places in plan.frames.items():
        if plan.gic == GICV3 and not inside(places["frame"], FRAME_SIZE, plan.gicr_pa, plan.gicr_size):
            yield OWNERS, f"core {index}", "its redistributor is none"
    for index, partition in enumerate(plan.all("partitions")):
        vcpus = plan.own(partition, "vcpus")
        frames = [plan.all("cores")[vcpu.core].gicr_va for vcpu in vcpus]
        filters = plan.own(partition, "filters")
        right = [(GICD_FILTER, plan.gicd_va, gicd_size, 0)]
        if plan.gic == GICV3:
            right.append((GICR_FILTER, frames[0], FRAME_SIZE * len(frames), partition.vcpu_first))
            if frames != list(range(frames[0], frames[0] + FRAME_SIZE * len(frames), FRAME_SIZE)):
                yield OWNERS, f"partition {index}", "its redistributors are not contiguous"
        if [(row.kind, row.va, row.size, row.vcpu) for row in filters] != right:
            yield OWNERS, f"partition {index}", "its filters lead elsewhere"
        if any(row.base % PAGE or row.reserved for row in filters):
            yield OWNERS, f"partition {index}", "a filter"
        mapped = plan.own(partition, "windows") + filters
        for number, row in enumerate(filters):
            others = mapped[: len(mapped) - len(filters) + number]
            if any(meets(row.base, row.size, other.base, other.size) for other in others):
                yield OWNERS, f"partition {index}", "a filter under a window or another filter"


def interrupts_owned(plan):
    taken = 0
    if not 32 <= plan.interrupt_count <= 1020:
        yield OWNERS, "image", "a number of interrupts that no controller has"
    for index, partition in enumerate(plan.all("partitions")):
        subject = f"partition {index}"
        mask = sum(word << 32 * i for i, word in enumerate(partition.interrupt_mask))
        shared = mask >> 32 << 32
        if shared & taken:
            yield OWNERS, subject, "another's interrupt"
        taken |= shared
        if mask & 0xFFFF != 0xFFFF:
            yield OWNERS, subject, "an SGI is missing"
        rows = plan.own(partition, "interrupts")
        ids = [row.id for row in rows]
        if sum(1 << number for number in set(ids)) != shared or len(set(ids)) != len(ids):
            yield OWNERS, subject, "interrupts in its mask and in its rows are not the same"
        if shared >> plan.interrupt_count:
            yield OWNERS, subject, "an interrupt that the board has not"
        if any(row.edge > 1 or any(row.reserved) for row in rows):
            yield OWNERS, subject, "an interrupt's row"


def partitions_formed(plan):
    count = len(plan.all("partitions"))
    identities = [partition.vmid for partition in plan.all("partitions")]
    if len(set(identities)) != count or not all(1 <= vmid <= 255 for vmid in identities):
        yield OWNERS, "image", "VMIDs"
    for index, partition in enumerate(plan.all("partitions")):
        if any(partition.reserved) or partition.reserved_end or partition.flags & ~(AARCH32 | WFI_TRAP):
            yield FORM, f"partition {index}", "reserved"
        if partition.observes >> count or not partition.observes >> index & 1:
            yield FORM, f"partition {index}", "observes nobody, or not itself"
    if plan.when_all_off > 1:
        yield FORM, "image", "when-all-off"


# ---- state and content ----------------------------------------------------------------------------------------------


def state_apart(plan):
    """State areas and stage-2 roots are apart; what a core takes to be zero at the start is zero."""
    areas = [(getattr(plan, name), len(plan.all(array)) * size) for name, array, size in STATES]
    if any(base % 64 or not inside(base, size, plan.shared_base, plan.shared_size) for base, size in areas):
        yield STATE, "image", "state is out of place"
    roots = stage2_roots(plan)
    pieces = areas + roots
    for index, piece in enumerate(pieces):
        if any(meets(*piece, *other) for other in pieces[:index]):
            yield STATE, "image", "state or roots overlap"
    end = plan.private_base + plan.private_size
    content = bytearray(plan.content.bytes(plan.shared_base, end - plan.shared_base))
    for base, size in roots:
        if inside(base, size, plan.shared_base, plan.shared_size):
            content[base - plan.shared_base : base - plan.shared_base + size] = bytes(size)
    if any(content):
        yield STATE, "image", "state that is not zero"


def hash_right(plan):
    covered = bytearray(plan.data[: plan.shared_base - plan.image_base])
    for name, size in (("header_crc", 4), ("body_crc", 4), ("sha256", 32)):
        covered[plan.place(name) : plan.place(name) + size] = bytes(size)
    digest = hashlib.sha256(covered)
    for image in plan.all("images"):
        digest.update(bytes(image.sha256))
    if digest.digest() != bytes(plan.sha256):
        yield CONTENT, "image", "its hash"
    end = plan.golden_base + plan.golden_size if plan.golden_size else plan.image_base + len(plan.data)
    memory = [row for row in plan.all("memory") if inside(plan.image_base, 1, row.base, row.size)]
    starts = [-(-row.base // BLOCK) * BLOCK for row in memory]
    offset = next((plan.image_base - at for at in reversed(starts) if at <= plan.image_base), plan.image_base % BLOCK)
    if struct.unpack_from("<QQQ", plan.data, 8) != (offset, end - plan.image_base, 2):
        yield CONTENT, "image", "the Image header's place, size or flags"
    golden = not plan.golden_size or plan.in_ram(plan.golden_base, plan.golden_size)
    if not plan.in_ram(plan.image_base, plan.image_size) or not golden:
        yield FRAME, "image", "it is not in memory"


def lands(plan, image):
    partition = plan.all("partitions")[image.partition]
    return any(
        window.kind == RAM
        and inside(image.pa, image.size + image.fill, window.pa, window.size)
        and image.pa - window.pa == image.base - window.base
        for window in plan.own(partition, "windows")
    )


def golden_right(plan):
    landed = []
    for index, image in enumerate(plan.all("images")):
        subject = f"image {index}"
        place = image.pa, image.size + image.fill
        kept = inside(image.golden, image.size, plan.golden_base, plan.golden_size)
        if image.in_place or not kept or not plan.content.has(image.golden, image.size):
            yield CONTENT, subject, "its golden bytes are not golden"
        elif hashlib.sha256(plan.content.bytes(image.golden, image.size)).digest() != bytes(image.sha256):
            yield CONTENT, subject, "its hash"
        if not lands(plan, image):
            yield CONTENT, subject, "it does not land in its partition's memory"
            continue
        if image.kind not in (1, 2, 3):
            yield FORM, subject, "its kind"
        if any(meets(*place, *other) for other in landed if other[1]) and place[1]:
            yield CONTENT, subject, "it lands on another"
        landed.append(place)


def starts_right(plan):
    for index, partition in enumerate(plan.all("partitions")):
        images = plan.own(partition, "images")
        thumb = bool(partition.flags & AARCH32 and partition.entry & 1)
        step = 2 if thumb else 4
        entry = partition.entry - thumb
        kernels = [image for image in images if image.kind == KERNEL]
        if entry % step or not any(inside(entry, step, image.base, image.size) for image in kernels):
            yield CONTENT, f"partition {index}", "it starts where no kernel is"
        trees_given = {image.base for image in images if image.kind == DTB}
        if partition.argument and partition.argument not in trees_given:
            yield CONTENT, f"partition {index}", "its device tree is none"


RULES = (
    hypervisor_reaches,
    reaches_apart,
    tables_safe,
    table_sets,
    cores_owned,
    cores_released,
    windows_placed,
    filters_right,
    interrupts_owned,
    partitions_formed,
    state_apart,
    hash_right,
    golden_right,
    starts_right,
)


def judge(data, walker, rules=RULES):
    """(the subject, or None where nothing can be read; its findings)."""
    plan, found = frame(data, walker)
    if plan is None:
        return None, found
    for index, partition in enumerate(plan.all("partitions")):
        found += partition_reaches(plan, index, partition)
    for rule in rules:
        found += rule(plan)
    return plan, found
