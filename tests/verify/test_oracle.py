#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The oracle that judges `bulkhead verify` is no blind one: hand-made tables, and that each of its rules is missed.

Not here: the comparison itself (mutate.py).
"""

import collections
import os
import pathlib
import random
import struct
import tempfile

import edit
import mutants
import oracle
import pages
import pages_x86
import pytest
import svm
import vmx
import x86
from mutate import FAST, ROOT, System, build_folder
from pages import CONSTANT, DATA, GUARDED, GUEST_RAM, GUEST_REGISTERS, HYPERVISOR_REGISTERS, ODD, PAGE, TEXT

BASE = 0x40000000
MIB2 = 0x200000
GIB = 0x40000000
STAGE2_RAM = 0x7FD  # MemAttr 1111, S2AP 11, SH 11, AF, valid: as of a block
EL2_DATA = 1 << 54 | 0x745  # AttrIndx 1, AP[1], SH 11, AF, XN, valid


class Tables:
    """Four table pages at BASE, BASE + PAGE, ..."""

    def __init__(self):
        self.data = bytearray(4 * PAGE)

    def put(self, page, index, word):
        struct.pack_into("<Q", self.data, page * PAGE + 8 * index, word)

    def walk(self, use=pages.stage2_use, entries=4):
        return pages.Tree(pages.Memory(self.data, BASE), BASE, entries, use)


# ---- hand-made tables -----------------------------------------------------------------------------------------------


def test_levels():
    """A page, a block of 2 MiB and one of 1 GiB, each with every page in its place."""
    tables = Tables()
    tables.put(0, 1, BASE + PAGE | 3)
    tables.put(0, 2, 3 * GIB | STAGE2_RAM)
    tables.put(1, 5, BASE + 2 * PAGE | 3)
    tables.put(1, 7, 0x80600000 | STAGE2_RAM)
    tables.put(2, 9, 0x9009000 | 1 << 54 | 0x4C7)
    tree = tables.walk()
    assert len(tree.pages) == 1 + 512 + 512 * 512
    assert tree.pages[GIB + 5 * MIB2 + 9 * PAGE] == 0x9009000 | GUEST_REGISTERS
    for page in range(512):
        assert tree.pages[GIB + 7 * MIB2 + page * PAGE] == 0x80600000 + page * PAGE | GUEST_RAM
    assert tree.pages[2 * GIB] == 3 * GIB | GUEST_RAM
    assert tree.pages[3 * GIB - PAGE] == 4 * GIB - PAGE | GUEST_RAM
    assert tree.tables == [(BASE, 32), (BASE + PAGE, PAGE), (BASE + 2 * PAGE, PAGE)]
    assert tree.level3 == {(GIB + 5 * MIB2) // MIB2: BASE + 2 * PAGE}
    assert not tree.odd_branches and not tree.outside


def test_nothing_mapped():
    """Invalid whatever else is in it; a block's encoding at level 3; entries behind the root's."""
    tables = Tables()
    tables.put(0, 0, BASE + PAGE | 3)
    tables.put(1, 0, BASE + 2 * PAGE | 3)
    tables.put(2, 0, 0x80000000 | STAGE2_RAM)  # no 2: reserved
    tables.put(2, 1, 0x80000000 | 0x7FE)
    tables.put(0, 4, 0x80000000 | STAGE2_RAM)
    assert tables.walk().pages == {}


def test_astray():
    """Tables that are not there, that lead back to themselves, or by descriptors with more than an address."""
    tables = Tables()
    tables.put(0, 0, 0x90000000 | 3)
    tables.put(0, 1, BASE + PAGE | 1 << 59 | 3)
    tables.put(1, 0, BASE + PAGE | 3)
    tree = tables.walk()
    assert tree.outside == [0x90000000]
    assert tree.odd_branches == [BASE + PAGE]
    assert tree.pages == {GIB: BASE + PAGE | pages.EXECUTE | ODD}  # the table as its own level 3


def test_too_much():
    tables = Tables()
    for index in range(16):
        tables.put(0, index, STAGE2_RAM)
    assert tables.walk(entries=16).too_much


@pytest.mark.parametrize(
    "word, use",
    [
        (STAGE2_RAM, GUEST_RAM),
        (STAGE2_RAM & ~(1 << 7), GUEST_RAM & ~pages.WRITE),
        (STAGE2_RAM & ~(1 << 6), GUEST_RAM & ~pages.READ),
        (STAGE2_RAM | 1 << 54, GUEST_RAM & ~pages.EXECUTE),
        (STAGE2_RAM | 1 << 53, GUEST_RAM & ~pages.EXECUTE | ODD),
        (STAGE2_RAM & ~(1 << 10), GUEST_RAM | ODD),
        (STAGE2_RAM & ~(1 << 8), GUEST_RAM | ODD),
        (STAGE2_RAM & ~(1 << 2), GUEST_RAM & ~pages.NORMAL | ODD),
        (1 << 54 | 0x4C5, GUEST_REGISTERS),
        (0x4C5, GUEST_REGISTERS | pages.EXECUTE),
        *[(STAGE2_RAM | 1 << bit, GUEST_RAM | ODD) for bit in (11, *range(48, 53), *range(55, 64))],
    ],
)
def test_stage2_use(word, use):
    assert pages.stage2_use(word) == use


@pytest.mark.parametrize(
    "word, use",
    [
        (EL2_DATA, DATA),
        (EL2_DATA | 1 << 7, CONSTANT),
        (EL2_DATA & ~(1 << 54), DATA | pages.EXECUTE),
        (1 << 50 | 0x7C5, TEXT),
        (0x7C5, TEXT & ~GUARDED),
        (1 << 54 | 0x441, HYPERVISOR_REGISTERS),
        (EL2_DATA | 1 << 3, DATA & ~pages.NORMAL | ODD),
        *[(EL2_DATA ^ 1 << bit, DATA | ODD) for bit in (5, 6, 8, 10, 11, 48, 49, 51, 52, 53, *range(55, 64))],
    ],
)
def test_stage1_use(word, use):
    assert pages.stage1_use(word) == use


def test_block_address():
    """A block's address has the low bits of a block's; what else is there is reserved."""
    tables = Tables()
    tables.put(0, 0, GIB | 0x1000 | STAGE2_RAM)
    assert tables.walk().pages[PAGE] == GIB + PAGE | GUEST_RAM | ODD


# ---- hand-made tables of x86 ----------------------------------------------------------------------------------------

NESTED_RAM = 3 << 61 | 0x67  # an IOMMU's write and read; dirty, accessed, user, writable, present
NESTED_BRANCH = 3 << 61 | 0x27
NO_EXECUTE = 1 << 63


class TablesX86(Tables):
    """The same, walked from a PML4."""

    def walk(self, kind=pages_x86.Nested, use=pages_x86.nested_use):
        return kind(pages.Memory(self.data, BASE), BASE, 512, use)


def test_levels_x86():
    tables = TablesX86()
    tables.put(0, 1, BASE + PAGE | NESTED_BRANCH | 3 << 9)
    tables.put(1, 2, BASE + 2 * PAGE | NESTED_BRANCH | 2 << 9)
    tables.put(2, 3, 0x80600000 | NESTED_RAM | 0x80)
    tables.put(2, 4, BASE + 3 * PAGE | NESTED_BRANCH | 1 << 9)
    tables.put(2, 5, 0x80600000 | NESTED_RAM & ~1)  # not present
    tables.put(3, 9, 0x9009000 | NESTED_RAM | 0x18 | NO_EXECUTE)
    tree = tables.walk()
    first = (1 << 39) + 2 * GIB
    assert len(tree.pages) == 512 + 1
    for page in range(512):
        assert tree.pages[first + 3 * MIB2 + page * PAGE] == 0x80600000 + page * PAGE | GUEST_RAM
    assert tree.pages[first + 4 * MIB2 + 9 * PAGE] == 0x9009000 | GUEST_REGISTERS
    assert tree.tables == [(BASE + number * PAGE, PAGE) for number in range(4)]
    assert tree.level3 == {(first + 4 * MIB2) // MIB2: BASE + 3 * PAGE}
    assert not tree.odd_branches and not tree.outside


def test_odd_x86():
    """1 GiB, which not every core knows; the page-size bit at level 0; branches that restrict or are not a user's."""
    tables = TablesX86()
    tables.put(0, 0, BASE + PAGE | 0xA7)
    tables.put(0, 1, BASE + PAGE | 0x25)
    tables.put(0, 2, 0x90000000 | 0x23)
    tables.put(1, 0, 2 * GIB | NESTED_RAM | 0x80)
    tree = tables.walk()
    assert tree.odd_branches == [BASE + PAGE, BASE + PAGE, 0x90000000]
    assert tree.outside == [0x90000000]
    assert tree.pages[0] == 2 * GIB | GUEST_RAM | ODD


