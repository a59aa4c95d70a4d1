#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the probe natively and in partitions, prints the table, and fails over budget. See docs/benchmark.md."""

import argparse
import configparser
import os
import subprocess
import sys
from typing import NamedTuple

sys.dont_write_bytecode = True  # the tree holds sources only

import endings  # noqa: E402
import x86  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
GICS = ("gicv3", "gicv2")  # the boards' interrupt controllers, each with a probe of its own
CPU = "cortex-a53,cntfrq=1000000000"
TIMEOUT = 300  # seconds of this machine; a run takes one
RUNS_LEAST = 3
RUNS_MOST = 9
TEXT_WIDTH = 37
LAYOUT = f"{{:<{TEXT_WIDTH}}}" + " {:>6} {:>10} {:>7}" * len(GICS) + " {:>16} {:>16}"
NONE = "none"  # a row that a controller cannot have


class System(NamedTuple):
    """A partition file of this folder, the machine for it, and the image that is the same natively, if there is one."""

    file: str
    native: str = None
    cores: int = 1
    cpu: str = CPU


SYSTEMS = {
    "probe": System("probe", "probe-10k.bin"),
    "probe-1m": System("probe-1m", "probe-1m.bin"),
    "probe-wfi-trap": System("probe-wfi-trap", "probe-10k.bin"),
    "probe-2cores": System("probe-2cores", "probe-10k.bin", cores=2),
    "paths": System("probe-paths"),
    "paths-trap": System("probe-paths-trap"),
    "paths-2cores": System("probe-paths-2cores", cores=2),
    "paths-identity": System("probe-paths", cpu=CPU.replace("cortex-a53", "neoverse-n1")),  # advertises what traps
    "aarch32": System("probe-aarch32"),
}
ENDING = "ending"  # rows of endings.py


class Row(NamedTuple):
    """A line of the table: its key in budgets.ini, what it is, where it is measured, what the peers need."""

    key: str
    text: str
    system: str = "probe"
    name: str = ""  # the probe's own name of it, where it is not the key
    bao: str = "-"
    xen: str = "-"


# Bao 738e3dc; Xen 4.17.7, dom0less, null scheduler: minimum/average/maximum, same sequences (docs/benchmark.md).
ROWS = (
    Row("timer_busy", "timer interrupt to handler", bao="200", xen="904/1083.8/1084"),
    Row("timer_wfi", "same, guest in WFI", bao="200", xen="904/1083.8/1084"),
    Row("timer_wfi_trap", "same, guest in trapped WFI", "probe-wfi-trap", "timer_wfi"),
    Row("timer_stolen", "whole timer interrupt, from the loop", bao="268/268.8/269", xen="973/1152.6/1153"),
    Row("uart", "UART interrupt to handler", bao="206"),
    Row("timer_isenabler", "timer, guest hammers ISENABLER0", bao="200/2152.8/3797", xen="784/1102.4/1612"),
    Row("timer_ipriorityr", "timer, guest hammers IPRIORITYR6", bao="200/574.3/920", xen="781/1062.2/1541"),
    Row("timer_priority_mask", "timer, guest hammers priority mask"),
    Row("timer_itargetsr", "timer, guest hammers GICD_ITARGETSR8"),
    Row("timer_sgir", "timer, guest hammers GICD_SGIR"),
    Row("sgi_self", "SGI to self", bao="777/777.0/795", xen="918/1097.8/1098"),
    Row("hvc", "HVC PSCI_VERSION", bao="194", xen="476"),
    Row("smc", "SMC PSCI_VERSION", bao="205"),
    Row("hvc_features", "HVC PSCI_FEATURES"),
    Row("hvc_affinity", "HVC PSCI_AFFINITY_INFO"),
    Row("hvc_smccc", "HVC SMCCC_VERSION"),
    Row("hvc_unknown", "HVC unknown function"),
    Row("service_features", "service: features"),
    Row("service_uid", "service: UID"),
    Row("service_revision", "service: revision"),
    Row("service_exits", "service: exit counter"),
    Row("service_partition", "service: partition"),
    Row("gicd_read", "GICD_TYPER read", bao="226", xen="600"),
    Row("gicd_isenabler", "GICD_ISENABLER1 write"),
    Row("gicd_ipriorityr", "GICD_IPRIORITYR8 write"),
    Row("gicd_irouter", "GICD_IROUTER33 write"),
    Row("gicd_itargetsr", "GICD_ITARGETSR8 write"),
    Row("gicr_read", "GICR_TYPER read", bao="270", xen="602"),
    Row("own_isenabler", "ISENABLER0 write", bao="3590/3590.0/3613", xen="736"),
    Row("own_ipriorityr", "IPRIORITYR6 write"),
    Row("no_syndrome", "ISENABLER0 write, post-indexed"),
    Row("priority_mask", "priority mask write"),
    Row("boot_10k", "reset to guest, 10 KiB image", "probe", "boot", bao="332721", xen="22610493"),
    Row("boot_1m", "reset to guest, 1 MiB image", "probe-1m", "boot", bao="1679546", xen="23112544"),
    Row("exits_timer", "exits of 1000 timer interrupts", bao="1000", xen="1000"),
    Row("exits_timer_wfi", "same, guest in WFI", bao="1000", xen="1000"),
    Row("exits_uart", "exits of 1000 UART interrupts", bao="1000"),
    Row("cpu_on", "PSCI CPU_ON to the core's first insn.", "probe-2cores", bao="1563", xen="3856"),
    Row("sgi_other", "SGI to another core in WFI", "probe-2cores", bao="770/794.9/795", xen="1486/1624.8/1625"),
)

