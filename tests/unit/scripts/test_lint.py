# SPDX-License-Identifier: Apache-2.0
"""scripts/lint: what a deviation covers, and what is wrong with a file of them."""

import importlib.machinery
import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "lint"


@pytest.fixture
def lint(tmp_path):
    """The script as a module, with a tree of its own."""
    loader = importlib.machinery.SourceFileLoader("lint", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", loader))
    loader.exec_module(module)
    module.ROOT = tmp_path
    for folder in ("docs", "src", "guests", "tests"):
        (tmp_path / folder).mkdir()
    return module


def deviate(lint, text):
    (lint.ROOT / lint.DEVIATIONS).write_text(text)


def report(lint, monkeypatch, *lines):
    monkeypatch.setattr(lint, "run", lambda command: (0, list(lines)))
    return lint.check_misra(["src/a.c"])


def test_a_deviation_covers_its_rule_file_and_line(lint):
    deviate(lint, "## Rule 8.9 (advisory): x\n\n- `src/*.c` lines `table`: because\n")
    (only,), errors = lint.read_deviations()
    assert errors == []
    assert only.covers("8.9", "src/core/a.c", "static int table[3];")
    assert not only.covers("8.9", "src/core/a.c", "static int other;")
    assert not only.covers("8.9", "src/core/a.h", "static int table[3];")
    assert not only.covers("8.7", "src/core/a.c", "static int table[3];")


@pytest.mark.parametrize(
    "text",
    [
        "## Rule 17.3 (mandatory): x\n",  # no deviation may be
        "## Rule 8.9: x\n",
        "## Rule 8.9 (advisory): x\n- `src/*.c`\n",  # no reason
        "- `src/*.c`: before any rule\n",
    ],
)
def test_what_is_no_deviation_is_an_error(lint, text):
    deviate(lint, text)
    assert len(lint.read_deviations()[1]) == 1


def test_a_finding_without_deviation_fails(lint, monkeypatch):
    deviate(lint, "")
    (lint.ROOT / "src/a.c").write_text("int a;\n")
    failed, errors, _ = report(lint, monkeypatch, "src/a.c:1: misra-c2012-8.9: misra violation")
    assert failed
    assert errors == ["src/a.c:1: MISRA C:2012 rule 8.9: int a;"]


def test_a_deviation_without_finding_fails(lint, monkeypatch):
    deviate(lint, "## Rule 8.9 (advisory): x\n- `src/*.c`: because\n")
    failed, errors, _ = report(lint, monkeypatch)
    assert failed
    assert errors == ["docs/misra-deviations.md:2: nothing needs this deviation any more"]


def test_a_macro_that_assembly_uses_is_used(lint, monkeypatch):
    deviate(lint, "")
    (lint.ROOT / "src/a.c").write_text("#define USED 1\n#define UNUSED 2\n")
    (lint.ROOT / "src/b.S").write_text("\tmov x0, #USED\n")
    lines = [f"src/a.c:{number}: misra-c2012-2.5: misra violation" for number in (1, 2)]
    assert report(lint, monkeypatch, *lines)[1] == ["src/a.c:2: MISRA C:2012 rule 2.5: #define UNUSED 2"]


def test_what_is_not_understood_fails(lint, monkeypatch):
    deviate(lint, "")
    assert report(lint, monkeypatch, "cppcheck: error: no such file")[0]
