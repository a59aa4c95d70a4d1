#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/manual.md, done as it says (follow.py), and what holds of all guides."""

import re

import pytest

from follow import ROOT, Reader, blocks, output_pattern
from machine import BUILD

MANUAL = ROOT / "docs" / "manual.md"
SYSTEM_LINES_MOST = 25


@pytest.fixture(name="reader")
def new_reader():
    folder = BUILD / "tests" / "manual"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    return Reader(ROOT, folder)


def test_as_it_says(reader):
    reader.follow(blocks(MANUAL))


def test_systems_are_short():
    """The manual's, and the shipped ones of the same boards."""
    systems = [content for kind, name, content in blocks(MANUAL) if kind == "dts" and name.startswith("mine/system-")]
    systems += [(ROOT / f"configs/partitions/ivi-rtos-{board}.dts").read_text() for board in ("zcu102", "imx8mp-evk")]
    assert len(systems) == 3
    assert max(len(system.splitlines()) for system in systems) <= SYSTEM_LINES_MOST


@pytest.mark.parametrize(
    "said, told, is_same",
    [
        ("a 12 b\n", "a ... b\n", True),
        ("a 12 c\n", "a ... b\n", False),
        ("x\ny\nend\n", "...\nend\n", True),
        ("end\n", "...\nend\n", True),
        ("end\nmore\n", "...\nend\n", False),
        ("error\n", "", False),
        ("", "", True),
    ],
)
def test_comparison(said, told, is_same):
    assert bool(re.fullmatch(output_pattern(told), said)) == is_same


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")) + [ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
        assert "://" in target or (path.parent / target).exists(), target
