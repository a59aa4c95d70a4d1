# SPDX-License-Identifier: Apache-2.0
"""The benchmark's rows on x86-64: the probe natively and in a partition on AMD's SVM, instruction for instruction."""

import os
import subprocess
from typing import NamedTuple

import x86_endings

LAYOUT = "{:<40} {:>9} {:>17} {:>9}"
TIMEOUT = 120  # seconds of this machine; a run takes five
TITLE = "x86-64"
MACHINE = ("qemu-system-x86_64", "-M", "q35", "-m", "2G", "-nodefaults", "-display", "none", "-serial", "stdio",
           "-no-reboot", "-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm")


class Failure(Exception):
    """The probe could not be measured."""


class Row(NamedTuple):
    """A line of the table: its key in budgets.ini, and what it is."""

    key: str
    text: str


ROWS = (
    Row("timer_busy", "timer interrupt to handler"),
    Row("timer_hlt", "same, guest in HLT"),
    Row("exits_timer", "exits of 1000 timer interrupts"),
    Row("exits_timer_hlt", "same, guest in HLT"),
    Row("vmmcall", "VMMCALL: features"),
    Row("vmmcall_uid", "VMMCALL: UID"),
    Row("vmmcall_exits", "VMMCALL: exit counter"),
    Row("vmmcall_unknown", "VMMCALL: unknown"),
    Row("icr_self", "ICR write: to self"),
    Row("icr_other", "ICR write: to another own core"),
    Row("icr_foreign", "ICR write: to a foreign core"),
    Row("icr_shorthand", "same, by shorthand"),
    Row("icr_others", "ICR write: to all others, three"),
    Row("icr_all", "ICR write: to all four"),
    Row("icr_everyone", "same, by the id of everybody"),
    Row("icr_logical", "same, by logical id"),
    Row("icr_lowest", "ICR write: lowest priority, last core"),
    Row("icr_nmi", "ICR write: NMI to others, all off"),
    Row("icr_init", "ICR write: INIT to others, all off"),
    Row("cpuid", "CPUID: leaf 0"),
    Row("cpuid_hypervisor", "CPUID: a hypervisor's leaf"),
    Row("cpuid_none", "CPUID: no such leaf"),
    Row("msr_read", "RDMSR: a constant"),
    Row("msr_write", "WRMSR: ignored"),
    Row("msr_efer", "RDMSR: EFER"),
    Row("msr_lvt", "WRMSR: LINT0"),
    Row("msr_own", "RDMSR: APIC id"),
    Row("ioapic_index", "I/O APIC: index write"),
    Row("ioapic_write", "I/O APIC: data write"),
    Row("ioapic_read", "I/O APIC: data read"),
    Row("ioapic_own_write", "I/O APIC: data write, own pin"),
    Row("ioapic_own_read", "I/O APIC: data read, own pin"),
    Row("port_read", "port read, not its own"),
    Row("port_write", "port write, not its own"),
    Row("port_own", "port read, its own"),
    Row("wbinvd", "WBINVD"),
    Row("boot", "reset to guest, firmware included"),
    Row("exits_linux", "exits of a Linux boot, one CPU"),
    Row("end_off", "end: ACPI's sleep, to the core's sleep"),
    Row("end_fault", "end: fault, with its report"),
    Row("end_fault_instruction", "end: same, instruction looked at"),
    Row("end_recaller", "end: fault while another core runs"),
    Row("end_recalled", "end: that other core"),
)


def measure(arguments):
    """One run: {name: (minimum, average, maximum)}. All runs are alike."""
    command = [*MACHINE, *arguments]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"x86-64: no end after {TIMEOUT} s: {(expired.stdout or b'')[-500:]!r}") from expired
    output = run.stdout.decode(errors="replace")
    if "probe: done" not in output:
        raise Failure(f"x86-64: the probe did not come to its end\n{output[-2000:]}{run.stderr.decode()}")
    rows = [line.split()[1:] for line in output.splitlines() if line.startswith("row ")]
    return {name: (int(low), int(total) / int(count), int(high)) for name, low, total, high, count in rows}


def measure_both(build):
    """(natively, in a partition)."""
    folder = os.path.join(build, "bench", "x86")
    probe = os.path.join(folder, "probe-x86.elf")
    image = os.path.join(folder, "probe-x86.image")
    subprocess.run([os.path.join(build, "bulkhead"), "build", os.path.join(folder, "probe-x86.dts"), "-o", image],
                   check=True, stdout=subprocess.DEVNULL)
    native = measure(["-cpu", "qemu64,+x2apic", "-smp", "2", "-kernel", os.path.join(build, "guests", "native-x86.bin"),
                      "-initrd", probe])
    ours = measure(["-cpu", "qemu64,+svm,+npt,+x2apic", "-smp", "5", "-device", "amd-iommu,pt=off", "-kernel", image])
    return native, ours | x86_endings.measure(build)


def table_print(figures, budgets, shown):
    """Prints every row; returns the lines about those that are over their budget, or are not as native where none may be."""
    native, ours = figures
    if set(budgets) != {row.key for row in ROWS}:
        raise Failure(f"budgets.ini, [{TITLE}], and the table differ in: {sorted(set(budgets) ^ {row.key for row in ROWS})}")
    over = []
    print(LAYOUT.format(f"instructions, {TITLE}:", "native", "ours", "budget"))
    for row in ROWS:
        figure = ours.get(row.key)
        is_over = figure is None or figure[2] > budgets[row.key]
        print(LAYOUT.format(row.text, shown(native.get(row.key)), shown(figure), f"{budgets[row.key]}{'!' if is_over else ''}"))
        over += [f"{row.key} on {TITLE}: {shown(figure)}, budget {budgets[row.key]}"] if is_over else []
    print(f"bench: {len(ROWS)} rows on {TITLE}, {len(over)} over budget")
    return over
