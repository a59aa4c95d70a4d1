#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The oracle that judges `bulkhead verify` is no blind one: hand-made tables, and that each of its rules is missed.

Not here: the comparison itself (mutate.py).
"""

import os
import pathlib
import random
import struct
import tempfile

import mutants
import oracle
import pages
import pytest
from edit import Image
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


# ---- none of the rules can be missed --------------------------------------------------------------------------------

# What a window gives is in plan and tables: where one is wrong alone the other says so too.
TOGETHER = {"reaches_apart": {"windows_placed"}}
TRIES = 1320


@pytest.fixture(name="system", scope="module")
def made_system():
    with tempfile.TemporaryDirectory(dir=FAST if os.access(FAST, os.W_OK) else None) as name:
        folder = pathlib.Path(name)
        build_folder(folder, ROOT / "build")
        yield System("rtos-rtos", folder)


@pytest.fixture(name="judged", scope="module")
def judged_mutants(system):
    """Of each of many mutants the rules that it breaks."""
    broken = []
    kinds = list(mutants.KINDS)
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


@pytest.mark.parametrize("bit", [6, 7, 10, 54])
def test_blind_to_rights(system, monkeypatch, bit):
    """An oracle that does not see a bit of stage-2 descriptors accepts what verify refuses."""
    seen = pages.stage2_use
    leaf, _ = next(entry for entry in system.descriptors.leaves if entry[0] in last_tables(system))
    changed = Image(system.content)
    right = changed.word(leaf)
    changed.change(leaf, lambda word: word ^ 1 << bit)
    content = changed.seal()
    assert oracle.judge(content, pages.Walker())[1]
    monkeypatch.setattr(pages, "stage2_use", lambda word: seen(right if word == right ^ 1 << bit else word))
    assert not oracle.judge(content, pages.Walker())[1]
    system.path.write_bytes(content)
    assert system.verify()


def last_tables(system):
    """Entries of the last partition's level-3 tables."""
    image = Image(system.content)
    root = image.rows("partitions")[-1].stage2_root
    table = pages.Tree(pages.Memory(image.data, image.image_base), root, 2, pages.stage2_use).tables[-1][0]
    return range(table, table + PAGE)


def test_reproducible(system):
    """A mutant is its number."""
    for kind in mutants.KINDS:
        assert system.mutant(kind, 7) == system.mutant(kind, 7)
    random.seed(1)
    assert system.mutant("descriptor: any bit", 8) != system.mutant("descriptor: any bit", 9)
