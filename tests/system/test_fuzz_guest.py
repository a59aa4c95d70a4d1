# SPDX-License-Identifier: Apache-2.0
"""Two short seeds of the guest that executes random instructions; `make fuzz-guest` runs more of them, and longer."""

import pytest

from fuzz_guest import LINE, NAME, Run, execute_seed, start

SECONDS = 10
TITLE = "random instructions"


@pytest.mark.parametrize("seed", [1, 2])
def test_short_seed(folder, table, seed):
    for run, outcome in execute_seed(seed, SECONDS, folder):
        table(TITLE, str(run), f"{outcome.blocks} blocks", outcome.end)
        assert not outcome.wrong, run


def test_a_seed_is_reproducible(folder):
    """In instruction time a run's lines are the same again, digest of its exceptions and all."""
    lines = []
    for attempt in ("first", "second"):
        with start(Run(2, 0), folder / attempt, "--icount") as machine:
            for _ in range(3):
                machine.expect(NAME, LINE.pattern)
            lines.append([found[0] for found in LINE.finditer(machine.text(NAME))][:3])
    assert lines[0] == lines[1]
