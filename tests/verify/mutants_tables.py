# SPDX-License-Identifier: Apache-2.0
"""Mutants of tables and stage-2 roots. Not here: those that change the plan with them (mutants_plan.py)."""

from edit import ADDRESS
from kinds import descriptors, kind, places
from pages import PAGE

@kind("descriptor: any bit")
def descriptor_bit(image, random):
    known = descriptors(image)
    address, _ = random.choice(random.choice([known.leaves, known.leaves, known.branches]))
    bit = random.randrange(64)
    image.change(address, lambda word: word ^ 1 << bit)


@kind("leaf: rights and type")
def leaf_rights(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    mask = sum(1 << bit for bit in random.sample(image.RIGHTS, random.randint(1, 3)))
    image.change(address, lambda word: word ^ mask)


@kind("leaf: software's bits")
def leaf_software(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    image.change(address, lambda word: word ^ 1 << random.choice(image.SOFTWARE))


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
    image.change(address, lambda _: image.of_level(word, level))


@kind("leaf: taken out")
def leaf_lost(image, random):
    address, _ = random.choice(descriptors(image).leaves)
    image.change(address, lambda word: random.choice([0, word & ~image.PRESENT]))


@kind("entry: bits of an invalid one")
def entry_invalid(image, random):
    known = descriptors(image)
    own = {core.window_descriptor % PAGE for core in image.rows("cores")}
    address, _ = random.choice([entry for entry in known.free if entry[0] % PAGE not in own])
    image.change(address, lambda _: random.getrandbits(64) & ~image.PRESENT)


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
    image.change(address, lambda word: word ^ image.KIND)


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
