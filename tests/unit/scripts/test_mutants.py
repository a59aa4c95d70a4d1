# SPDX-License-Identifier: Apache-2.0
"""All rules are tried, and those that no test can notice on the emulator are listed where users look for what is not
guaranteed.
"""

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "mutants"
sys.path.insert(0, str(FOLDER))


def test_rules_out_of_sight_are_in_the_caveats():
    mutants = importlib.import_module("mutants").MUTANTS
    assert {path.stem for path in FOLDER.glob("rules_*.py")} <= sys.modules.keys()
    blind = {it.name for it in mutants if type(it.test).__name__ == "Blind"}
    text = (ROOT / "docs" / "caveats.md").read_text()
    section = text.split("## Rules that the emulator cannot show\n")[1].split("\n## ")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert listed == blind
