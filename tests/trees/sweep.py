#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""All device trees of Debian's kernel for arm64, each with a partition that owns its first UART: what becomes of them.

`sweep.py` alone writes table.txt anew. What a tree has is read from its bytes (flattened.py), not asked of the planner.
Not here: what must hold (test_trees.py).
"""

import collections
import concurrent.futures
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from flattened import Lost, Tree  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build"
PROGRAM = pathlib.Path(os.environ.get("BULKHEAD", BUILD / "asan/bulkhead"))
PACKAGE = BUILD / "linux/generic"
TABLE = HERE / "table.txt"
PROCESSES = 2
MEMORY = 0x40000000, 0x04000000  # guest-physical; the tree of a board may leave its memory to the firmware
RATE = 24000000  # of every clock that the UART and its parts name

# Compatibles of serial ports in Linux's bindings, with the hypervisor's own driver.
UARTS = {
    "arm,pl011": "pl011",
    "arm,sbsa-uart": "pl011",
    "cdns,uart-r1p12": "cadence",
    "xlnx,xuartps": "cadence",
    "fsl,imx6q-uart": "imx",
} | dict.fromkeys(
    """amlogic,meson-ao-uart amlogic,meson-gx-uart amlogic,meson-s4-uart amlogic,meson-uart
    brcm,bcm2835-aux-uart fsl,imx7ulp-lpuart fsl,imx8qxp-lpuart fsl,imx8ulp-lpuart fsl,ls1021a-lpuart fsl,ls1028a-lpuart
    fsl,ns16550 marvell,armada-3700-uart marvell,armada-3700-uart-ext mediatek,mt6577-uart ns16550 ns16550a
    nvidia,tegra20-uart qcom,geni-debug-uart qcom,geni-uart qcom,msm-uartdm renesas,hscif renesas,scif
    samsung,exynos4210-uart snps,dw-apb-uart ti,am654-uart""".split()
)

# What the planner says of a tree that it writes. BEHIND is a warning: what leads to the UART is not the partition's.
ACCEPTED, BEHIND = "accepted", "behind"
TREES = {
    ACCEPTED: r"",
    BEHIND: r"system\.dts:\d+: warning: partition 'guest': \S+ lies behind \S+ \(\S+:\d+\), which the partition "
    r"does not own\n",
}
# Why a tree yields nothing; there are no other reasons. The planner must say just this.
NO_GIC, NO_UART, ROUTED, NOT_THERE = "no-gic", "no-uart", "routed", "no-interrupt"
REASONS = {
    NO_GIC: r"bulkhead: error: system\.dts has no interrupt controller that is known \(a GICv2 or GICv3\)\n",
    NO_UART: None,  # there is nothing to ask for
    ROUTED: r"system\.dts:\d+: error: partition 'guest': \S+ raises its interrupts at \S+, which the partition "
    r"does not own; name that in `access`, too\n",
    NOT_THERE: r"\S+\.dts:\d+: error: \S+ has interrupt <1 (1[6-9]|[2-9]\d+) \d+>, which does not exist: SPIs are "
    r"<0 0..987 FLAGS>, PPIs <1 0..15 FLAGS>, but partition 'guest' owns it \(system\.dts:\d+\)\n",
}
# Nodes in a guest's tree that are mere data: they lead to no registers and no interrupts.
DATA = {"fixed-clock", "fixed-factor-clock", "regulator-fixed", "operating-points-v2", "mmc-pwrseq-simple"}

Row = collections.namedtuple("Row", "file gic memory uart compatible driver result")


class Wrong(Exception):
    """What the planner said or wrote is not what the tree's bytes say."""


def release():
    """The kernel's name, and its package's version."""
    name = (BUILD / "linux/Image-generic.release").read_text().strip()
    changes = PACKAGE / f"usr/share/doc/linux-image-{name}/changelog.gz"
    with gzip.open(changes, "rt", encoding="utf-8") as lines:
        return f"linux-image-{name} {re.search(r'[(](.*?)[)]', next(lines))[1]}"


def files():
    """Name and path of every tree, sorted by name."""
    folder = next((PACKAGE / "usr/lib").glob("linux-image-*"))
    return sorted((str(path.relative_to(folder)), path) for path in folder.rglob("*.dtb"))


def run(*arguments):
    environment = dict(os.environ, BULKHEAD_BUILD=str(BUILD), BULKHEAD_BOARDS=str(ROOT / "config/boards"))
    return subprocess.run(arguments, env=environment, capture_output=True, timeout=60, check=False)


def uart_names(node):
    return [name for name in node.strings("compatible") if name in UARTS]


def is_there(tree, node):
    return node.is_enabled() and bool(tree.registers(node))


def is_uart(tree, node):
    return bool(uart_names(node)) and is_there(tree, node)


def driver(node):
    return next((UARTS[name] for name in uart_names(node) if UARTS[name]), None)


