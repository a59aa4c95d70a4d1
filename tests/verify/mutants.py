# SPDX-License-Identifier: Apache-2.0
"""Ways to change a right image: each takes an image and a source of random numbers, and changes one thing, or several that
belong together. All checksums are made right again behind it, but for the kinds that are about them.

Not here: what is right (oracle.py), how many of which kind (mutate.py).
"""

import hashlib

from edit import ADDRESS, TABLE
from pages import ENTRIES, PAGE

KINDS = {}
SOFTWARE = [55, 56, 57, 58]
RIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 50, 51, 52, 53, 54]


def kind(name, sealed=True):
    def register(function):
        KINDS[name] = function, sealed
        return function

    return register


class Descriptors:
    """Where the valid descriptors of an image stand: (address, level) of leaves and branches, by root; invalid ones too."""

    def __init__(self, image):
        self.leaves, self.branches, self.free = [], [], []
        cores, partitions = image.rows("cores"), image.rows("partitions")
        self.roots = [core.el2_root for core in cores] + [core.loader_root for core in cores if core.loader_root]
        spaces = [1 << image.va_bits - 30] * len(self.roots)
        self.roots += [row.stage2_root for row in partitions]
        spaces += [1 << 34 - (row.stage2_control & 63) for row in partitions]
        self.seen = set()
        for root, entries in zip(self.roots, spaces):
            self.walk(image, root, entries, 1)

    def walk(self, image, table, entries, level):
        if table in self.seen:
            return
        self.seen.add(table)
        for address in range(table, table + 8 * entries, 8):
            word = image.word(address)
            if level < 3 and word & TABLE == TABLE:
                self.branches.append((address, level))
                self.walk(image, word & ADDRESS, ENTRIES, level + 1)
            else:
                (self.leaves if word & 1 else self.free).append((address, level))


def descriptors(image):
    """Of the image that was right, since mutants begin with that."""
    if "descriptors" not in image.__dict__:
        image.__dict__["descriptors"] = Descriptors(image)
    return image.__dict__["descriptors"]


def places(image):
    """Physical addresses that are worth a visit: who else is there."""
    found = [window.pa for window in image.rows("windows")] + [window.pa + window.size for window in image.rows("windows")]
    names = "image_base plan_base table_base shared_base private_base golden_base gicd_pa gicr_pa".split()
    found += [getattr(image, name) for name in names] + [row.log_pa for row in image.rows("cores")]
    return found + [0, image.gicr_pa + 0x100000, 0x9030000, 0x60000000, 1 << 44]


# ---- tables -----------------------------------------------------------------------------------------------------------


@kind("descriptor: any bit")
def descriptor_bit(image, random):
    known = descriptors(image)
    address, _ = random.choice(random.choice([known.leaves, known.leaves, known.branches]))
    bit = random.randrange(64)
    image.change(address, lambda word: word ^ 1 << bit)