@pytest.mark.parametrize(
    "word, use",
    [
        (NESTED_RAM, GUEST_RAM),
        (NESTED_RAM & ~2, GUEST_RAM & ~pages.WRITE),
        (NESTED_RAM & ~4, GUEST_RAM | ODD),
        (NESTED_RAM | NO_EXECUTE, GUEST_RAM & ~pages.EXECUTE),
        (NESTED_RAM | 0x18 | NO_EXECUTE, GUEST_REGISTERS),
        *[(NESTED_RAM ^ 1 << bit, GUEST_RAM | ODD) for bit in (5, 6, 7, 8, 9, 10, 11, *range(52, 63))],
        *[(NESTED_RAM ^ 1 << bit, GUEST_RAM & ~pages.NORMAL | ODD) for bit in (3, 4)],
    ],
)
def test_nested_use(word, use):
    assert pages_x86.nested_use(word, False) == use


@pytest.mark.parametrize(
    "word, use",
    [
        (0x61, pages_x86.TEXT),
        (0x61 | NO_EXECUTE, CONSTANT),
        (0x63 | NO_EXECUTE, DATA),
        (0x63, DATA | pages.EXECUTE),
        (0x67 | NO_EXECUTE, DATA | ODD),
        (0x7B | NO_EXECUTE, HYPERVISOR_REGISTERS),
    ],
)
def test_long_mode_use(word, use):
    assert pages_x86.long_mode_use(word, False) == use
    assert pages_x86.long_mode_use(word | 0x80, True) == use
    assert pages_x86.long_mode_use(word | 0x1080, True) == use | ODD  # PAT


