#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead devices`, word for word: a source, a board's file and a flattened tree. Not here: what may be owned."""

import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent / "devices"
ROOT = HERE.parent.parent.parent
PROGRAM = pathlib.Path(os.environ.get("BULKHEAD", ROOT / "build/asan/bulkhead"))


def devices(*arguments):
    environment = dict(os.environ, BULKHEAD_BOARDS=str(ROOT / "config/boards"))
    command = [PROGRAM, "devices", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


def test_board():
    """Every kind of path that registers, interrupts and references take."""
    result = devices(HERE / "board.dtsi")
    assert (result.stderr, result.returncode) == ("", 0)
    assert result.stdout == (HERE / "board.txt").read_text()


def test_flattened(tmp_path):
    """A flattened tree without its source is listed alike."""
    source = f'/dts-v1/;\n/include/ "{HERE}/board.dtsi"\n'
    tree = tmp_path / "board.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree], input=source, text=True, check=True)
    result = devices(tree)
    assert (result.stderr, result.returncode) == ("", 0)
    assert result.stdout == (HERE / "board.txt").read_text()


def test_owners():
    result = devices(ROOT / "configs/partitions/ivi-rtos.dts")
    assert (result.stderr, result.returncode) == ("", 0)
    assert result.stdout.count("    owner           ivi\n") == 1
    assert result.stdout.count("    owner           rtos\n") == 1


def test_many_parents(tmp_path):
    """Thousands of nodes that name the last one as their interrupt parent take no time to speak of."""
    nodes = "".join(f"n{i} {{ interrupt-parent = <1>; }};" for i in range(100))
    groups = "".join(f"g{i} {{ {nodes} }};" for i in range(100))
    tree = tmp_path / "parents.dtb"
    source = f"/dts-v1/; / {{ {groups} last {{ phandle = <1>; #interrupt-cells = <1>; }}; }};"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree], input=source, text=True, check=True)
    result = devices(tree)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)


def test_no_tree(tmp_path):
    result = devices(tmp_path / "none.dtb")
    assert result.stderr == f"bulkhead: error: cannot read {tmp_path}/none.dtb: No such file or directory\n"
    assert (result.stdout, result.returncode) == ("", 1)
