# SPDX-License-Identifier: Apache-2.0
"""Headers: no circles among includes, and each compiles alone."""

import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .tree import Finding, strip_comments_keep_strings

HOST = "gcc -std=c11 -D_GNU_SOURCE"
ARMV8 = "aarch64-linux-gnu-gcc -std=c11 -ffreestanding -mgeneral-regs-only"
X86 = "x86_64-linux-gnu-gcc -std=c11 -ffreestanding -mgeneral-regs-only -mno-red-zone"
WARNINGS = "-Wall -Wextra -Werror -Wconversion -Wno-unused -Isrc -fsyntax-only -x c"

# Which compilers a header below this folder has to satisfy; the longest match counts.
COMPILERS = {
    "src/planner/": [HOST],
    "src/plan/": [HOST, ARMV8],
    "src/arch/armv8/": [ARMV8],
    "src/arch/x86/": [X86],
    "src/": [ARMV8, X86],
}


def includes_of(tree, name, prefixes):
    """The files of the tree that a file includes, with the line of each."""
    code = strip_comments_keep_strings(tree.text(name))
    for number, line in enumerate(code.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        for prefix in prefixes if match else ():
            if prefix + match.group(1) in tree.files:
                yield number, prefix + match.group(1)


def check_circles(tree):
    """Each circle once, at the include that closes it."""
    prefixes = ("src/", "guests/", "guests/rt/aarch64/", "guests/rt/aarch32/")
    graph = {name: list(includes_of(tree, name, prefixes)) for name in tree.select(".h")}
    done = set()

    def visit(name, path):
        if name in done:
            return
        for number, target in graph.get(name, ()):
            if target in path:
                circle = " -> ".join([*path[path.index(target) :], target])
                yield Finding(name, number, "include-circle", f"includes go in a circle: {circle}")
            elif target not in done:
                yield from visit(target, [*path, target])
        done.add(name)

    for name in sorted(graph):
        yield from visit(name, [name])


def compile_alone(tree, name, compiler):
    command = [*shlex.split(compiler), *shlex.split(WARNINGS), name]
    result = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    if result.returncode == 0:
        return None
    match = re.search(r"^([^\s:]+):(\d+):\d+: (?:fatal )?error: (.*)$", result.stderr, flags=re.M)
    number, text = (int(match.group(2)), match.group(3)) if match and match.group(1) == name else (1, result.stderr)
    return Finding(name, number, "header-alone", f"does not compile alone with {compiler.split()[0]}: {text.strip()}")


def check_alone(tree):
    jobs = []
    for name in tree.select(".h", under="src/"):
        folder = max((folder for folder in COMPILERS if name.startswith(folder)), key=len)
        jobs += [(name, compiler) for compiler in COMPILERS[folder]]
    with ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(lambda job: compile_alone(tree, *job), jobs))


def check(tree):
    yield from check_circles(tree)
    yield from check_alone(tree)
