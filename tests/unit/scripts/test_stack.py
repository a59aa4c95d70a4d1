# SPDX-License-Identifier: Apache-2.0
"""The stack depths of scripts/size, from call graphs that a compiler could have written."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))

from checks.stack import CallGraph, StackError, check_assembly, read_graph  # noqa: E402


def node(name, frame, kind="static"):
    return f'node: {{ title: "{name}" label: "{name}\\nx.c:1:1\\n{frame} bytes ({kind})" }}\n'


def edge(caller, callee):
    return (
        f'node: {{ title: "{callee}" label: "{callee}\\nx.h:1:1" shape : ellipse }}\n'
        f'edge: {{ sourcename: "{caller}" targetname: "{callee}" label: "x.c:2:2" }}\n'
    )


def graph_of(*parts, table=None):
    graph = CallGraph()
    graph.add_file("".join(parts))
    graph.resolve_indirect(table or {})
    return graph


def test_the_deepest_path_counts():
    graph = graph_of(
        node("a", 16), node("b", 100), node("c", 50), node("d", 60), edge("a", "b"), edge("a", "c"), edge("c", "d")
    )
    assert graph.worst_path("a", set()) == (126, ["a", "c", "d"])


def test_calls_go_from_file_to_file():
    graph = CallGraph()
    graph.add_file(node("a", 16) + edge("a", "b"))
    graph.add_file(node("b", 32))
    assert graph.worst_path("a", set()) == (48, ["a", "b"])


def test_assembly_is_a_leaf():
    assert graph_of(node("a", 16), edge("a", "copy")).worst_path("a", {"copy"})[0] == 16


def test_an_unknown_callee_is_an_error():
    with pytest.raises(StackError, match="nothing is known of copy, which a calls"):
        graph_of(node("a", 16), edge("a", "copy")).worst_path("a", set())


def test_recursion_is_an_error():
    graph = graph_of(node("a", 16), node("b", 16), edge("a", "b"), edge("b", "a"))
    with pytest.raises(StackError, match="recursion: a -> b -> a"):
        graph.worst_path("a", set())


def test_a_variable_frame_is_an_error():
    with pytest.raises(StackError, match="a has a frame of variable size"):
        graph_of(node("a", 16, "dynamic"))


def test_pointers_need_their_targets_named():
    parts = node("a", 16), node("x.c:on_b", 32), node("x.c:on_c", 64), edge("a", "__indirect_call")
    with pytest.raises(StackError, match="a calls through a pointer"):
        graph_of(*parts)
    with pytest.raises(StackError, match="matches no function"):
        graph_of(*parts, table={"a": ["y.c:*"]})
    assert graph_of(*parts, table={"a": ["x.c:on_*"]}).worst_path("a", set()) == (80, ["a", "x.c:on_c"])


def test_only_the_vectors_push():
    check_assembly("copy.S", "\tmov sp, x0\t/* [sp] */\n", False)
    check_assembly("vectors.S", "\tstp x0, x1, [sp, #-16]!\n", True)
    arm = ("\tstp x0, x1, [sp, #-16]!\n", "\tsub sp, sp, #16\n", "\tldr x0, [sp]\n")
    for text in (*arm, "\tpushq %rax\n", "\tmovq (%rsp), %rax\n"):
        with pytest.raises(StackError):
            check_assembly("copy.S", text, False)


def test_what_gcc_writes_is_understood(tmp_path):
    (tmp_path / "x.c").write_text(
        "void leaf(char *bytes);\n"
        "static __attribute__((noinline)) void inner(void) { char bytes[256]; leaf(bytes); leaf(bytes); }\n"
        "void outer(void) { inner(); inner(); }\n"
    )
    command = ["aarch64-linux-gnu-gcc", "-O2", "-fstack-usage", "-fcallgraph-info=su", "-c", "x.c", "-o", "x.o"]
    subprocess.run(command, cwd=tmp_path, check=True)
    depth, names = read_graph(tmp_path, {}).worst_path("outer", {"leaf"})
    assert depth >= 256 and names == ["outer", "x.c:inner"]
