#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""README.md: its commands run, its mistake is told so, and its sizes, like those of docs/x86.md, are those of the tree."""

import re
import shutil
import subprocess

import pytest

from follow import ENVIRONMENT, ROOT
from machine import BUILD

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(build/bulkhead .*?)(?: +#.*)?$", README, re.M)
MINE = r"\b(my[.-]|key\.pem|card$|logs\b)"  # what the commands read and write
KIB = 1024
LINES_OFF = 0.05  # a rounded number of lines may be so far off, since every change of the tree moves it


@pytest.fixture(name="folder", scope="module")
def new_folder():
    path = BUILD / "tests" / "readme"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    shutil.copy(ROOT / "configs" / "partitions" / "ivi-rtos.dts", path / "my.dts")
    subprocess.run(["openssl", "genrsa", "-out", path / "key.pem", "2048"], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[1])
def test_commands(folder, command):
    """In their order: what one writes the next ones read."""
    words = re.sub(MINE, rf"{folder}/\1", command).split()
    if words[1] == "run":
        words += ["--headless", "--timeout", "1"]
    done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_commands_are_there():
    assert {command.split()[1] for command in COMMANDS} == {
        "build", "check", "devices", "flash", "map", "report", "run", "tree", "verify",
    }  # fmt: skip


def test_mistake():
    told = re.search(r"^core-twice\.dts.*$", README, re.M)[0]
    command = ["build/bulkhead", "check", "tests/config/core-twice.dts"]
    assert told in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stderr.splitlines()


def close(told, found):
    return abs(told - found) <= max(LINES_OFF * found, 10)


def test_sizes():
    """As `make size` measures them, which is for Armv8 first, and judges them itself."""
    said = subprocess.run(["make", "size"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False).stdout
    told = re.search(r"The hypervisor is ([\d ]+) lines.*?, (\d+) KiB of text, and takes (\d+) KiB of RAM.*?"
                     r"it is ([\d ]+) lines, (\d+) KiB of text and (\d+) KiB of RAM", README, re.S).groups()  # fmt: skip
    told = [int(number.replace(" ", "")) for number in told]
    found = re.findall(r"^  \.text +(\d+) .*?^  memory +(\d+) .*?^  code +(\d+) ", said, re.M | re.S)
    for (lines, text, memory), figures in zip((told[:3], told[3:]), found, strict=True):
        assert (text * KIB, memory * KIB) == tuple(map(int, figures[:2]))
        assert close(lines, int(figures[2]))


def test_lines_by_folder():
    """docs/x86.md, where `scripts/size --lines` is said to count them."""
    said = subprocess.run(["scripts/size", "--lines"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {folder: int(count) for folder, count in re.findall(r"^  (\S+) +(\d+) lines", said, re.M)}
    told = re.findall(r"^\| `(\S+)` \| (\d+) \|", (ROOT / "docs" / "x86.md").read_text(encoding="utf-8"), re.M)
    assert len(told) > 10
    wrong = [(folder, int(count), found[folder]) for folder, count in told if not close(int(count), found[folder])]
    assert not wrong
