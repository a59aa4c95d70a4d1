# SPDX-License-Identifier: Apache-2.0
"""On x86-64 no function of the hypervisor has more than four arguments, neither as it is written nor as gcc makes it.

R8 and R9 are the fifth and sixth argument and, by HV_CFLAGS_x86, callee-saved. gcc does not see the contradiction: before a
tail call it restores them over the argument.
"""

import re
import subprocess

from .boundary import source_of
from .tree import Finding, strip_comments

MOST = 4
OBJDUMP = ("x86_64-linux-gnu-objdump", "-d", "--no-show-raw-insn")
X86_64 = b"\x3e\x00"  # e_machine
DEFINITION = re.compile(r"^[a-z][\w \t*]*?\b(\w+)\(([^;{}]*)\)\n\{", re.M)
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:\n((?:.+\n?)*)", re.M)
KEPT = {name: re.compile(rf"\t(\w+)\s[^\t\n]*%{name}[dwb]?\b") for name in ("r8", "r9")}


def check_source(tree):
    for name in tree.select(".c", under="src/"):
        if name.startswith(("src/arch/armv8/", "src/planner/", "src/plan/check/")):
            continue
        text = strip_comments(tree.text(name))
        for found in DEFINITION.finditer(text):
            count = found[2].count(",") + 1
            if count > MOST:
                line = text.count("\n", 0, found.start(1)) + 1
                yield Finding(name, line, "arguments", f"{found[1]} has {count} arguments; {MOST} are the limit")


def check_objects(tree, root):
    """A function that uses a kept register saves it first; one that does not has found an argument there."""
    for path in sorted(root.glob("src/**/*.o")):
        source = source_of(tree, root, path)
        if path.read_bytes()[18:20] != X86_64 or not source.endswith(".c"):
            continue
        text = subprocess.run([*OBJDUMP, path], check=True, capture_output=True, text=True).stdout
        for function, body in FUNCTION.findall(text):
            for register, mention in KEPT.items():
                first = mention.search(body)
                if first and first[1] != "push":
                    line = tree.find_word(source, function.split(".")[0])
                    yield Finding(source, line, "arguments", f"{function} has an argument in {register.upper()}, which is kept")


def check(tree, boards):
    yield from check_source(tree)
    for root in boards:
        yield from check_objects(tree, root)
