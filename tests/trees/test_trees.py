#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of all boards' trees stands in table.txt. Not here: how that is found out (sweep.py)."""

import difflib
import pathlib
import re
import sys
import warnings

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sweep  # noqa: E402
from flattened import Tree  # noqa: E402

RENEW = "`make trees-table` writes the table of what is installed; look at each difference before you check it in"


@pytest.fixture(name="swept", scope="module")
def sweep_once():
    return sweep.sweep()


def test_every_tree(swept):
    """Each is listed, and yields a right guest's tree or one of the reasons, as its bytes say that it must."""
    rows, wrong = swept
    assert not wrong, "\n".join(f"{name}: {problem}" for name, problem in wrong.items())
    assert len(rows) == len(sweep.files()) > 500


def test_two_readers():
    """The planner and the verifier, which share no code for it, find the same devices, registers and interrupts."""
    paths = [path for _, path in sweep.files()]
    result = sweep.run(sweep.BUILD / "unit/trees/compare", *paths)
    said = result.stdout.decode() + result.stderr.decode()
    assert result.returncode == 0, said
    assert re.fullmatch(rf"{len(paths)} trees: \d{{5}} devices, \d{{5}} ranges, \d{{5}} interrupts, 0 differences\n", said)


def test_two_readers_of_ports():
    """The same of x86's I/O ports, which no tree of Linux's arm64 has."""
    result = sweep.run(sweep.BUILD / "unit/trees/compare", sweep.ROOT / "tests/image/two-x86.dts")
    assert result.stdout.decode() == "1 trees: 5 devices, 2 ranges, 4 interrupts, 0 differences\n"
    assert result.returncode == 0


def compare(table, rows):
    """What is to be said of a table that is not that of these rows; a newer kernel with the same rows is just told."""
    head, *lines = table.splitlines()
    now, *found = sweep.text(rows).splitlines()
    difference = "\n".join(list(difflib.unified_diff(lines, found, "table.txt", "now", lineterm="", n=0)))
    if head == now:
        return difference and f"{difference}\n{RENEW}"
    told = f"table.txt is of '{head[2:]}', installed is '{now[2:]}'"
    if difference:
        return f"{told}; with it, other things become of these trees:\n{difference}\n{RENEW}"
    warnings.warn(f"{told}, of which it is as true; {RENEW}")
    return ""


def test_table(swept):
    message = compare(sweep.TABLE.read_text(), swept[0])
    assert not message, message


def test_docs(swept):
    """docs/devices.md counts as the table does."""
    text, rows = (sweep.ROOT / "docs/devices.md").read_text(), swept[0]
    for result in (*sweep.TREES, *sweep.REASONS):
        assert f"| `{result}` | {sum(row.result == result for row in rows)} | " in text
    driven = sum(row.result in sweep.TREES and row.driver != "-" for row in rows)
    firmware = sum(row.memory == "firmware" for row in rows)
    assert f"\n{driven} of those accepted have a port for which the hypervisor has a driver" in text
    assert f"; {firmware} trees leave\n" in text and f"the {len(rows)} trees of `linux-image-arm64`" in text


def test_changed_line(swept):
    """A table that differs in one word is told from this one, and so is another kernel's."""
    table = sweep.text(swept[0])
    assert compare(table, swept[0]) == ""
    changed = table.replace(" - accepted\n", " - no-uart\n", 1)
    assert "\n+allwinner/sun50i-a100-allwinner-perf1.dtb " in compare(changed, swept[0])
    older = changed.replace(sweep.release(), "linux-image-6.0.0-1-arm64 6.0.1+1")
    message = compare(older, swept[0])
    assert message.startswith("table.txt is of 'linux-image-6.0.0-1-arm64 6.0.1+1: ")
    assert f"installed is '{sweep.release()}: " in message and message.endswith(RENEW)
    with pytest.warns(UserWarning, match="of which it is as true"):
        assert compare(table.replace(sweep.release(), "linux-image-6.0.0-1-arm64 6.0.1+1"), swept[0]) == ""


# Mistakes in the tree of a guest on ZCU102, and what must be said of each.
FOREIGN = [
    ("registers moved", "reg = <0x00 0xff000000 0x00 0x1000>;", "reg = <0x00 0xff010000 0x00 0x1000>;", "registers of"),
    ("interrupt changed", "interrupts = <0x00 0x15 0x04>;", "interrupts = <0x00 0x16 0x04>;", "interrupts of"),
    ("bus moved", "\t\tranges;", "\t\tranges = <0 0 1 0 1 0>;", "has not the registers"),
    ("memory", "0x00 0x40000000 0x00 0x4000000>", "0x00 0x40000000 0x00 0x5000000>", "/memory@40000000 has"),
    ("controller", "0x00 0xf9020000 0x00 0x20000", "0x00 0xf90a0000 0x00 0x20000", "/interrupt-controller@.* has"),
    ("timer", "interrupts = <0x01 0x0d", "interrupts = <0x01 0x02", "/timer has"),
    ("clock", "clocks = <0x36 0x36>;", "clocks = <0x36 0x04>;", "a clock of"),
    ("second port", "\t\tserial@ff0", '\t\tserial@1 { compatible = "arm,pl011"; };\n\t\tserial@ff0', "of no kind"),
    ("psci", 'method = "hvc";', 'method = "hvc"; reg = <0x0 0xff010000 0x0 0x1000>;', "/psci has"),
]


@pytest.mark.parametrize("name, old, new, said", FOREIGN, ids=[row[0] for row in FOREIGN])
def test_foreign(tmp_path, name, old, new, said):
    """The look at a guest's tree sees what does not belong there."""
    file = "xilinx/zynqmp-zcu102-rev1.0.dtb"
    board = Tree(dict(sweep.files())[file].read_bytes())
    uart = next(node for node in board.nodes if sweep.is_uart(board, node))
    path = tmp_path / "system.dts"
    path.write_text(sweep.system(file, board, uart))
    source = sweep.run(sweep.PROGRAM, "tree", path, "guest").stdout
    sweep.check_guest(board, uart, sweep.recompile(source, tmp_path))
    assert source.count(old.encode()) == 1
    (tmp_path / "guest.dts").write_bytes(source.replace(old.encode(), new.encode()))
    sweep.run("dtc", "-q", "-o", tmp_path / "guest.dtb", tmp_path / "guest.dts")
    with pytest.raises(sweep.Wrong, match=said):
        sweep.check_guest(board, uart, Tree((tmp_path / "guest.dtb").read_bytes()))
