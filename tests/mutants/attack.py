#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Single attacks of tests/system/test_isolation.py on one machine, with its answers: attack.py FOLDER LINE ..."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from machine import BulkheadMachine  # noqa: E402
from test_isolation import SYSTEMS, Arena, answers  # noqa: E402


def main():
    folder, lines = sys.argv[1], sys.argv[2:]
    patterns = answers("gicv3")
    with BulkheadMachine(SYSTEMS["gicv3"], folder) as machine:
        arena = Arena(machine)
        for line in lines:
            arena.attack(line)
            answer = arena.answer()
            assert re.fullmatch(patterns[line], answer), f"{line}: {answer}, expected {patterns[line]}"
            arena.check_neighbour()
        assert arena.state() == "running"
        arena.check_hypervisor()


main()