# Every other exit that comes back, and those that do not: docs/benchmark.md has them by path.
PATHS = (
    ("hvc_suspend", "HVC PSCI_CPU_SUSPEND"),
    ("hvc_cpu_on_self", "HVC PSCI_CPU_ON, already on"),
    ("hvc_cpu_on_nobody", "HVC PSCI_CPU_ON, no such core"),
    ("hvc_migrate", "HVC PSCI_MIGRATE_INFO_TYPE"),
    ("hvc_reset2", "HVC PSCI_SYSTEM_RESET2, refused"),
    ("hvc_immediate", "HVC #1"),
    ("smc_immediate", "SMC #1"),
    ("smc_silicon", "SMC of a silicon vendor"),
    ("service_cores", "service: cores"),
    ("service_unknown", "service: unknown"),
    ("gicd_control", "GICD_CTLR write"),
    ("gicd_identity", "GICD_PIDR2 read"),
    ("gicd_implementer", "GICD_IIDR read"),
    ("gicd_reserved", "GICD reserved read"),
    ("gicd_icfgr", "GICD_ICFGR2 read"),
    ("gicd_isenabler_foreign", "GICD_ISENABLER2 write, foreign"),
    ("gicd_priority_read", "GICD_IPRIORITYR8 read"),
    ("gicd_priority_byte", "GICD_IPRIORITYR8 byte write"),
    ("gicd_priority_foreign", "GICD_IPRIORITYR8 byte write, foreign"),
    ("gicd_irouter_read", "GICD_IROUTER33 read"),
    ("gicd_target_private", "GICD_ITARGETSR0 read"),
    ("gicd_target_read", "GICD_ITARGETSR8 read"),
    ("gicd_target_byte", "GICD_ITARGETSR8 byte write"),
    ("gicd_target_byte_read", "GICD_ITARGETSR8 byte read"),
    ("gicd_target_foreign", "GICD_ITARGETSR8 byte write, foreign"),
    ("gicd_sgi_clear", "GICD_CPENDSGIR0 write"),
    ("gicd_sgi_pending", "GICD_CPENDSGIR0 read"),
    ("gicr_typer_word", "GICR_TYPER upper half read"),
    ("gicr_waker", "GICR_WAKER write"),
    ("gicr_propbaser", "GICR_PROPBASER read (LPIs)"),
    ("own_isenabler_read", "ISENABLER0 read"),
    ("own_icfgr", "ICFGR1 read"),
    ("load_signed", "GIC load, sign-extending"),
    ("load_pair", "GIC load of a pair"),
    ("store_pair", "GIC store of a pair"),
    ("store_pre", "GIC store, pre-indexed"),
    ("register_constant", "ACTLR_EL1 read"),
    ("register_ignored", "ACTLR_EL1 write"),
    ("register_set_way", "DC ISW"),
    ("register_os_lock", "OSLAR_EL1 write"),
    ("interface_group_0", "ICC_IAR0_EL1 read"),
    ("interface_read", "ICC_CTLR_EL1 read"),
    ("interface_write", "ICC_CTLR_EL1 write"),
    ("interface_running", "ICC_RPR_EL1 read"),
    ("interface_deactivate", "ICC_DIR_EL1 write"),
    ("sgi_nobody", "SGI, no such core"),
    ("sgi_far", "SGI, no such cluster"),
    ("sgi_others", "SGI, all others: none"),
    ("sgi_other_group", "ICC_SGI0R_EL1"),
)
ROWS += tuple(Row(key, text, "paths") for key, text in PATHS)
ROWS += (
    Row("wfi_closed", "trapped WFI, CPU interface closed", "paths-trap"),
    Row("sgi_two", "SGI, all others: one", "paths-2cores"),
    Row("register_identity", "ID_AA64PFR0_EL1 read, neoverse-n1", "paths-identity"),
)
ROWS += tuple(
    Row(f"aarch32_{key}", f"AArch32: {text}", "aarch32")
    for key, text in (
        ("hvc", "HVC PSCI_VERSION"),
        ("hvc_64", "HVC of a 64-bit function"),
        ("hvc_immediate", "HVC #1"),
        ("smc", "SMC PSCI_VERSION"),
        ("register_read", "ACTLR read"),
        ("register_write", "ACTLR write"),
        ("priority_mask", "priority mask write"),
        ("sgi", "SGI to self"),
        ("gicd_read", "GICD_TYPER read"),
        ("own_isenabler", "ISENABLER0 write"),
    )
)
ROWS += (
    Row("end_off", "end: PSCI_SYSTEM_OFF, to the sleep", ENDING),
    Row("end_reset", "end: PSCI_SYSTEM_RESET, the same", ENDING),
    Row("end_cpu_off", "end: PSCI_CPU_OFF, one of two cores", ENDING),
    Row("end_fault", "end: fault, with its report", ENDING),
    Row("end_fault_instruction", "end: same, instruction looked at", ENDING),
    Row("end_recaller", "end: fault while another core runs", ENDING),
    Row("end_recalled", "end: that other core", ENDING),
)


