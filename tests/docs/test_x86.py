#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/x86.md, done as it says (follow.py), and its counts of lines."""

import re
import subprocess

import pytest

from follow import ROOT, Reader, blocks
from machine import BUILD

GUIDE = ROOT / "docs" / "x86.md"
TOLERANCE = 0.15


@pytest.fixture(name="reader")
def new_reader():
    folder = BUILD / "tests" / "x86"
    folder.mkdir(parents=True, exist_ok=True)
    return Reader(ROOT, folder)


def test_as_it_says(reader):
    reader.follow(blocks(GUIDE))


def test_lines_are_about_as_many():
    """Of each folder in its table; a guide that had to be changed with every line would not be."""
    said = subprocess.run([ROOT / "scripts/size", "--lines"], check=True, capture_output=True, text=True).stdout
    counted = {folder: int(count) for folder, count in re.findall(r"^  (\S+) +(\d+) lines$", said, re.M)}
    told = re.findall(r"^\| `(src\S*|guests\S*)` \| (\d+) \|", GUIDE.read_text(), re.M)
    assert len(told) > 10
    for folder, count in told:
        assert int(count) == pytest.approx(counted[folder], rel=TOLERANCE), f"{folder}: {counted[folder]} lines"
