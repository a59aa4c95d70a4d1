# SPDX-License-Identifier: Apache-2.0
"""On x86-64, off a trace of the hypervisor's instructions: exits that do not come back, and how many a booting Linux makes."""

import os
import re
import shutil
import subprocess
import threading

from endings import TIMEOUT, TRACE, Ending, Failure

INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(?:[0-9a-f]{2} )+\s*(\w+)", re.M)
SYMBOL = re.compile(r"^([0-9a-f]+) ([0-9a-f]+) [tT] (\w+)$", re.M)
MACHINE = ("qemu-system-x86_64", "-M", "q35", "-m", "2G", "-nodefaults", "-display", "none", "-no-reboot", "-icount",
           "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm", "-cpu", "qemu64,+svm,+npt,+x2apic", "-smp", "5",
           "-device", "amd-iommu,pt=off")

# What only boot has, and much of it: not traced.
BOOT = {"arch_crc32", "arch_counter", "arch_relax", "frequency_try", "timer_read", "wait_startup"}

ENDINGS = (
    Ending("end_fault", "fault", 1),
    Ending("end_fault_instruction", "fault_instruction", 1),
    Ending("end_off", "off", 1),
    Ending("end_recaller", "recall", 1),
    Ending("end_recalled", "recall", 2),
)


class Hypervisor:
    """Where its code is that a trace is about."""

    def __init__(self, elf):
        listing = subprocess.run(["objdump", "-d", elf], capture_output=True, text=True, check=True).stdout
        names = subprocess.run(["nm", "-S", elf], capture_output=True, text=True, check=True).stdout
        code = [(int(address, 16), name) for address, name in INSTRUCTION.findall(listing)]
        self.exits = {after for (_, name), (after, _) in zip(code, code[1:]) if name == "vmrun"}
        self.sleeps = {address for address, name in code if name == "hlt"}
        functions = [(int(start, 16), int(size, 16), name) for start, size, name in SYMBOL.findall(names)]
        self.ranges, at = [], code[0][0]
        for start, size, _ in sorted(function for function in functions if function[2] in BOOT):
            self.ranges.append(f"{at:#x}..{start - 1:#x}")
            at = start + size
        self.ranges.append(f"{at:#x}..{code[-1][0]:#x}")


def image_build(build, system):
    image = os.path.join(build, "bench", "x86", f"{system}.image")
    subprocess.run([os.path.join(build, "bulkhead"), "build", image.removesuffix(".image") + ".dts", "-o", image],
                   check=True, stdout=subprocess.DEVNULL)
    return image


def trace(image, ranges, *options):
    """(core, address) of each instruction in these ranges; the machine ends with whoever looks."""
    command = [*MACHINE, "-serial", "null", "-serial", "null", "-kernel", image, *options,
               "-d", "exec,nochain", "-dfilter", ",".join(ranges)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as qemu:
        watchdog = threading.Timer(TIMEOUT, qemu.kill)
        watchdog.start()
        try:
            for line in qemu.stderr:
                match = TRACE.match(line)
                if match:
                    yield int(match[1]), int(match[2], 16)
        finally:
            watchdog.cancel()
            qemu.kill()


def last_exits(image, code, cores):
    """{core: instructions of its last exit}, once each of `cores` sleeps."""
    counts, ended = {}, {}
    for core, address in trace(image, code.ranges, "-accel", "tcg,one-insn-per-tb=on"):
        if address in code.exits:
            counts[core], _ = 0, ended.pop(core, None)
        if core in counts and core not in ended:
            counts[core] += 1
            if address in code.sleeps:
                ended[core] = counts[core]
                if cores <= set(ended):
                    return ended
    raise Failure(f"{image}: cores {cores - set(ended)} do not sleep after {TIMEOUT} s")


def linux_exits(build, code):
    """How often a Linux on one CPU enters the hypervisor until its init switches it off, and the machine with it."""
    ranges = [f"{address:#x}..{address:#x}" for address in sorted(code.exits)]
    count = sum(1 for _ in trace(image_build(build, "linux-x86"), ranges))
    if count == 0:
        raise Failure("linux-x86: not one exit")
    return count


def measure(build):
    """{key: (n, n, n)}, as the other figures."""
    code = Hypervisor(os.path.join(build, "bulkhead-qemu-q35.elf"))
    folder = os.path.join(build, "bench", "x86")
    exits = linux_exits(build, code)
    figures = {"exits_linux": (exits,) * 3}
    for program in dict.fromkeys(ending.program for ending in ENDINGS):
        wanted = [ending for ending in ENDINGS if ending.program == program]
        shutil.copyfile(os.path.join(folder, f"probe-end-{program}-x86.elf"), os.path.join(folder, "probe-ending-x86.elf"))
        counts = last_exits(image_build(build, "probe-ending-x86"), code, {ending.core for ending in wanted})
        figures |= {ending.key: (counts[ending.core],) * 3 for ending in wanted}
    return figures
