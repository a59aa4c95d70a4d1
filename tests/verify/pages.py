# SPDX-License-Identifier: Apache-2.0
"""What translation tables map, page by page, in the words of the architecture (Arm ARM DDI 0487, D8: VMSAv8-64, 4 KiB
granule, no FEAT_LPA2, HA = HD = 0; MAIR_EL2 as the hypervisor sets it). Slow and simple on purpose.

A map is a dict: page -> output page | what can be done there, which fits below a page's address. Not here: what is to
be mapped (reach.py).
"""

import functools
import struct

PAGE = 0x1000
ENTRIES = 512
LAST = 3
MOST_PAGES = 1 << 21  # 8 GiB: no tree of the systems here maps as much

READ, WRITE, EXECUTE = 1, 2, 4
NORMAL = 8  # write-back, inner and outer, inner shareable
REGISTERS = 16  # Device-nGnRnE, or nGnRE at stage 2: what stage 1 asks for is nothing weaker
GUARDED = 32  # BTI: indirect branches need landing pads
ODD = 64  # any other type, right, shareability or option, or bits that the architecture reserves, ignores or lends out

GUEST_RAM = NORMAL | READ | WRITE | EXECUTE
GUEST_REGISTERS = REGISTERS | READ | WRITE
TEXT = NORMAL | READ | EXECUTE | GUARDED
CONSTANT = NORMAL | READ
DATA = NORMAL | READ | WRITE
HYPERVISOR_REGISTERS = REGISTERS | READ | WRITE


def bits(word, high, low):
    return word >> low & (1 << high - low + 1) - 1


def stage1_use(word):
    """A leaf of EL2's stage 1, one privilege level (D8.3.1.2): AttrIndx, AP, SH, AF, GP, XN; the rest is to be zero."""
    kind = {0: REGISTERS, 1: NORMAL}.get(bits(word, 4, 2), ODD)
    shareable = {NORMAL: 3, REGISTERS: 0}.get(kind)
    use = kind | READ
    if not bits(word, 7, 7):  # AP[2]
        use |= WRITE
    if not bits(word, 54, 54):
        use |= EXECUTE
    if bits(word, 50, 50):
        use |= GUARDED
    reserved = bits(word, 5, 5) | bits(word, 11, 11) | bits(word, 49, 48) | bits(word, 53, 51) | bits(word, 63, 55)
    if bits(word, 6, 6) != 1 or bits(word, 9, 8) != shareable or not bits(word, 10, 10) or reserved:  # AP[1] is RES1
        use |= ODD
    return use


def stage2_use(word):
    """A leaf of stage 2 (D8.3.1.3): MemAttr, S2AP, SH, AF, XN; the rest is to be zero."""
    kind = {0b0001: REGISTERS, 0b1111: NORMAL}.get(bits(word, 5, 2), ODD)
    shareable = {NORMAL: 3, REGISTERS: 0}.get(kind)
    use = kind
    if bits(word, 6, 6):
        use |= READ
    if bits(word, 7, 7):
        use |= WRITE
    if bits(word, 54, 53) == 0:  # 10: nobody executes; 01 and 11 part EL0 from EL1, and need FEAT_XNX
        use |= EXECUTE
    if bits(word, 54, 53) in (1, 3):
        use |= ODD
    reserved = bits(word, 11, 11) | bits(word, 52, 48) | bits(word, 63, 55)
    if bits(word, 9, 8) != shareable or not bits(word, 10, 10) or reserved:
        use |= ODD
    return use


class Tree:
    """All that a walk from `root` can find: `pages`, `tables` that it reads, and what is odd on the way."""

    FIRST = 1  # level of the root
    PRESENT = 1  # an entry with none of these bits is none
    TOP = 47  # of an output address

    def __init__(self, memory, root, entries, use):
        self.memory, self.use = memory, use
        self.pages = {}
        self.tables = [(root, 8 * entries)]
        self.level3 = {}  # the level-3 table for each 2 MiB
        self.outside = []  # tables that are not in the file
        self.odd_branches = []
        self.too_much = False
        self.right = None  # what it was last found to be
        self.walk(root, entries, self.FIRST, 0)

    def walk(self, table, entries, level, base):
        span = PAGE << 9 * (LAST - level)
        for index, word in enumerate(self.memory.words(table, entries)):
            if word & self.PRESENT and not self.too_much:
                self.entry(word, level, base + index * span, span)

    def entry(self, word, level, virtual, span):
        is_table = level < LAST and word & 2
        if is_table:
            self.branch(word, 3, level, virtual, span)  # ignored bits, and rights that a table takes from all below it
        elif level < LAST or word & 2:  # at level 3 a block's encoding is reserved, and faults
            self.leaf(word, virtual, span, self.use(word))

    def branch(self, word, right, level, virtual, span):
        """A descriptor of a table, whose bits besides its address are to be `right`."""
        below = bits(word, self.TOP, 12) << 12
        if word != below | right:
            self.odd_branches.append(below)
        if not self.memory.has(below, PAGE):
            self.outside.append(below)
            return
        self.tables.append((below, PAGE))
        if level + 1 == LAST:
            self.level3[virtual // span] = below
        self.walk(below, ENTRIES, level + 1, virtual)

    def leaf(self, word, virtual, span, use):
        if len(self.pages) + span // PAGE > MOST_PAGES:
            self.too_much = True
            return
        output = bits(word, self.TOP, 12) << 12 & -span
        if (word & span - 1) >> 12:  # of a block: reserved, or nT
            use |= ODD
        virtuals, outputs = range(virtual, virtual + span, PAGE), range(output | use, (output | use) + span, PAGE)
        self.pages.update(zip(virtuals, outputs))

    @functools.cached_property
    def reached(self):
        """The physical pages."""
        return {output & -PAGE for output in self.pages.values()}


class Memory:
    """The file as it lies in memory from `base` on."""

    def __init__(self, data, base):
        self.data, self.base = data, base

    def has(self, address, size):
        return self.base <= address and address + size <= self.base + len(self.data)

    def bytes(self, address, size):
        return bytes(self.data[address - self.base : address - self.base + size])

    def words(self, address, count):
        return struct.unpack_from(f"<{count}Q", self.data, address - self.base)


class Walker:
    """Walks each tree once, and spreads out once what it is to map: the first, which is right, and the last are kept.

    What a walk found holds as long as the tables that it read have the same bytes.
    """

    def __init__(self):
        self.walked, self.expected = {}, {}

    def walk(self, memory, root, entries, use, kind=Tree):
        known = self.walked.setdefault((root, entries, use), [])
        for tree, content in known:
            pairs = zip(tree.tables, content)
            if all(memory.has(at, size) and memory.bytes(at, size) == old for (at, size), old in pairs):
                return tree
        tree = kind(memory, root, entries, use)
        content = [memory.bytes(at, size) for at, size in tree.tables]
        known[1:] = [(tree, content)]
        return tree

    def spread(self, subject, expected):
        """`expected` with its pages, or one with the same regions."""
        known = self.expected.setdefault(subject, [])
        for other in known:
            if other.regions == expected.regions:
                return other
        known[1:] = [expected.spread()]
        return expected
