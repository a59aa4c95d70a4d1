# SPDX-License-Identifier: Apache-2.0
"""Mutants with a meaning: what plan and tables say together, so that nothing but ownership or a rule forbids it.

Not here: single fields (mutants_fields.py).
"""

import struct

from edit import ADDRESS
from kinds import KINDS, kind, kinds_of, places
from pages import PAGE


@kind("window: moved, in plan and table")
def window_moved(image, random):
    """What the tables map and what the plan says agree: nothing but ownership forbids it."""
    window = random.choice(image.rows("windows"))
    root = image.rows("partitions")[window.partition].stage2_root
    target = random.choice(places(image)) & -PAGE
    if window.kind == 1:
        target = random.choice([target & -0x200000, 0x60000000 + (window.pa & 0x1FF000), window.pa ^ 0x40000000])
    moved = set()
    for at in range(0, window.size, PAGE):
        address = image.descriptor(root, window.base + at)
        if address not in moved:
            moved.add(address)
            image.change(address, lambda word: word & ~ADDRESS | (target + (word & ADDRESS) - window.pa) & ADDRESS)
    if window.kind == 1 and random.random() < 0.7:
        partition = image.rows("partitions")[window.partition]
        for row in image.rows("images")[partition.image_first :][: partition.image_count]:
            row.pa += target - window.pa
        loader_moved(image, window, target)
    window.pa = target


def loader_moved(image, window, target):
    """The loader's map of that RAM, if it can be said in the same entries."""
    partition = image.rows("partitions")[window.partition]
    core = image.rows("cores")[image.rows("vcpus")[partition.vcpu_first].core]
    moved = {}
    for at in range(0, window.size, PAGE):
        old = image.descriptor(core.loader_root, window.pa + image.loader_offset + at)
        new = image.descriptor(core.loader_root, target + image.loader_offset + at)
        word = image.word(old)
        if old not in moved and word & 1:
            moved[old] = new, word & ~ADDRESS | (word & ADDRESS) - window.pa + target & ADDRESS
    for old in moved:
        image.set_word(old, 0)
    for new, word in moved.values():
        image.set_word(new, word)


@kind("window: a page more or less, in both")
def window_resized(image, random):
    window = random.choice(image.rows("windows"))
    root = image.rows("partitions")[window.partition].stage2_root
    if random.random() < 0.5:
        image.change(image.descriptor(root, window.base + window.size - PAGE), lambda word: 0)
        window.size -= PAGE
    else:
        last = image.word(image.descriptor(root, window.base + window.size - PAGE))
        at = image.descriptor(root, window.base + window.size)
        image.change(at, lambda word: last & ~ADDRESS | window.pa + window.size | 2)
        window.size += PAGE


