#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The figures in docs/benchmark.md and README.md: every row and budget of the benchmark, and none that is over it."""

import re
import sys

import pytest

from follow import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import bench  # noqa: E402

CELLS = 3  # of a controller: native, ours, budget
HAMMERED = "timer, guest hammers"  # the rows whose texts begin so: the worst of them
README_ROWS = {
    "timer interrupt to the guest's handler": "timer_busy",
    "SGI to self": "sgi_self",
    "hypercall, round trip": "hvc",
    "interrupt controller register, write": "own_isenabler",
    "worst timer latency while the guest hammers it": HAMMERED,
    "reset to the guest's first instruction": "boot_10k",
    "exits per timer or device interrupt": "exits_timer",
}


def table():
    """The lines of the document's table that are rows, and its last one."""
    text = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    lines = re.search(r"```\ninstructions:.*?```", text, re.S)[0].splitlines()
    return lines[3:-2], lines[-2]


def cells(line):
    """{controller: [native, ours, budget], or None where the row is none}, and the peers' cells."""
    words = line[bench.TEXT_WIDTH :].split()
    found = {}
    for gic in bench.GICS:
        if words[0] == bench.NONE:
            found[gic], words = None, words[1:]
        else:
            found[gic], words = words[:CELLS], words[CELLS:]
    return found, words


def highest(figure):
    return int(figure.split("/")[-1])


def test_table_has_every_row_and_its_budgets():
    rows, summary = table()
    budgets = bench.budgets_read()
    assert [line[: bench.TEXT_WIDTH].rstrip() for line in rows] == [row.text for row in bench.ROWS]
    for line, row in zip(rows, bench.ROWS):
        found, peers = cells(line)
        assert peers == [row.bao, row.xen], line
        for gic in bench.GICS:
            assert (found[gic] is None) == (row.key not in budgets[gic]), line
            if found[gic]:
                assert int(found[gic][2]) == budgets[gic][row.key], line
                assert highest(found[gic][1]) <= budgets[gic][row.key], line
    assert summary == f"bench: {len(rows)} rows, {sum(map(len, budgets.values()))} figures, 0 over budget"


def test_x86_table_has_every_row_and_its_budgets():
    text = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    *lines, summary = re.search(r"```\ninstructions, x86-64:.*?\n(.*?)\n```", text, re.S)[1].splitlines()
    budgets = bench.budgets_x86_read()
    assert set(budgets) == {row.key for row in bench.x86.ROWS}
    assert len(lines) == len(bench.x86.ROWS)
    for line, row in zip(lines, bench.x86.ROWS):
        name, words = line[:40].rstrip(), line[40:].split()
        assert name == row.text
        assert int(words[2]) == budgets[row.key], line
        assert highest(words[1]) <= budgets[row.key], line
        if row.key.startswith("timer"):
            assert words[0] == words[1], line  # nothing of the hypervisor is in an interrupt's way
    assert summary == f"bench: {len(lines)} rows on x86-64, 0 over budget"


@pytest.mark.parametrize("text, key", README_ROWS.items())
def test_readme_says_the_same(text, key):
    rows, _ = table()
    found = [cells(line)[0] for line, row in zip(rows, bench.ROWS) if key == row.key or row.text.startswith(key)]
    readme = re.search(rf"^\| {re.escape(text)} \|(.*)\|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)[1]
    words = [re.sub(r"[* ]", "", word) for word in readme.split("|")]
    assert [int(word) for word in words[1:3]] == [max(highest(it[gic][1]) for it in found if it[gic]) for gic in bench.GICS]
    if key != "exits_timer":  # which README gives an interrupt, the table a thousand
        assert int(words[0]) == highest(found[0]["gicv3"][0])