class Failure(Exception):
    """The benchmark could not be carried out."""


def machine(gic, cpu, cores, hypervisor):
    """QEMU's options for a board: without a second core a GICv2 has no targets (IHI 0048B, 4.3.12), and is refused."""
    version = f"virt,gic-version={gic.removeprefix('gicv')}" + (",virtualization=on" if hypervisor else "")
    return ["qemu-system-aarch64", "-M", version, "-cpu", cpu, "-smp", str(max(cores, 2) if gic == "gicv2" else cores),
            "-m", "2G" if hypervisor else "1G", "-nic", "none", "-display", "none", "-monitor", "none"]


def measure(kernel, options):
    """One run, of one tick of a counter that starts at zero an instruction: {name: (minimum, average, maximum)}."""
    command = [*options, "-icount", "shift=0,sleep=off", "-serial", "stdio", "-kernel", kernel]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as expired:
        tail = (expired.stdout or b"").decode(errors="replace").split()[-12:]
        raise Failure(f"{kernel}: no end after {TIMEOUT} s; the last words were: {' '.join(tail)}") from expired
    output = run.stdout.decode(errors="replace")
    figures = {}
    for line in output.splitlines():
        words = line.split()
        if words[:2] == ["row", "exception"]:
            raise Failure(f"{kernel}: the probe took an exception: "
                          + "syndrome {:#x}, pc {:#x}, address {:#x}".format(*map(int, words[2:5])))
        if words[:1] == ["row"]:
            low, total, high, count = map(int, words[2:])
            figures[words[1]] = (low, total / count, high)
    if "probe: done" not in output:
        raise Failure(f"{kernel}: the probe did not come to its end\n{output[-2000:]}{run.stderr.decode()}")
    return figures


def measure_settled(kernel, options):
    """Runs until the smallest figure of each row was seen twice: docs/benchmark.md says why they may differ."""
    runs = []
    while len(runs) < RUNS_MOST:
        runs.append(measure(kernel, options))
        names = runs[0].keys()
        smallest = {name: min(run.get(name, runs[0][name]) for run in runs) for name in names}
        unsettled = [name for name in names if sum(run.get(name) == smallest[name] for run in runs) < 2]
        if len(runs) >= RUNS_LEAST and not unsettled:
            return smallest
    raise Failure(f"{kernel}: no two of {RUNS_MOST} runs agree in: {', '.join(unsettled)}")


def shown(figure):
    """A figure as the peers' are written: one number where minimum and maximum agree."""
    if figure is None:
        return "-"
    low, average, high = figure
    return str(high) if low == high else f"{low}/{average:.1f}/{high}"