@kind("interrupt: another's, in mask and row")
def interrupt_taken(image, random):
    """Consistently given to another id, to one that another has, or to a free one."""
    row = random.choice(image.rows("interrupts"))
    partition = image.rows("partitions")[row.partition]
    free = [random.randrange(16, 1024) for _ in range(4)]
    new = random.choice([other.id for other in image.rows("interrupts")] + free)
    mask = list(partition.interrupt_mask)
    mask[row.id // 32] &= ~(1 << row.id % 32)
    mask[new // 32] |= 1 << new % 32
    partition.interrupt_mask = tuple(mask)
    row.id = new


@kind("interrupt: trigger, private ones")
def interrupt_kind(image, random):
    if random.random() < 0.5:
        random.choice(image.rows("interrupts")).edge ^= 1
        return
    partition = random.choice(image.rows("partitions"))
    mask = list(partition.interrupt_mask)
    mask[0] ^= 1 << random.randrange(32)
    partition.interrupt_mask = tuple(mask)


@kind("core: given to another partition")
def core_given(image, random):
    """Two virtual cores exchange their cores, with all that follows from a core."""
    one, two = random.sample(image.rows("vcpus"), 2)
    cores = image.rows("cores")
    first, second = cores[one.core], cores[two.core]
    for name in ["core", *random.sample(["route", "sgi_target"], random.randint(0, 2))]:
        mine, its = getattr(one, name), getattr(two, name)
        setattr(one, name, its)
        setattr(two, name, mine)
    if random.random() < 0.8:
        for name in ("partition", "vcpu", "loader_root"):
            mine, its = getattr(first, name), getattr(second, name)
            setattr(first, name, its)
            setattr(second, name, mine)


@kind("core: another MPIDR, routes with it")
def core_identity(image, random):
    vcpu = random.choice(image.rows("vcpus"))
    number = random.randrange(8)
    image.rows("cores")[vcpu.core].mpidr = number
    vcpu.route, vcpu.sgi_target = (number, 1 << number) if image.gic == 3 else (1 << number, 1 << number)


@kind("rights: observes, options, all off")
def rights_changed(image, random):
    partition = random.choice(image.rows("partitions"))
    choice = random.randrange(4)
    if choice == 0:
        partition.observes ^= 1 << random.randrange(4)
    elif choice == 1:
        partition.flags ^= 1 << random.randrange(3)
    elif choice == 2:
        image.when_all_off ^= 1 << random.randrange(2)
    else:
        partition.entry ^= 1 << random.randrange(14)


@kind("several of these at once")
def several(image, random):
    others = ("several of these at once", "file: cut, or longer")
    names = [name for name in kinds_of(image.arch) if KINDS[name][1] and name not in others]
    for name in random.sample(names, random.randint(2, 3)):
        try:
            KINDS[name][0](image, random)
        except struct.error:  # it follows tables, which another led out of the file
            continue


@kind("choice of the planner's")
def choice_made(image, random):
    """Another VMID, other places of state, sets and rows in another order: all as good as before."""
    choice = random.randrange(4)
    if choice == 0:
        random.choice(image.rows("partitions")).vmid = random.randrange(1, 256)
    elif choice == 1:
        name = random.choice(["core_state", "partition_state", "vcpu_state"])
        setattr(image, name, image.shared_base + 64 * random.randrange(image.shared_size // 64))
    elif choice == 2:
        partition = random.choice(image.rows("partitions"))
        windows = image.rows("windows")[partition.window_first :][: partition.window_count]
        swap(image, random.choice(windows), random.choice(windows))
    else:
        core = random.choice(image.rows("cores"))
        sets = image.rows("table_sets")[core.table_set_first :][: core.table_set_count]
        swap(image, random.choice(sets), random.choice(sets))


def swap(image, row, other):
    size = row.layout["size"]
    mine, its = bytes(image.data[row.offset :][:size]), bytes(image.data[other.offset :][:size])
    image.data[row.offset : row.offset + size] = its
    image.data[other.offset : other.offset + size] = mine


@kind("name")
def name_changed(image, random):
    row = random.choice([image, *image.rows("partitions")])
    place = row.place("board" if row is image else "name") + random.randrange(32)
    image.data[place] = random.choice([0, 0x78])


@kind("core's region: rearranged, in both")
def region_rearranged(image, random):
    """Its stack, log or window at another page of the region, perhaps next to another's: what is a guard is no more."""
    core = random.choice(image.rows("cores"))
    name = random.choice(["stack_top", "log", "window", "window_descriptor"])
    size = PAGE if name == "stack_top" else 0
    old = (getattr(core, name) - size) & -PAGE
    new = (old & -0x200000) + PAGE * random.randrange(9)
    roots = [core.el2_root]
    for root in roots:
        at, to = image.descriptor(root, old), image.descriptor(root, new)
        word, other = image.word(at), image.word(to)
        image.set_word(to, word)
        image.set_word(at, other if random.random() < 0.5 else 0)
    setattr(core, name, getattr(core, name) + new - old)
    if name == "window" and random.random() < 0.8:
        core.window_descriptor += (new - old) // PAGE * 8


@kind("stack or log: another page, or another's")
def private_exchanged(image, random):
    one, two = (random.choice(image.rows("cores")) for _ in range(2))
    pages = [image.private_base + at for at in range(0, image.private_size, PAGE)]
    if random.random() < 0.5:
        at, to = (image.descriptor(core.el2_root, core.stack_top - PAGE) for core in (one, two))
        words = image.word(at), image.word(to)
        image.set_word(at, words[1])
        image.set_word(to, words[0] if random.random() < 0.7 else words[1])
        return
    new = random.choice([one.log_pa, two.log_pa, image.shared_base, *pages])
    at = image.descriptor(one.el2_root, one.log)
    image.set_word(at, image.word(at) & ~ADDRESS | new)
    one.log_pa = new


@kind("hypervisor's page: text, constant, data")
def own_page(image, random):
    """As another page of its own is mapped: where text ends and data begins only the hypervisor's file says."""
    base = image.image_base
    count = (image.plan_base - base) // PAGE
    page, like = random.randrange(count), random.randrange(count)
    root = image.rows("cores")[0].el2_root
    bits = image.word(image.descriptor(root, base + like * PAGE)) & ~ADDRESS
    image.change(image.descriptor(root, base + page * PAGE), lambda word: word & ADDRESS | bits)


@kind("registers: moved, in plan and table")
def registers_moved(image, random):
    """The hypervisor's console, its distributor or a redistributor, where plan and tables agree."""
    root = image.rows("cores")[0].el2_root
    cores = image.rows("cores")
    choice = random.choice(["console", "gicd", "gicr", "frames", "sizes"])
    step = random.choice([-PAGE, PAGE, 0x10000, 0x20000, 0x100000, 0x40000000])
    if choice == "console" and image.console_va:
        at = image.descriptor(root, image.console_va)
        image.set_word(at, image.word(at) & ~ADDRESS | random.choice(places(image)) & ADDRESS)
        image.console_va += random.choice([0, 0, 4, PAGE])
    elif choice == "gicd":
        shift_registers(image, root, image.gicd_va, 16 if image.gic == 3 else 1, step)
        image.gicd_pa += step
    elif choice == "gicr":
        for core in cores if image.gic == 3 else cores[:1]:
            shift_registers(image, root, core.gicr_va, 32 if image.gic == 3 else 1, step)
        image.gicr_pa += step if random.random() < 0.7 else 0
    elif choice == "frames":
        shift_registers(image, root, random.choice(cores).gicr_va, 32 if image.gic == 3 else 1, step)
    else:
        image.gicr_size += random.choice([step, PAGE, 0x20000, -image.gicr_size + 0x20000 * len(cores)])
        image.gicr_size = max(image.gicr_size, 0)


def shift_registers(image, root, virtual, count, step):
    for at in range(virtual, virtual + count * PAGE, PAGE):
        image.change(image.descriptor(root, at), lambda word: word & ~ADDRESS | (word & ADDRESS) + step & ADDRESS)


@kind("memory: more or less than the board has")
def memory_changed(image, random):
    row = random.choice(image.rows("memory"))
    step = random.choice([step for step in (PAGE, 0x200000, 0x10000000, 0x40000000) if step <= row.size])
    choice = random.randrange(4)
    if choice == 0:
        row.size += step
    elif choice == 1:
        row.size -= step
    elif choice == 2:
        row.base, row.size = row.base - step & (1 << 64) - 1, row.size + step
    else:
        row.base, row.size = row.base + step, row.size - step
        if step % 0x200000 == 0 and random.random() < 0.7:
            image.data[8:16] = (image.image_base - row.base & (1 << 64) - 1).to_bytes(8, "little")


@kind("filter: moved")
def filter_moved(image, random):
    row = random.choice(image.rows("filters"))
    step = random.choice([PAGE, -PAGE, 0x10000, 0x1000000, 0x40000000, 1 << 33, 4])
    row.base += step


@kind("space: another size")
def space_changed(image, random):
    """VTCR_EL2 field by field; and the hypervisor's own space."""
    row = random.choice(image.rows("partitions"))
    choice = random.randrange(3)
    if choice == 0:
        image.va_bits += random.choice([-1, 1])
        if random.random() < 0.5:
            image.loader_offset = 1 << image.va_bits - 1
    elif choice == 1:
        row.stage2_control ^= 1 << random.randrange(34)
    else:
        image.pa_bits = random.randrange(30, 56)
