# SPDX-License-Identifier: Apache-2.0
"""The rules that no test can notice on the emulator are listed where users look for what is not guaranteed."""

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "mutants"))


def test_rules_out_of_sight_are_in_the_caveats():
    modules = [importlib.import_module(path.stem) for path in sorted((ROOT / "tests" / "mutants").glob("rules_*.py"))]
    blind = {it.name for module in modules for it in module.MUTANTS if type(it.test).__name__ == "Blind"}
    text = (ROOT / "docs" / "caveats.md").read_text()
    section = text.split("## Rules that the emulator cannot show\n")[1].split("\n## ")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert listed == blind