EXTENDED_RAM = 6 << 3 | 7  # write-back; execute, write, read


def test_levels_extended():
    """Any right makes an entry present, whose page-size bit means nothing at level 0."""
    tables = TablesX86()
    tables.put(0, 1, BASE + PAGE | 7)
    tables.put(0, 2, BASE + PAGE | 0x80 | 4)
    tables.put(0, 3, BASE + PAGE | 1 << 63 | 0xFF8)
    tables.put(1, 2, BASE + 2 * PAGE | 7)
    tables.put(2, 3, 0x80600000 | EXTENDED_RAM | 0x80)
    tables.put(2, 4, 0x80800000 | 0x80 | 4)
    tree = tables.walk(pages_x86.Extended, pages_x86.extended_use)
    first = (1 << 39) + 2 * GIB
    assert tree.odd_branches == [BASE + PAGE]
    assert len(tree.pages) == 2 * 2 * 512
    for page in range(512):
        assert tree.pages[first + 3 * MIB2 + page * PAGE] == 0x80600000 + page * PAGE | GUEST_RAM
    assert tree.pages[first + 4 * MIB2] == 0x80800000 | pages.REGISTERS | pages.EXECUTE


@pytest.mark.parametrize(
    "word, use",
    [
        (EXTENDED_RAM, GUEST_RAM),
        (EXTENDED_RAM & ~1, GUEST_RAM & ~pages.READ),
        (EXTENDED_RAM & ~2, GUEST_RAM & ~pages.WRITE),
        (EXTENDED_RAM & ~4, GUEST_RAM & ~pages.EXECUTE),
        (3, GUEST_REGISTERS),
        *[(EXTENDED_RAM ^ 1 << bit, GUEST_RAM & ~pages.NORMAL | ODD) for bit in (3, 4, 5)],
        *[(EXTENDED_RAM ^ 1 << bit, GUEST_RAM | ODD) for bit in (6, 7, *range(8, 12), *range(52, 64))],
    ],
)
def test_extended_use(word, use):
    assert pages_x86.extended_use(word, False) == use


def harmless_bits(vendor):
    return {bit for bit in range(0x10000) if vendor.HARMLESS >> bit & 1}


def test_harmless_registers():
    """The map's bits by the APM: 2 a register, from 0 for 0h, from 4000h for C0000000h, from 8000h for C0010000h."""
    allowed = harmless_bits(svm.Svm)
    assert 2 * 0x10 in allowed and 2 * 0x10 + 1 not in allowed
    assert 2 * 0x830 in allowed and 2 * 0x830 + 1 not in allowed
    assert {2 * 0x80B, 2 * 0x80B + 1, 0x4000 + 2 * 0x82, 0x4000 + 2 * 0x100 + 1} <= allowed
    assert not allowed & {2 * 0x1B, 2 * 0x1B + 1, 0x4000 + 2 * 0x80, 0x4000 + 2 * 0x80 + 1, *range(0x8000, 0x10000)}


def test_harmless_registers_of_intel():
    """By the SDM: 1 KiB each of reads from 0h, of reads from C0000000h, of writes, of writes."""
    allowed = harmless_bits(vmx.Vmx)
    assert 0x10 in allowed and 0x4010 not in allowed
    assert 0x830 in allowed and 0x4830 not in allowed
    assert {0x80B, 0x480B, 0x2082, 0x6100} <= allowed
    assert not allowed & {0x1B, 0x401B, 0x2080, 0x6080, *range(0x8000, 0x10000)}


