# SPDX-License-Identifier: Apache-2.0
"""How deep stacks get: the worst path through the compiler's call graphs (gcc -fcallgraph-info=su)."""

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path

INDIRECT = "__indirect_call"


class StackError(Exception):
    """The depth is not known: recursion, an unknown callee, a frame of variable size."""


@dataclass
class CallGraph:
    """Functions by the compiler's names: plain ones, and FILE:NAME for static ones."""

    frames: dict = field(default_factory=dict)  # bytes
    calls: dict = field(default_factory=dict)  # name -> set of names
    _depths: dict = field(default_factory=dict)

    def add_file(self, text):
        """Takes one .ci file."""
        for line in text.splitlines():
            node = re.match(r'node: \{ title: "([^"]+)" label: "[^"]*?(\d+) bytes \(([^)]*)\)[^"]*" \}', line)
            edge = re.match(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', line)
            if node:
                if node.group(3) not in ("static", "dynamic,bounded"):
                    raise StackError(f"{node.group(1)} has a frame of variable size")
                self.frames[node.group(1)] = int(node.group(2))
            elif edge:
                self.calls.setdefault(edge.group(1), set()).add(edge.group(2))

    def resolve_indirect(self, table):
        """Replaces calls through pointers by those that `table` {caller: [pattern]} allows."""
        for caller, callees in self.calls.items():
            if INDIRECT not in callees:
                continue
            if caller not in table:
                raise StackError(f"{caller} calls through a pointer; name its targets in [indirect]")
            for pattern in table[caller]:
                targets = fnmatch.filter(self.frames, pattern)
                if not targets:
                    raise StackError(f"[indirect]: {caller} = {pattern} matches no function")
                callees.update(targets)
            callees.discard(INDIRECT)

    def worst_path(self, name, leaves, path=()):
        """(bytes, [names]) of the deepest path that starts in a function; `leaves` are callees in assembly."""
        if name in path:
            raise StackError(f"recursion: {' -> '.join([*path[path.index(name) :], name])}")
        if name not in self._depths:
            if name not in self.frames:
                if name not in leaves:
                    raise StackError(f"nothing is known of {name}, which {path[-1] if path else 'assembly'} calls")
                return 0, [name]
            below = [self.worst_path(callee, leaves, (*path, name)) for callee in sorted(self.calls.get(name, ()))]
            depth, names = max(below, default=(0, []), key=lambda item: item[0])
            self._depths[name] = (self.frames[name] + depth, [name, *(names if depth else [])])
        return self._depths[name]


def read_graph(root, table):
    """The call graph of all objects below a folder."""
    graph = CallGraph()
    for path in sorted(Path(root).glob("**/*.ci")):
        if path.with_suffix(".o").exists():
            graph.add_file(path.read_text())
    graph.resolve_indirect(table)
    return graph


def check_assembly(name, text, may_push):
    """Assembly functions that C calls are counted with no stack: nothing but what enters C may use it."""
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    if not may_push and re.search(r"\[\s*sp\b|\b(?:add|sub)\s+sp\b|\bpush[lq]?\b|%rsp\b", code):
        raise StackError(f"{name} uses the stack, which only what enters C may")
