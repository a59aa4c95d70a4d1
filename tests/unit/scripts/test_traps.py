# SPDX-License-Identifier: Apache-2.0
"""docs/traps.md says what the table of traps does, and scripts/traps notices when it does not."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TRAPS = ROOT / "scripts" / "traps"
INPUTS = ("src/arch/armv8/trap_table.c", "src/arch/armv8/exit.c", "docs/traps.md")
ROW = "	ONE(3, 0, 1, 0, 1,   TRAP_CONSTANT, 0),			/* ACTLR_EL1 */\n"


@pytest.fixture
def tree(tmp_path):
    """A copy of what the script reads."""
    for name in INPUTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests" / "guests" / "hostile", tmp_path / "tests" / "guests" / "hostile")
    return tmp_path


def check(tree):
    return subprocess.run([TRAPS, "--check", "--root", tree], capture_output=True, text=True, timeout=60)


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_shipped_file_is_up_to_date():
    assert check(ROOT).returncode == 0


OTHERS = ("", ROW.replace(", 0)", ", 5)"), ROW.replace("CONSTANT", "UNDEFINED"), ROW.replace("ACTLR", "X"))


@pytest.mark.parametrize("new", OTHERS)
def test_another_row_is_noticed(tree, new):
    change(tree / INPUTS[0], ROW, new)
    result = check(tree)
    assert (result.returncode, result.stderr) == (1, "docs/traps.md is out of date: run scripts/traps\n")


def test_an_action_without_words_is_noticed(tree):
    change(tree / INPUTS[0], ROW, ROW.replace("TRAP_CONSTANT", "TRAP_NEW"))
    assert "actions that scripts/traps cannot describe: TRAP_NEW" in check(tree).stderr


def test_an_exception_class_without_words_is_noticed(tree):
    change(tree / INPUTS[1], "	case EC_FP:\n", "	case EC_FP:\n	case EC_NEW:\n")
    assert "do not agree on exception classes: EC_NEW" in check(tree).stderr
