# SPDX-License-Identifier: Apache-2.0
"""What shows in the text of single files: lengths, licence line, format, conditionals, words that must not be there."""

import ast
import json
import re
import subprocess

from .tree import Finding

FUNCTION_LINES_MAX = 60
FILE_LINES_GOAL = 400
FILE_LINES_MAX = 700
COLUMNS_MAX = 120
SPDX = "SPDX-License-Identifier: Apache-2.0"
SPDX_LINES = 3

# Written in pieces, so that this file does not contain what it looks for.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:wo" r"rk|ho" r"me|ro" r"ot|tmp/bash_" r"jobs)/")


def check_length(tree):
    for name in tree.files:
        count = len(tree.lines(name)) if tree.is_code(name) else 0
        if count > FILE_LINES_MAX:
            yield Finding(name, FILE_LINES_MAX + 1, "file-length", f"{count} lines; {FILE_LINES_MAX} are the limit")
        elif count > FILE_LINES_GOAL:
            text = f"{count} lines; {FILE_LINES_GOAL} are the goal"
            yield Finding(name, FILE_LINES_GOAL + 1, "file-length", text, is_note=True)


def check_columns(tree):
    """clang-format keeps code within the limit and leaves comments alone: a note for each file with such lines."""
    for name in tree.select(".c", ".h", ".S", ".py"):
        wide = [number for number, line in enumerate(tree.lines(name), 1) if len(line.expandtabs(8)) > COLUMNS_MAX]
        if wide:
            text = f"{len(wide)} lines over {COLUMNS_MAX} columns, this is the first"
            yield Finding(name, wide[0], "columns", text, is_note=True)


def c_functions(tree):
    """(file, first line, last line, name) of each C function, by ctags."""
    names = tree.select(".c", ".h")
    options = ["--output-format=json", "--fields=+ne", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f"]
    command = ["ctags", *options, "-L-"]
    text = "\n".join(names)
    result = subprocess.run(command, cwd=tree.root, input=text, check=True, capture_output=True, text=True)
    for line in result.stdout.splitlines():
        tag = json.loads(line)
        if tag.get("_type") == "tag" and "end" in tag:
            yield tag["path"], tag["line"], tag["end"], tag["name"]


def python_functions(tree):
    for name in filter(tree.is_python, tree.files):
        for node in ast.walk(ast.parse(tree.text(name), name)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield name, node.lineno, node.end_lineno, node.name


def check_functions(tree):
    for functions in (c_functions(tree), python_functions(tree)):
        for name, first, last, function in functions:
            count = last - first + 1
            if count > FUNCTION_LINES_MAX:
                text = f"{function} has {count} lines; {FUNCTION_LINES_MAX} are the limit"
                yield Finding(name, first, "function-length", text)


def check_licence(tree):
    for name in tree.files:
        if tree.is_code(name) and not any(SPDX in line for line in tree.lines(name)[:SPDX_LINES]):
            yield Finding(name, 1, "licence", f"no `{SPDX}` in the first {SPDX_LINES} lines")


def check_format(tree):
    names = tree.select(".c", ".h")
    if not names:
        return
    command = ["clang-format", "--dry-run", "-Werror", *names]
    result = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    seen = set()
    for match in re.finditer(r"^([^\s:]+):(\d+):\d+: error: ", result.stderr, flags=re.M):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield Finding(match.group(1), int(match.group(2)), "format", "clang-format -i would change this file")
    if result.returncode != 0 and not seen:
        yield Finding(names[0], 1, "format", f"clang-format failed: {result.stderr.strip()}")


def check_conditionals(tree):
    """Neutral code has no variants: include guards apart, no conditional in src/core."""
    for name in tree.select(".c", ".h", under="src/core/"):
        lines = tree.lines(name)
        guard = None
        for number, line in enumerate(lines, 1):
            match = re.match(r"\s*#\s*(ifndef|ifdef|if|elif|else)\b\s*(\w*)", line)
            if not match:
                continue
            opens_guard = (
                guard is None
                and name.endswith(".h")
                and match.group(1) == "ifndef"
                and number < len(lines)
                and re.match(rf"\s*#\s*define\s+{match.group(2)}\s*$", lines[number])
            )
            if opens_guard:
                guard = match.group(2)
            else:
                text = f"#{match.group(1)}: src/core has no variants; make it a file of its own"
                yield Finding(name, number, "conditional", text)


def check_words(tree):
    for name in tree.files:
        for number, line in enumerate(tree.lines(name), 1):
            if UNFINISHED.search(line):
                text = "unfinished work is settled, or written up in docs/caveats.md"
                yield Finding(name, number, "unfinished", text)
            if MACHINE_PATHS.search(line):
                yield Finding(name, number, "machine-path", "a path of one machine")


def check(tree):
    yield from check_length(tree)
    yield from check_columns(tree)
    yield from check_functions(tree)
    yield from check_licence(tree)
    yield from check_format(tree)
    yield from check_conditionals(tree)
    yield from check_words(tree)
