# SPDX-License-Identifier: Apache-2.0
"""What tests saw on a board: by test, so that a run of some tests leaves what others saw. docs/boards.md shows it."""

import json
import re

from machine import BUILD

SEEN = BUILD / "tests" / "boards.json"
WHOLE = {"boards tests/system", "not boards tests/system"}

VERIFIED = "`verify` accepts"
SHELL = "Linux, up to its shell"
HOTPLUG = "its second core goes off and on"
ENDS = {"poweroff": "it switches itself off", "reboot": "it reboots, and stays stopped"}
PANIC = "it panics"
RTOS = "the RTOS beside it goes on, without an exit"
OFF = "when all partitions are off, the board"
CARD = "a signed card, by way of U-Boot"
FEATURES = (SHELL, HOTPLUG, *ENDS.values(), PANIC, RTOS, OFF, VERIFIED, CARD)

BOARD = re.compile(r"Bulkhead \S+ on ([\w-]+)|plan [0-9a-f]{64} for ([\w-]+)")


def board_of(text):
    """The board's name, as the hypervisor or the verifier said it."""
    found = BOARD.search(text)
    assert found, text
    return found[1] or found[2]


def load():
    """The runs of pytest that there were, and of each test its sights, [board, feature, value]."""
    return json.loads(SEEN.read_text()) if SEEN.exists() else {"runs": [], "tests": {}}


def save(run, seen):
    """The sights of tests that did not run stay."""
    known = load()
    known["runs"] = sorted({*known["runs"], run})
    known["tests"].update(seen)
    SEEN.parent.mkdir(parents=True, exist_ok=True)
    SEEN.write_text(json.dumps(known, indent=1))