def check_list(tree, path):
    """`devices` must list each UART, with its registers, its interrupts and the driver."""
    result = run(PROGRAM, "devices", path)
    if result.returncode != 0 or result.stderr:
        raise Wrong(f"devices: {result.stderr.decode()}")
    blocks = {block.split(None, 1)[0]: block for block in re.split(r"\n(?=/)", result.stdout.decode())}
    for node in filter(lambda node: is_uart(tree, node), tree.nodes):
        block = blocks.get(node.path, "")
        if f"\n    driver          {driver(node) or 'none in the hypervisor'}" not in block:
            raise Wrong(f"devices: nothing of the UART {node.path}, or of its driver")
        if tree.gic:
            compare_device(tree, node, block)


def compare_device(tree, node, block):
    registers = [f"    registers       {base:#x} +{size:#x}" for base, size in tree.registers(node)]
    if re.findall(r"^    registers .*", block, re.M) != registers:
        raise Wrong(f"devices: other registers of {node.path} than {registers}")
    try:
        interrupts = [f"SPI {line - 32} {trigger}" for line, trigger in tree.interrupts(node)]
    except Lost:
        if "\n    nobody's        it has interrupt <" not in block:
            raise Wrong(f"devices: {node.path} has an interrupt that does not exist") from None
        return
    if ("\n    behind " in block) != tree.routed(node):
        raise Wrong(f"devices: do interrupts of {node.path} end at another controller?")
    said = re.search(r"^    interrupts +(.*)", block, re.M)
    if (said[1].split(", ") if said else []) != interrupts:
        raise Wrong(f"devices: other interrupts of {node.path} than {interrupts}")


def first_core(tree):
    cores = [node for node in tree.find("/cpus").children if node.strings("device_type") == ["cpu"]]
    return next(node for node in cores if node.is_enabled())


def memory(tree):
    """Whether the tree says where memory is, or leaves that to the firmware."""
    banks = [node for node in tree.root.children if node.strings("device_type") == ["memory"]]
    return "tree" if any(tree.registers(node) for node in banks) else "firmware"


def system(name, tree, uart):
    """A partition with the first core and this UART; every clock that it or a part of it names is given a rate."""
    rates = {node.path: f"{RATE} " * tree.clock_count(node) for node in uart.walk()}
    rates = [f"&{{{path}}} {{ bulkhead,clock-rates = <{cells}>; }};" for path, cells in rates.items() if cells]
    return f"""/dts-v1/;
/include/ "vendor/{name.removesuffix(".dtb")}.dts"
/ {{
	domains {{
		compatible = "bulkhead,partitions-v1";
		guest {{
			compatible = "bulkhead,partition";
			cpus = <&{{{first_core(tree).path}}}>;
			memory = <0x0 {MEMORY[0]:#x} 0x0 {MEMORY[1]:#x}>;
			access = <&{{{uart.path}}}>;
			kernel = "linux/Image";
			criticality = "QM";
		}};
	}};
}};
{chr(10).join(rates)}
"""


def recompile(source, folder):
    """The tree that `tree` wrote, as dtc reads it again."""
    (folder / "guest.dts").write_bytes(source)
    flattened = folder / "guest.dtb"
    for command in (
        ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", flattened, folder / "guest.dts"],
        # A decompiled source has numbers where dtc wants references, of which it warns; flattened, it has not.
        ["dtc", "-W", "no-simple_bus_reg", "-I", "dtb", "-O", "dtb", "-o", folder / "again.dtb", flattened],
    ):
        result = run(*command)
        if result.returncode != 0 or result.stderr:
            raise Wrong(f"dtc: {result.stderr.decode()}")
    return Tree(flattened.read_bytes())


def is_monitor(node):
    return any(re.fullmatch(r"(arm|nvidia|apm),.*-pmu(v3)?", name) for name in node.strings("compatible"))


def private_interrupts(tree):
    """Those of the cores' own timers and monitors: they come with a core."""
    found = set()
    for node in tree.nodes:
        if node.is_compatible({"arm,armv8-timer", "arm,armv7-timer"}) or is_monitor(node):
            found.update(tree.interrupts(node))
    return found


