#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/porting.md, done as it says (follow.py): a made-up board, and a driver for its UART, in a tree of their own."""

import re
import shutil
import subprocess

import pytest

from follow import ROOT, Reader, blocks, pattern
from guests import Rtos
from machine import BUILD, BulkheadMachine

PORTING = ROOT / "docs" / "porting.md"
DRIVER_LINES_MOST = 59
SHARED = ("linux", "linux-x86", "newlib", "newlib-x86", "setup.stamp", "vendor", "vendor.stamp")  # what no porter changes
COPIED = ("boards", "guests", "host", "hv")  # so that what is built anew is what the guide changes


def git(*arguments, tree):
    done = subprocess.run(["git", "-C", tree, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(name="tree")
def new_tree():
    """The tree as whoever follows the guide has it: a clone, built."""
    tree = BUILD.resolve() / "tests" / "porting"
    shutil.rmtree(tree, ignore_errors=True)
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard", tree=ROOT).split("\0"):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    (tree / "build").mkdir()
    for name in SHARED:
        (tree / "build" / name).symlink_to(BUILD.resolve() / name)
    for name in COPIED:
        shutil.copytree(BUILD / name, tree / "build" / name)
    for path in BUILD.glob("bulkhead*"):
        shutil.copy2(path, tree / "build" / path.name)
    git("init", "-q", tree=tree)
    git("add", "-A", tree=tree)
    git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "As it is", tree=tree)
    return tree


def test_as_it_says(tree):
    Reader(tree).follow(blocks(PORTING))
    changed = git("status", "--short", "--untracked-files=all", "src", tree=tree).split()
    assert changed == ["M", "src/planner/uart.c", "??", "src/platform/uart/acme.c"]
    assert git("diff", "--numstat", "src/planner/uart.c", tree=tree).split()[:2] == ["1", "0"]
    check_input(tree)


def check_input(tree):
    """Acme's UART receives, too: what is typed there comes by its interrupt."""
    system = tree / "mine" / "harbour-b-ivi-rtos.dts"
    with BulkheadMachine(system, tree / "mine" / "log", program=tree / "build" / "bulkhead") as machine:
        rtos = Rtos(machine)
        rtos.line()
        rtos.command("help", r"^crash +\[address\]")


def test_drivers_are_short():
    drivers = {name: len(content.splitlines()) for kind, name, content in blocks(PORTING) if kind == "c"}
    assert sorted(drivers) == ["guests/rt/uart/acme.c", "src/platform/uart/acme.c"]
    assert max(drivers.values()) <= DRIVER_LINES_MOST, drivers


def test_drivers_are_formatted():
    """As the tree's own sources."""
    for kind, name, content in blocks(PORTING):
        if kind == "c":
            command = ["clang-format", f"--assume-filename={ROOT / name}"]
            done = subprocess.run(command, input=content, check=True, capture_output=True, text=True)
            assert done.stdout == content


def test_pitfalls_name_refusals_as_they_are():
    refusals = (ROOT / "src" / "plan" / "refusal.h").read_text()
    texts = {f"E{int(number):02}": text for number, text in re.findall(r'X\((\d+), +\w+, +"(.*)"\)', refusals)}
    named = re.findall(r"^\| `(E\d\d) ([^`]*)`", PORTING.read_text(), re.M)
    assert len(named) > 5
    for number, text in named:
        assert re.search(r"\b" + pattern(text), texts[number]), (number, texts[number])