@kind("leaf: rights and type")
def leaf_rights(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    mask = sum(1 << bit for bit in random.sample(RIGHTS, random.randint(1, 3)))
    image.change(address, lambda word: word ^ mask)


@kind("leaf: software's bits")
def leaf_software(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    image.change(address, lambda word: word ^ 1 << random.choice(SOFTWARE))


@kind("leaf: led elsewhere")
def leaf_redirected(image, random):
    address, level = random.choice(descriptors(image).leaves)
    span = PAGE << 9 * (3 - level)
    target = random.choice(places(image)) & -span
    image.change(address, lambda word: word & ~ADDRESS | target)


@kind("leaf: a page further")
def leaf_shifted(image, random):
    address, level = random.choice(descriptors(image).leaves)
    span = PAGE << 9 * (3 - level)
    step = random.choice([-1, 1, 2, 512]) * span
    image.change(address, lambda word: word & ~ADDRESS | (word & ADDRESS) + step & ADDRESS)


@kind("leaves: exchanged")
def leaves_exchanged(image, random):
    (one, _), (two, _) = random.sample(descriptors(image).leaves, 2)
    words = image.word(one), image.word(two)
    image.change(one, lambda _: words[1])
    image.change(two, lambda _: words[0])


@kind("leaf: copied to an empty entry")
def leaf_added(image, random):
    source = image.word(random.choice(descriptors(image).leaves)[0])
    address, level = random.choice(descriptors(image).free)
    word = source if random.random() < 0.5 else source & ~ADDRESS | random.choice(places(image)) & ADDRESS
    image.change(address, lambda _: word & ~2 | (2 if level == 3 else 0))


@kind("leaf: taken out")
def leaf_lost(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    image.change(address, lambda word: random.choice([0, word & ~1]))


@kind("entry: bits of an invalid one")
def entry_invalid(image, random):
    known = descriptors(image)
    own = {core.window_descriptor % PAGE for core in image.rows("cores")}
    address, _ = random.choice([entry for entry in known.free if entry[0] % PAGE not in own])
    image.change(address, lambda _: random.getrandbits(64) & ~1)


@kind("branch: to another table")
def branch_redirected(image, random):
    known = descriptors(image)
    address, _ = random.choice(known.branches)
    target = random.choice([table & -PAGE for table in known.seen] + [place & -PAGE for place in places(image)])
    image.change(address, lambda word: word & ~ADDRESS | target)


@kind("branch: exchanged, copied")
def branch_exchanged(image, random):
    (one, _), (two, _) = random.sample(descriptors(image).branches, 2)
    words = image.word(one), image.word(two)
    image.change(one, lambda _: words[1])
    if random.random() < 0.5:
        image.change(two, lambda _: words[0])


@kind("block or table: the other one")
def branch_block(image, random):
    known = descriptors(image)
    address, _ = random.choice([entry for entry in known.branches + known.leaves])
    image.change(address, lambda word: word ^ 2)


@kind("table: to a copy elsewhere")
def table_copied(image, random):
    """The same map, walked through a page that no core checks: of the golden area, which nothing maps or hashes."""
    address, _ = random.choice(descriptors(image).branches)
    target = (image.image_base + len(image.data) - PAGE) & -PAGE
    if random.random() < 0.5:
        target = image.rows("cores")[-1].log_pa  # a page that a core writes
    place, source = image.place_of(target), image.place_of(image.word(address) & ADDRESS)
    image.data[place : place + PAGE] = image.data[source : source + PAGE]
    image.change(address, lambda word: word & ~ADDRESS | target)


@kind("root entry: not as restored")
def root_changed(image, random):
    row = random.choice(image.rows("roots"))
    if random.random() < 0.5:
        image.set_word(row.address, row.value ^ 1 << random.randrange(64))
    else:
        row.value ^= 1 << random.randrange(64)


@kind("word: any, of tables and roots")
def table_word(image, random):
    base = random.choice([image.table_base, image.table_base, image.shared_base])
    size = image.table_size if base == image.table_base else image.shared_size
    address = base + 8 * random.randrange(size // 8)
    image.change(address, lambda word: random.choice([word ^ 1 << random.randrange(64), random.getrandbits(64)]))


# ---- the plan, field by field -----------------------------------------------------------------------------------------


def any_row(image, random):
    array = random.choice([*image.ROWS, "header", "partitions", "cores", "vcpus"])
    rows = [image] if array == "header" else image.rows(array)
    return random.choice(rows), rows


def any_field(image, random):
    row, rows = any_row(image, random)
    name = random.choice([name for name in row.layout["fields"] if name not in ("magic", "header_crc", "body_crc", "sha256")])
    return row, rows, name


@kind("field: any bit")
def field_bit(image, random):
    row, _, name = any_field(image, random)
    offset, form = row.layout["fields"][name]
    place = row.offset + offset + random.randrange(size_of(form))
    image.data[place] ^= 1 << random.randrange(8)


def size_of(form):
    return sum({"B": 1, "H": 2, "I": 4, "Q": 8}[code] for code in form[1:])


@kind("frame: magic, versions, pieces, arrays")
def frame_changed(image, random):
    """What decides whether the rest can be read."""
    pieces = "plan_base image_base image_size table_base table_size shared_base shared_size private_base private_size".split()
    names = ["magic", "version", "size", "arch", "gic", "golden_base", "golden_size", *pieces, *image.ROWS]
    name = random.choice(names)
    offset, form = image.layout["fields"][name]
    if random.random() < 0.5:
        image.data[image.offset + offset + random.randrange(size_of(form))] ^= 1 << random.randrange(8)
        return
    old = getattr(image, name)
    values = list(old) if isinstance(old, tuple) else [old]
    values[-1] = values[-1] + random.choice([-1, 1, 8, -8, PAGE, -PAGE]) & 0xFFFFFFFF
    setattr(image, name, tuple(values))


@kind("field: another value")
def field_value(image, random):
    row, _, name = any_field(image, random)
    form = row.layout["fields"][name][1]
    width = {"B": 8, "H": 16, "I": 32, "Q": 64}[form[1]]
    values = list(getattr(row, name)) if len(form) > 2 else [getattr(row, name)]
    index = random.randrange(len(values))
    steps = [1, -1, 8, -8, PAGE, -PAGE, 0x20000, 0x200000, -0x200000, 1 << 30]
    news = [0, 1, (1 << width) - 1, 1 << width - 1] + [values[index] + step for step in steps] + places(image)
    values[index] = random.choice(news) & (1 << width) - 1
    setattr(row, name, tuple(values))


@kind("field: that of another row")
def field_copied(image, random):
    row, rows, name = any_field(image, random)
    other = random.choice(rows)
    mine, its = getattr(row, name), getattr(other, name)
    setattr(row, name, its)
    if random.random() < 0.5:
        setattr(other, name, mine)


@kind("rows: exchanged, copied")
def rows_exchanged(image, random):
    row, rows = any_row(image, random)
    other = random.choice(rows)
    size = row.layout["size"]
    one, two = (slice(at.offset, at.offset + size) for at in (row, other))
    mine, its = bytes(image.data[one]), bytes(image.data[two])
    image.data[one] = its
    if random.random() < 0.7:
        image.data[two] = mine


# ---- the plan, with a meaning -----------------------------------------------------------------------------------------


@kind("window: moved, in plan and table")
def window_moved(image, random):
    """What the tables map and what the plan says agree: nothing but ownership forbids it."""
    window = random.choice(image.rows("windows"))
    root = image.rows("partitions")[window.partition].stage2_root
    target = random.choice(places(image)) & -PAGE
    if window.kind == 1:
        target = random.choice([target & -0x200000, 0x60000000 + (window.pa & 0x1FF000), window.pa ^ 0x40000000])
    for at in range(0, window.size, PAGE):
        address = image.descriptor(root, window.base + at)
        if (window.base + at) % 0x200000 == 0 or image.word(address) & 2 or at == 0:
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
    new = random.choice([other.id for other in image.rows("interrupts")] + [random.randrange(16, 1024) for _ in range(4)])
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
    names = [name for name, (function, sealed) in KINDS.items() if sealed and function not in (several, file_cut)]
    for name in random.sample(names, random.randint(2, 3)):
        KINDS[name][0](image, random)


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
        at, to = image.descriptor(one.el2_root, one.stack_top - PAGE), image.descriptor(two.el2_root, two.stack_top - PAGE)
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
    step = random.choice([PAGE, 0x200000, 0x10000000, 0x40000000])
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


# ---- bytes ------------------------------------------------------------------------------------------------------------


@kind("golden bytes, hashed again")
def golden_changed(image, random):
    row = random.choice(image.rows("images"))
    if row.size:
        image.data[image.place_of(row.golden) + random.randrange(row.size)] ^= 1 << random.randrange(8)
    hash_golden(image)


@kind("image: other place or size, hashed again")
def image_moved(image, random):
    row = random.choice(image.rows("images"))
    name = random.choice(["golden", "pa", "base", "size", "fill", "pa base"])
    step = random.choice([-PAGE, PAGE, 4, -4, 0x200000])
    for field in name.split():
        setattr(row, field, getattr(row, field) + step & (1 << 64) - 1)
    hash_golden(image)


def hash_golden(image):
    for row in image.rows("images"):
        place = image.place_of(row.golden)
        if 0 <= place and place + row.size <= len(image.data):
            row.sha256 = hashlib.sha256(image.data[place : place + row.size]).digest()


@kind("hypervisor's bytes")
def hypervisor_changed(image, random):
    """Also what a loader goes by, the Image header."""
    place = random.randrange(random.choice([64, image.plan_base - image.image_base]))
    image.data[place] ^= 1 << random.randrange(8)


@kind("bytes that nothing covers")
def bytes_uncovered(image, random):
    """Between pieces, and what is to be zero."""
    base, end = random.choice(
        [
            (image.private_base + image.private_size, image.image_base + len(image.data)),
            (image.shared_base, image.private_base + image.private_size),
        ]
    )
    image.data[image.place_of(random.randrange(base, end))] ^= 1 << random.randrange(8)


@kind("hash or CRC", sealed=False)
def checksum_changed(image, random):
    choice = random.randrange(4)
    if choice == 0:
        place = image.place("sha256") + random.randrange(32)
    elif choice == 1:
        place = random.choice(image.rows("images")).place("sha256") + random.randrange(32)
    elif choice == 2:
        place = random.choice(image.rows("table_sets")).place("crc") + random.randrange(4)
    else:
        place = image.place(random.choice(["header_crc", "body_crc"])) + random.randrange(4)
    image.data[place] ^= 1 << random.randrange(8)
    if choice < 2:
        image.seal_plan()
    elif choice == 2:
        image.seal_hash()


@kind("not sealed again", sealed=False)
def not_sealed(image, random):
    end = image.private_base + image.private_size - image.image_base
    image.data[random.randrange(end)] ^= 1 << random.randrange(8)


@kind("file: cut, or longer")
def file_cut(image, random):
    if random.random() < 0.5:
        del image.data[random.randrange(image.place_of(image.golden_base), len(image.data)) :]
    else:
        image.data.extend(bytes(random.randrange(1, PAGE)))
    if random.random() < 0.5:
        image.image_size = len(image.data)
