# SPDX-License-Identifier: Apache-2.0
"""What is forbidden in a finished image: a second opinion from its bytes, the words of src/plan/plan.h and the
architecture. It knows nothing of src/plan/check, and is to refuse exactly what `bulkhead verify` refuses.

`judge` takes the image in itself; claims.py compares it with another, which has what a configuration gives. Each rule
is a generator of findings (kind, subject, text). Not here: what tables map (reach.py), which images to judge.
"""

import hashlib

import armv8  # noqa: F401
import svm  # noqa: F401
import vmx  # noqa: F401
from pages import PAGE
from reach import hypervisor_reaches, partition_reaches, reaches_apart, stage2_roots, table_sets, tables_safe
from subject import (
    CONTENT,
    DEVICE,
    FORM,
    FRAME,
    GICV2,
    INTERFACE,
    KERNEL,
    NONE,
    OWNERS,
    RAM,
    RAMDISK,
    STATE,
    STATES,
    frame,
    inside,
    meets,
)

# ---- rows -----------------------------------------------------------------------------------------------------------


def cores_owned(plan):
    cores, vcpus = plan.all("cores"), plan.all("vcpus")
    if len({core.mpidr for core in cores}) != len(cores) or not all(map(plan.machine.is_core, cores)):
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
            if core.vcpu != row or core.partition != vcpu.partition or vcpu.number != number or vcpu.reserved:
                yield OWNERS, f"vcpu {row}", "it is not what its core is"
            if not plan.machine.vcpu_right(plan, vcpu, core):
                yield OWNERS, f"vcpu {row}", "interrupts for it go elsewhere"

def cores_released(plan):
    """The hypervisor lets a core go by a write to its spin table, into what nobody has. All start in one way."""
    places = [core.release for core in plan.all("cores")]
    taken = [(row.pa, row.size) for row in plan.all("windows")] + [(row.base, row.size) for row in plan.all("memory")]
    taken += [plan.distributor, (plan.gicr_pa, plan.gicr_size), (plan.image_base, len(plan.data))]
    taken.append((plan.golden_base, plan.golden_size))
    if any(places) and (not plan.machine.SPIN_TABLES or 0 in places or len(set(places)) != len(places)):
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
            taken += [(plan.gicr_pa, plan.gicr_size), *plan.machine.taken(plan)]
        if any(meets(*piece, *other) for other in taken):
            yield OWNERS, subject, "a window over what is nobody's"
    for index, one in enumerate(plan.all("windows")):
        for two in plan.all("windows")[:index]:
            banked = one.kind == two.kind == INTERFACE
            if not banked and meets(one.pa, one.size, two.pa, two.size):
                yield OWNERS, f"partition {one.partition}", f"shares a window with partition {two.partition}"


def filters_right(plan):
    for index, partition in enumerate(plan.all("partitions")):
        filters = plan.own(partition, "filters")
        right = plan.machine.filters(plan, partition)
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
        if not plan.machine.private_right(mask & 0xFFFFFFFF):
            yield OWNERS, subject, "interrupts that cores have of their own"
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
        if any(partition.reserved) or partition.reserved_end or partition.flags & ~plan.machine.FLAGS:
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
    areas += plan.machine.areas(plan)
    if any(not inside(*area, plan.shared_base, plan.shared_size) for area in areas):
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
    if not plan.machine.header_right(plan):
        yield CONTENT, "image", "what a loader goes by"
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
        if image.kind not in (KERNEL, RAMDISK, plan.machine.MADE):
            yield FORM, subject, "its kind"
        if any(meets(*place, *other) for other in landed if other[1]) and place[1]:
            yield CONTENT, subject, "it lands on another"
        landed.append(place)


def starts_right(plan):
    for index, partition in enumerate(plan.all("partitions")):
        images = plan.own(partition, "images")
        kernels = [image for image in images if image.kind == KERNEL]
        if not any(plan.machine.enters(partition, image) for image in kernels):
            yield CONTENT, f"partition {index}", "it starts where no kernel is"
        made = {image.base for image in images if image.kind == plan.machine.MADE}
        if not plan.machine.argument_right(partition.argument, made):
            yield CONTENT, f"partition {index}", "what it is given is not what was made for it"


def machine_right(plan):
    yield from plan.machine.rows_right(plan)


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
    machine_right,
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
