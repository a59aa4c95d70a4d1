#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/boards.md: what each board has, as the planner says, and what the tests saw on it (conftest.py, `seen`).

Writes the table anew, or with --check compares it: what no test has seen only if all tests have run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from machine import BUILD, BULKHEAD, ROOT  # noqa: E402
from sights import FEATURES, WHOLE, load  # noqa: E402

DOCUMENT = ROOT / "docs" / "boards.md"
BOARDS = ROOT / "config" / "boards"
NOTHING = "-"


def output(*command, text=None):
    return subprocess.run(command, input=text, check=True, capture_output=True).stdout


def start_method(board, core):
    """How a core starts, as the board's own tree says: guests' trees say PSCI always."""
    source = f'/dts-v1/;\n/include/ "{board}.dtsi"\n'.encode()
    tree = output("dtc", "-q", "-I", "dts", "-O", "dtb", "-i", BOARDS, "-i", BUILD, "-", text=source)
    with tempfile.NamedTemporaryFile() as file:
        file.write(tree)
        file.flush()
        method = output("fdtget", file.name, core, "enable-method").decode().strip()
    return {"psci": "PSCI firmware", "spin-table": "spin tables"}[method]


def gibibytes(size):
    return f"{size / (1 << 30):.3g} GiB"


def facts(board, system):
    """What the board has: rows of the table, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        output(BULKHEAD, "build", system, "-o", f"{folder}/image", "--json", f"{folder}/description")
        told = json.loads(Path(f"{folder}/description").read_text())
    made = dict(line.split(" := ", 1) for line in output(BULKHEAD, "board", board).decode().splitlines())
    cores = told["cores"]
    qemu = told["board"]["qemu"]  # none where another emulator is the board
    machine = f"`{qemu['machine'].split(',')[0]}`" if qemu else NOTHING
    kind, controller = cores[0]["compatible"].removeprefix("arm,"), f"GICv{told['board']['gic']['version']}"
    if told["board"]["arch"] == "x86":  # whose trees name no model of cores
        kind, controller = qemu["cpu"].split(",")[0] if qemu else "x86-64", "I/O APIC, x2APIC"
    return {
        "QEMU's machine": machine,
        "cores": f"{len(cores)} {kind}",
        "RAM": gibibytes(sum(part["size"] for part in told["board"]["ram"])),
        "interrupt controller": controller,
        "driver of the hypervisor's console": f"`{made['BOARD_UART']}`",
        "cores start by": "INIT and SIPI" if told["board"]["arch"] == "x86" else start_method(board, cores[0]["path"]),
        "formats of `flash`": ", ".join(f"`{name}`" for name in told["board"]["formats"]),
    }


def columns(tests):
    """{board: {row: cell}}."""
    seen, result = {}, {}
    for board, feature, value in (sight for sights in tests.values() for sight in sights):
        seen.setdefault((board, feature), set()).add(value)
    for file in sorted(BOARDS.glob("*.dtsi")):
        board = file.stem
        system = next(path for path in sorted(ROOT.glob("configs/partitions/ivi-rtos*.dts")) if file.name in path.read_text())
        result[board] = facts(board, system)
        for feature in FEATURES:
            result[board][feature] = ", ".join(sorted(seen.get((board, feature), ()))) or NOTHING
    return result


def render(table):
    rows = [["", *(f"`{board}`" for board in table)], ["---"] * (len(table) + 1)]
    rows += [[row, *(column[row] for column in table.values())] for row in next(iter(table.values()))]
    return ["| " + " | ".join(row) + " |" for row in rows]


def parse(lines):
    """The table that is checked in, as columns() gives it."""
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {board.strip("`"): {row[0]: row[number] for row in rows} for number, board in enumerate(head) if number}


def compare(old, new, is_whole):
    """What differs, a line each."""
    if list(old) != list(new):
        yield f"boards: {', '.join(old)} in the table, {', '.join(new)} in config/boards"
    for board, cells in new.items():
        if board in old and list(old[board]) != list(cells):
            yield f"{board}: other rows"
        for row, cell in cells.items():
            told = old.get(board, {}).get(row, cell)
            if told != cell and (cell != NOTHING or is_whole):
                yield f"{board}: {row}: {told} in the table, {cell} now"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    known = load()
    new, is_whole = columns(known["tests"]), WHOLE <= set(known["runs"])
    lines = DOCUMENT.read_text().splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("|")]
    first, last = places[0], places[-1]
    if not is_whole:
        print("boards: what is not seen does not count: `make test-system test-boards` sees all")
    if not is_check:
        DOCUMENT.write_text("\n".join(lines[:first] + render(new) + lines[last + 1 :]) + "\n")
        return 0
    differences = list(compare(parse(lines[first : last + 1]), new, is_whole))
    for difference in differences:
        print(f"docs/boards.md: error: {difference}; `make boards-table` writes it anew")
    print(f"boards: {len(new)} in docs/boards.md, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
