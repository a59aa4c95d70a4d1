# SPDX-License-Identifier: Apache-2.0
"""A guide, done as it says, from top to bottom: its files written, its commands run, its output compared.

A block that begins with ```dts FILE (or c, or make) is a file, with >> before its name more of one; one with ```console
holds commands behind "$ " and what they print. `...` stands for any text in its line, alone in a line for any lines. Of a
machine that is run every line must come, in any order: its consoles are not in step.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from machine import Machine  # noqa: E402

BLOCK = re.compile(r"^```(\w+)(?: (.*))?\n((?:.*\n)*?)```$", re.M)
FILES = ("c", "dts", "make")
MACHINES = re.compile(r"make run|build/bulkhead run |qemu-system-(?:aarch64|x86_64) (?!.*dumpdtb=)")
# A make in a make: what the outer one has been told is not meant for it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "BOARD"))}


def blocks(guide):
    """(kind, name, content) of each."""
    found = BLOCK.findall(guide.read_text())
    assert len(found) > 5
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
    """Whoever follows a guide, in a tree; the guide's folder `mine` may be another one."""

    def __init__(self, root, mine="mine"):
        self.root = root
        self.mine = str(mine)

    def own(self, text):
        return re.sub(r"\bmine\b", self.mine, text)

    def follow(self, found):
        for kind, name, content in found:
            if kind in FILES:
                self.write(name, content)
                continue
            assert (kind, name) == ("console", "")
            for command, output in commands(content):
                self.run(command, output)

    def write(self, name, content):
        mode, name = ("a", name[3:]) if name.startswith(">> ") else ("w", name)
        with open(self.root / self.own(name), mode, encoding="utf-8") as stream:
            stream.write(content)

    def run(self, command, output):
        if MACHINES.match(command):
            return self.run_machine(command, output)
        result = subprocess.run(
            ["bash", "-c", self.own(command)],
            cwd=self.root,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        said = result.stdout.replace(self.mine, "mine")
        assert re.fullmatch(output_pattern(output), said), f"$ {command}\n{said}"
        assert result.returncode == (1 if ": error: " in output else 0), f"$ {command}\n{said}"

    def run_machine(self, command, output):
        with Machine(shlex.split(self.own(command)), environment=ENVIRONMENT, cwd=self.root) as machine:
            for line in output.splitlines():
                if line != "...":
                    machine.channels["stdout"].position = 0
                    machine.expect("stdout", "^" + pattern(line) + r"\r?$")
            assert "[qemu]" not in machine.text("stdout")
            assert "panic" not in machine.text("stdout")
