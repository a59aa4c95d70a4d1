#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/manual.md, done as it says, from top to bottom: its files written, its commands run, its output compared.

A block that begins with ```dts FILE is a file, with >> before its name more of one; one with ```console holds commands
behind "$ " and what they print. `...` stands for any text in its line, alone in a line for any lines. Of a machine that is
run every line must come, in any order: its consoles are not in step.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from machine import BUILD, Machine  # noqa: E402

MANUAL = ROOT / "docs" / "manual.md"
BLOCK = re.compile(r"^```(\w+)(?: (.*))?\n((?:.*\n)*?)```$", re.M)
SYSTEM_LINES_MOST = 25
MACHINES = ("make run", "build/bulkhead run ")
# A make in a make: what the outer one has been told is not meant for it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "BOARD"))}


def blocks():
    found = BLOCK.findall(MANUAL.read_text())
    assert len(found) > 10
    return found


def commands(text):
    """(command, output) of each line that begins with a prompt."""
    first, *parts = re.split(r"^\$ ", text, flags=re.M)
    assert first == "" and parts
    return [part.split("\n", 1) for part in parts]


def pattern(line):
    return ".*".join(map(re.escape, line.split("...")))


def output_pattern(output):
    lines = output.splitlines(keepends=True)
    return "".join(r"(?:.*\n)*?" if line == "...\n" else pattern(line) for line in lines)


class Reader:
    """Whoever follows the manual, with a folder of his own for `mine`."""

    def __init__(self, folder):
        self.folder = folder

    def own(self, text):
        return re.sub(r"\bmine\b", str(self.folder), text)

    def write(self, name, content):
        mode, name = ("a", name[3:]) if name.startswith(">> ") else ("w", name)
        with open(self.own(name), mode, encoding="utf-8") as stream:
            stream.write(content)

    def run(self, command, output):
        if command.startswith(MACHINES):
            return self.run_machine(command, output)
        result = subprocess.run(
            ["bash", "-c", self.own(command)],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        said = result.stdout.replace(str(self.folder), "mine")
        assert re.fullmatch(output_pattern(output), said), f"$ {command}\n{said}"
        assert result.returncode == (1 if ": error: " in output else 0), f"$ {command}\n{said}"

    def run_machine(self, command, output):
        with Machine(shlex.split(self.own(command)), environment=ENVIRONMENT) as machine:
            for line in output.splitlines():
                if line != "...":
                    machine.channels["stdout"].position = 0
                    machine.expect("stdout", "^" + pattern(line) + "$")
            assert "[qemu]" not in machine.text("stdout")
            assert "panic" not in machine.text("stdout")


@pytest.fixture(name="reader")
def new_reader():
    folder = BUILD / "tests" / "manual"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    return Reader(folder)


def test_as_it_says(reader):
    for kind, name, content in blocks():
        if kind == "dts":
            reader.write(name, content)
            continue
        assert (kind, name) == ("console", "")
        for command, output in commands(content):
            reader.run(command, output)


def test_systems_are_short():
    """The manual's, and the shipped ones of the same boards."""
    systems = [content for kind, name, content in blocks() if kind == "dts" and name.startswith("mine/system-")]
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