def parser_read():
    """budgets.ini."""
    parser = configparser.ConfigParser()
    with open(os.path.join(HERE, "budgets.ini"), encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def budgets_x86_read():
    """{key: budget} of x86-64, whose rows are its own."""
    return {key: int(value) for key, value in parser_read()[x86.TITLE].items()}


def budgets_read():
    """{controller: {key: budget}}. Raises Failure where budgets.ini and the table do not name the same rows."""
    parser = parser_read()
    sections = [section for section in parser.sections() if section != x86.TITLE]
    lines = {key: value.split() for section in sections for key, value in parser[section].items()}
    strange = set(lines) ^ {row.key for row in ROWS}
    if strange:
        raise Failure(f"budgets.ini and the table differ in: {', '.join(sorted(strange))}")
    unpaired = [key for key, words in lines.items() if len(words) != len(GICS)]
    if unpaired:
        raise Failure(f"budgets.ini: not one budget for each of {', '.join(GICS)}: {', '.join(unpaired)}")
    return {gic: {key: int(words[i]) for key, words in lines.items() if words[i] != NONE} for i, gic in enumerate(GICS)}


def image_build(folder, build, system):
    """The system's image, made by the planner that this build made."""
    image = os.path.join(folder, system.file + ".image")
    subprocess.run([os.path.join(build, "bulkhead"), "build", os.path.join(folder, system.file + ".dts"), "-o", image],
                   check=True, stdout=subprocess.DEVNULL)
    return image


def measure_all(build, gic):
    """({system: figures}, {system: figures}) of a controller: natively, and in a partition."""
    folder = os.path.join(build, "bench", gic)
    native = {ENDING: {}}
    ours = {ENDING: endings.measure(build, gic, machine(gic, CPU, 4, True))}
    for name, system in SYSTEMS.items():
        native[name] = {}
        if system.native:
            options = machine(gic, system.cpu, system.cores, False)
            native[name] = measure_settled(os.path.join(folder, system.native), options)
        options = machine(gic, system.cpu, system.cores, True)
        ours[name] = measure_settled(image_build(folder, build, system), options)
    return native, ours


def cells(row, native, ours, budgets):
    """([native, ours, budget], whether it is over) of a row on one controller."""
    name = row.name or row.key
    figure = ours[row.system].get(name)
    if row.key not in budgets:
        if figure is not None:
            raise Failure(f"budgets.ini: {row.key} is measured, and has no budget")
        return ["", NONE, ""], False
    over = figure is None or figure[2] > budgets[row.key]
    return [shown(native[row.system].get(name)), shown(figure), str(budgets[row.key]) + ("!" if over else "")], over


def table_print(figures, budgets):
    """Prints every row; returns those over budget, each with its controller and its cells."""
    over = []
    names = [word for gic in GICS for word in ("", gic.replace("gic", "GIC"), "")]
    units = ("native", "ours", "budget") * len(GICS)
    print(LAYOUT.format("instructions:", *names, "GICv3", "GICv3"))
    print(LAYOUT.format("one number, or min/avg/max", *units, "Bao 738e3dc", "Xen 4.17.7"))
    for row in ROWS:
        line = [row.text]
        for gic in GICS:
            words, is_over = cells(row, *figures[gic], budgets[gic])
            line += words
            over += [(row, gic, words)] if is_over else []
        print(LAYOUT.format(*line, row.bao, row.xen))
    return over


def main():
    """Builds, measures, prints; exit status 0 within all budgets, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build folder")
    build = parser.parse_args().build
    try:
        budgets = budgets_read()
        over = table_print({gic: measure_all(build, gic) for gic in GICS}, budgets)
        over_x86 = x86.table_print(x86.measure_both(build), budgets_x86_read(), shown)
    except (Failure, endings.Failure, x86.Failure, subprocess.CalledProcessError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    sys.stdout.flush()  # the table first, also where both streams are one file
    for row, gic, (_, figure, budget) in over:
        print(f"bench: over budget: {row.key} on {gic}: {figure}, budget {budget.rstrip('!')}", file=sys.stderr)
    for line in over_x86:
        print(f"bench: over budget: {line}", file=sys.stderr)
    count = sum(map(len, budgets.values()))
    print(f"bench: {len(ROWS)} rows, {count} figures, {len(over)} over budget")
    return 1 if over or over_x86 else 0


if __name__ == "__main__":
    sys.exit(main())