def check_guest(board, uart, guest):
    """Every register and interrupt in a guest's tree is the UART's, or of the closed list of what each guest has."""
    port = guest.find(guest.find("/aliases").strings("serial0")[0])
    if sorted(guest.registers(port)) != sorted(board.registers(uart)):
        raise Wrong(f"{port.path} has not the registers of {uart.path}")
    if guest.interrupts(port) != board.interrupts(uart):
        raise Wrong(f"{port.path} has not the interrupts of {uart.path}")
    own = {id(node) for node in port.walk()} | {id(node) for node in port.lineage()}
    private = private_interrupts(board)
    for node in guest.nodes:
        registers, interrupts = set(guest.registers(node)), set(guest.interrupts(node))
        if node.parent is guest.root and node.strings("device_type") == ["memory"]:
            registers -= {MEMORY}
        elif node is guest.gic:
            registers = {each for each in registers if not inside(each, board.registers(board.gic))}
        elif node is port:
            registers, interrupts = set(), set()
        elif node.path in ("/timer", "/pmu"):
            interrupts -= private
        elif id(node) not in own and not is_plain(node):
            raise Wrong(f"{node.path} is of no kind that a guest with one UART should have")
        if registers or interrupts:
            raise Wrong(f"{node.path} has {registers or interrupts}, which are not its partition's")
    check_clocks(guest, port)


def inside(wanted, ranges):
    return any(base <= wanted[0] and wanted[0] + wanted[1] <= base + size for base, size in ranges)


def is_plain(node):
    """Nodes about the guest itself, mere data, and folders of that."""
    top = node.path.split("/")[1]
    if top in ("aliases", "chosen", "cpus", "psci") or any(above.is_compatible(DATA) for above in node.lineage()):
        return True
    is_folder = set(node.properties) <= {"compatible"} and node.strings("compatible") in ([], ["simple-bus"])
    return is_folder and all(map(is_plain, node.children))


def check_clocks(guest, port):
    for node in port.walk():
        cells = node.cells("clocks")
        for cell in cells:
            clock = guest.by_phandle.get(cell)
            if clock is None or not clock.is_compatible({"fixed-clock"}):
                raise Wrong(f"a clock of {node.path} is not a fixed one")


def judge(name, tree, uart):
    """One of TREES, or the reason that the planner gives."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "system.dts"
        file.write_text(system(name, tree, uart))
        result = run(PROGRAM, "tree", file, "guest")
        said = result.stderr.decode()
        if result.returncode == 0 and tree.gic:
            check_guest(tree, uart, recompile(result.stdout, pathlib.Path(folder)))
    for verdict, message in (TREES if result.returncode == 0 else REASONS).items():
        if message is not None and bool(result.stdout) == (verdict in TREES) and re.fullmatch(message, said):
            return verdict
    raise Wrong(f"tree: status {result.returncode}: {said}")


def expected(tree, uart):
    """The verdicts that the tree's bytes leave room for."""
    if tree.gic is None:
        return {NO_GIC}
    try:
        return {ROUTED} if tree.routed(uart) and not tree.interrupts(uart) else set(TREES)
    except Lost:
        return {NOT_THERE}


def judge_rightly(name, tree, uart):
    result = judge(name, tree, uart)
    if result not in expected(tree, uart):
        raise Wrong(f"{uart.path}: {result}, but it must be {' or '.join(expected(tree, uart))}")
    return result


def row(name, path):
    """What becomes of one tree. A further UART is tried where the hypervisor has no driver for the first."""
    tree = Tree(path.read_bytes())
    check_list(tree, path)
    uarts = [node for node in tree.nodes if is_uart(tree, node)]
    gic = tree.gic_version() or "none"
    if not uarts:
        strange = [node.path for node in tree.nodes if re.match("serial|uart", node.name) and is_there(tree, node)]
        if strange:
            raise Wrong(f"{strange[0]} is a serial port of a kind that UARTS does not know")
        return Row(name, gic, memory(tree), "-", "-", "-", NO_UART)
    first = uarts[0]
    result = judge_rightly(name, tree, first)
    driven = next((node for node in uarts if driver(node)), first)
    if driven is not first:
        judge_rightly(name, tree, driven)
    return Row(name, gic, memory(tree), first.path, uart_names(first)[0], driver(first) or "-", result)


def sweep():
    """All rows in the order of their names, and {name: what is wrong}."""
    rows, wrong = [], {}
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        futures = [(name, pool.submit(row, name, path)) for name, path in files()]
        for name, future in futures:
            try:
                rows.append(future.result())
            except (Wrong, Lost) as problem:
                wrong[name] = str(problem)
    return rows, wrong


def counts(rows):
    """A line for each result."""
    results = collections.Counter(each.result for each in rows)
    return [f"# {results[name]:3} {name}" for name in (*TREES, *REASONS)]


def text(rows):
    """The table as it is checked in."""
    head = [f"# {release()}: {len(rows)} trees", *counts(rows), "# " + " ".join(Row._fields)]
    return "\n".join([*head, *(" ".join(each) for each in rows)]) + "\n"


def main():
    rows, wrong = sweep()
    for name, problem in wrong.items():
        print(f"{name}: {problem}", file=sys.stderr)
    if wrong:
        return f"trees-table: {len(wrong)} trees went wrong; {TABLE.name} stays as it was"
    TABLE.write_text(text(rows))
    print("\n".join(text(rows).splitlines()[: 1 + len(counts(rows))]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