def test_encodings():
    """Appendix B, one of each table."""
    fields = {field for field, _, _ in vmx.rows(Zeros(), collections.defaultdict(int), vmx.start_state)}
    assert {0x0000, 0x080E, 0x201A, 0x2800, 0x401E, 0x4822, 0x6006, 0x6822, 0x6802} <= fields
    assert len(fields) == len(vmx.rows(Zeros(), collections.defaultdict(int), vmx.reset_state))


class Zeros:
    vmid = stage2_root = 0


# ---- none of the rules can be missed --------------------------------------------------------------------------------

# What a window gives is in plan and tables: where one is wrong alone the other says so too.
TOGETHER = {"reaches_apart": {"windows_placed"}}
TRIES = 1320


@pytest.fixture(name="system", scope="module", params=["rtos-rtos", "two-x86", "two-intel"])
def made_system(request):
    with tempfile.TemporaryDirectory(dir=FAST if os.access(FAST, os.W_OK) else None) as name:
        folder = pathlib.Path(name)
        build_folder(folder, ROOT / "build")
        yield System(request.param, folder)


@pytest.fixture(name="judged", scope="module")
def judged_mutants(system):
    """Of each of many mutants the rules that it breaks."""
    broken = []
    kinds = system.kinds
    for seed in range(TRIES):
        content = system.mutant(kinds[seed % len(kinds)], seed)
        plan, found = oracle.frame(content, system.walker)
        names = {"frame"} if found else set()
        if plan is not None:
            partitions = enumerate(plan.all("partitions"))
            if [line for index, row in partitions for line in oracle.partition_reaches(plan, index, row)]:
                names.add("partition_reaches")
            names |= {rule.__name__ for rule in oracle.RULES if list(rule(plan))}
            names |= set() if names or not list(system.claims.judge(plan)) else {"claims"}
        broken.append(names)
    return broken


@pytest.mark.parametrize("rule", ["frame", "partition_reaches", "claims", *(rule.__name__ for rule in oracle.RULES)])
def test_rule_is_missed(judged, rule):
    """Without the rule some mutant would be accepted, which verify refuses."""
    alone = [names for names in judged if rule in names and names <= {rule} | TOGETHER.get(rule, set())]
    assert alone, f"no mutant of {TRIES} that only {rule} refuses"


RIGHTS = {  # of images: what reads a descriptor of stage 2, and bits of it
    edit.Image: (pages, "stage2_use", [6, 7, 8, 10, 54]),
    x86.ImageX86: (pages_x86, "nested_use", [1, 2, 4, 6, 63]),
    x86.ImageIntel: (pages_x86, "extended_use", [0, 1, 2, 4, 63]),
}


@pytest.mark.parametrize("number", range(5))
def test_blind_to_rights(system, monkeypatch, number):
    """An oracle that does not see a bit of stage-2 descriptors accepts what verify refuses."""
    changed = x86.image_of(system.content)
    module, name, bits = RIGHTS[type(changed)]
    bit = bits[number]
    seen = getattr(module, name)
    leaf, _ = next(entry for entry in system.descriptors.leaves if entry[0] in last_tables(system))
    right = changed.word(leaf)
    changed.change(leaf, lambda word: word ^ 1 << bit)
    content = changed.seal()
    assert oracle.judge(content, pages.Walker())[1]
    monkeypatch.setattr(module, name, lambda word, *more: seen(right if word == right ^ 1 << bit else word, *more))
    assert not oracle.judge(content, pages.Walker())[1]
    system.path.write_bytes(content)
    assert system.verify()


def last_tables(system):
    """Entries of the last partition's level-3 tables."""
    image = x86.image_of(system.content)
    partition = image.rows("partitions")[-1]
    memory = pages.Memory(image.data, image.image_base)
    kind = pages_x86.LongMode if image.arch == x86.ARCH else pages.Tree  # present for both vendors
    tree = kind(memory, partition.stage2_root, image.stage2_entries(partition), lambda *_: 0)
    return range(tree.tables[-1][0], tree.tables[-1][0] + PAGE)


def test_reproducible(system):
    """A mutant is its number."""
    for kind in system.kinds:
        assert system.mutant(kind, 7) == system.mutant(kind, 7)
    random.seed(1)
    assert system.mutant("descriptor: any bit", 8) != system.mutant("descriptor: any bit", 9)
