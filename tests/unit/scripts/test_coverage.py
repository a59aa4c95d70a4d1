# SPDX-License-Identifier: Apache-2.0
"""scripts/coverage: what counts as reached, and the list of what is not."""

import importlib.machinery
import importlib.util
from collections import defaultdict
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "coverage"
SOURCE = "int f(void)\n{\n\tif (a) {\n\t\treturn  1;\n\t}\n\treturn 0;\n}\n"
FUNCTIONS = {("src/core/a.c", number): "f" for number in range(1, 8)}


@pytest.fixture
def coverage(tmp_path, monkeypatch):
    """The script as a module, with a tree of its own."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    loader = importlib.machinery.SourceFileLoader("coverage_script", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("coverage_script", loader))
    loader.exec_module(module)
    module.ROOT = tmp_path
    (tmp_path / "docs").mkdir()
    (tmp_path / "src" / "core").mkdir(parents=True)
    (tmp_path / "src/core/a.c").write_text(SOURCE)
    return module


@pytest.fixture
def files(coverage):
    """Lines 1, 3, 4 and 6 have code; line 4 is not reached."""
    files = defaultdict(lambda: defaultdict(coverage.Line))
    code = ((1, True, None), (2, None, False), (3, False, True), (4, False, False), (6, True, True))
    for number, host, target in code:
        files["src/core/a.c"][number].host = host
        files["src/core/a.c"][number].target = target
    coverage.drop_braces(files)
    return files


def list_lines(coverage, text):
    (coverage.ROOT / coverage.CAVEATS).write_text(f"## Other\n\n{coverage.SECTION}\n\n{text}\n## Another\n")


def test_a_line_is_reached_by_either(coverage, files):
    assert coverage.row_of(files["src/core/a.c"].values())[:4] == (4, 3, 2, 2)


def test_a_line_that_is_not_listed_fails(coverage, files):
    list_lines(coverage, "")
    (error,) = coverage.check_unreached(files, FUNCTIONS)
    assert error.startswith("src/core/a.c:4: not reached, and not listed")


def test_a_listed_line_needs_no_test(coverage, files):
    list_lines(coverage, "- `src/core/a.c`, `f`: because\n  `return 1;`\n")
    assert coverage.check_unreached(files, FUNCTIONS) == []


@pytest.mark.parametrize("text", ["return 0;", "return 2;"])
def test_a_listed_line_that_is_reached_or_gone_fails(coverage, files, text):
    list_lines(coverage, f"- `src/core/a.c`, `f`: because\n  `return 1;`\n  `{text}`\n")
    (error,) = coverage.check_unreached(files, FUNCTIONS)
    assert "listed, but reached or gone" in error


def test_an_entry_needs_a_reason(coverage, files):
    list_lines(coverage, "- `src/core/a.c`, `f`:\n  `return 1;`\n")
    assert any("not an entry" in error for error in coverage.check_unreached(files, FUNCTIONS))


def test_branches_of_two_compilations_add_up(coverage):
    line = coverage.Line()
    coverage.merge_branches(line, [1, 0])
    coverage.merge_branches(line, [0, 2])
    assert line.host_branches == [1, 2]


@pytest.mark.parametrize("name", ["b.ne", "b.eq", "cbz", "cbnz", "tbz", "tbnz"])
def test_conditional_branches(coverage, name):
    assert coverage.CONDITIONAL.match(name)


@pytest.mark.parametrize("name", ["b", "bl", "br", "ret", "csel", "blr"])
def test_other_instructions(coverage, name):
    assert not coverage.CONDITIONAL.match(name)
