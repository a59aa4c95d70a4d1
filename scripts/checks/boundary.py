# SPDX-License-Identifier: Apache-2.0
"""The walls between the folders of the hypervisor: who may include whom, and, by the objects' symbols, call whom."""

import re
import subprocess
from pathlib import Path

from .tree import Finding, strip_comments

UPCALLS = "src/core/entry.h"
UPCALLS_MAX = 10
CONTRACT_MAX = 30

# What each folder may include, as patterns of the path from src/.
INCLUDES = {
    "plan": [r"plan/[^/]+"],
    "platform": [r"platform/.+", r"types\.h"],
    "arch": [r"arch/[^/]+", r"platform/[^/]+", r"plan/[^/]+", r"core/entry\.h", r"types\.h"],
    "core": [r"core/[^/]+", r"arch/[^/]+", r"platform/[^/]+", r"plan/[^/]+", r"types\.h"],
    "planner": [r"planner/.+", r"plan/[^/]+"],
}

# The verifier judges what the planner made, so it shares nothing with it but how files are read and messages written.
VERIFIER = r"src/(plan/check/|planner/verify)"
VERIFIER_INCLUDES = [
    r"plan/(check/.+|plan\.h|view\.h|check\.h)",
    r"planner/(verify.*|check_parts|dtc|file|locate|memory|message|read)\.h",
]

# What a compiler may call from anywhere without being asked (gcc manual, "Language Standards Supported by GCC").
COMPILER_CALLS = {"memcpy", "memmove", "memset", "memcmp"}


def folder_of(name):
    """The part of the hypervisor that a source or object path belongs to: "core", "arch", ...; None outside src/."""
    match = re.search(r"(?:^|/)src/([a-z]+)/", name)
    return match.group(1) if match else None


def declared_functions(text):
    """Names of functions that a header declares or defines, in order."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", strip_comments(text), flags=re.M)
    code = re.sub(r"__attribute__\s*\(\([^;{]*?\)\)", "", code)
    names = []
    depth = 0
    for match in re.finditer(r"[{}]|\b([a-z_][a-z0-9_]*)\s*\(", code):
        if match.group(0) == "{":
            depth += 1
        elif match.group(0) == "}":
            depth -= 1
        elif depth == 0 and match.group(1) not in ("sizeof", "_Static_assert", "_Alignas", "__attribute__"):
            names.append(match.group(1))
    return list(dict.fromkeys(name for name in names if not name.startswith("_")))


def check_includes(tree):
    """Includes are written from src/ and stay on this side of the walls."""
    for name in tree.select(".c", ".h", ".S", under="src/"):
        folder = folder_of(name)
        if folder not in INCLUDES:
            continue
        judge, allowed = folder, INCLUDES[folder]
        own = re.match(r"src/(arch/[^/]+/)", name)
        if own:
            allowed = [re.escape(own.group(1)) + ".+", *allowed]
        if re.match(VERIFIER, name):
            judge, allowed = "the verifier", VERIFIER_INCLUDES if folder == "planner" else VERIFIER_INCLUDES[:1]
        for number, line in enumerate(tree.lines(name), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            path = match.group(1)
            if f"src/{path}" not in tree.files:
                yield Finding(name, number, "include-path", f'"{path}" is no file below src/; includes start there')
            elif not any(re.fullmatch(pattern, path) for pattern in allowed):
                yield Finding(name, number, "include-wall", f'{judge} may not include "{path}"')


def check_contract(tree):
    """The two contracts stay small: what core calls of arch, and what arch calls of core."""
    if UPCALLS in tree.files:
        names = declared_functions(tree.text(UPCALLS))
        if len(names) > UPCALLS_MAX:
            yield Finding(UPCALLS, 1, "contract", f"{len(names)} upcalls; {UPCALLS_MAX} are the limit")
    headers = [name for name in tree.files if re.fullmatch(r"src/arch/[^/]+\.h", name)]
    down = [name for header in headers for name in declared_functions(tree.text(header))]
    if len(down) > CONTRACT_MAX:
        text = f"src/arch/*.h declare {len(down)} functions; {CONTRACT_MAX} are the limit"
        yield Finding(headers[0], 1, "contract", text)


def read_symbols(objects, nm):
    """{object: (defined names, undefined names)} by nm, global symbols only."""
    symbols = {}
    if not objects:
        return symbols
    command = [nm, "--print-file-name", "--extern-only", *map(str, objects)]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        path, _, rest = line.rpartition(":")
        *_, kind, name = rest.split()
        defined, undefined = symbols.setdefault(path, (set(), set()))
        (undefined if kind in "Uvw" else defined).add(name)
    return symbols


def source_of(tree, root, path):
    """The source of an object whose path mirrors it: build/hv/BOARD/src/core/x.o -> src/core/x.c or .S"""
    stem = str(Path(path).relative_to(root).with_suffix(""))
    for suffix in (".c", ".S"):
        if stem + suffix in tree.files:
            return stem + suffix
    return stem + ".o"


def judge(tree, caller, owner, name):
    """Why a file in folder `caller` may not use symbol `name` of folder `owner`; None when it may."""
    if caller == owner or name in COMPILER_CALLS:
        return None
    if caller in ("plan", "platform"):
        return f"{caller} calls nobody, yet uses {name} of {owner}"
    if owner in ("plan", "platform"):
        prefix = "plan_" if owner == "plan" else "plat_"
        return None if name.startswith(prefix) else f"{name} of {owner} is not called {prefix}*"
    if caller == "core":
        headers = [path for path in tree.files if re.fullmatch(r"src/arch/[^/]+\.h", path)]
        if name.startswith("arch_") and any(re.search(rf"\b{name}\b", tree.text(path)) for path in headers):
            return None
        return f"core uses {name} of arch, which src/arch/*.h do not declare as arch_*"
    if caller == "arch" and UPCALLS in tree.files and name in declared_functions(tree.text(UPCALLS)):
        return None
    return f"{caller} uses {name} of {owner}, which {UPCALLS} does not declare"


def check_symbols(tree, root, nm):
    """Uses of symbols in the objects below `root`, one board's folder, that cross a wall."""
    symbols = read_symbols(sorted(Path(root).glob("src/**/*.o")), nm)
    owners = {}
    for path, (defined, _) in symbols.items():
        for name in defined:
            owners[name] = folder_of(path)
    for path, (_, undefined) in sorted(symbols.items()):
        source = source_of(tree, root, path)
        for name in sorted(undefined & owners.keys()):
            reason = judge(tree, folder_of(path), owners[name], name)
            if reason:
                line = tree.find_word(source, name) if source in tree.files else 1
                yield Finding(source, line, "wall", reason)


def check(tree, boards, nm):
    yield from check_includes(tree)
    yield from check_contract(tree)
    for board in boards:
        yield from check_symbols(tree, board, nm)
