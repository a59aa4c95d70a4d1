# SPDX-License-Identifier: Apache-2.0
"""Exits that do not come back: how many instructions the hypervisor has from the vector to the sleep, off a trace."""

import os
import re
import shutil
import subprocess
import threading
from typing import NamedTuple

TRACE = re.compile(r"Trace (\d+): .*\[[0-9a-f]+/([0-9a-f]+)/")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+[0-9a-f]{8}\s+(\S+)", re.M)
SYNCHRONOUS_LOWER_64 = 0x400  # offset of the vector (Arm ARM D1.3.1)


TIMEOUT = 120  # seconds of this machine; a trace takes one


class Failure(Exception):
    """A core did not come to its sleep."""


class Ending(NamedTuple):
    """What the probe does last, and the core whose way to its sleep is counted."""

    key: str
    program: str
    core: int


ENDINGS = (
    Ending("end_fault", "fault", 0),
    Ending("end_fault_instruction", "fault_instruction", 0),
    Ending("end_off", "off", 0),
    Ending("end_reset", "reset", 0),
    Ending("end_cpu_off", "cpu_off", 1),
    Ending("end_recaller", "recall", 0),
    Ending("end_recalled", "recall", 1),
)


def hypervisor(elf):
    """(first address, end, the address of the vector of a guest's synchronous exits, those of its WFIs)."""
    listing = subprocess.run(["aarch64-linux-gnu-objdump", "-d", elf], capture_output=True, text=True, check=True).stdout
    names = subprocess.run(["aarch64-linux-gnu-nm", elf], capture_output=True, text=True, check=True).stdout
    vectors = int(re.search(r"^([0-9a-f]+) \w vectors$", names, re.M)[1], 16)
    code = [(int(address, 16), name) for address, name in INSTRUCTION.findall(listing)]
    sleeps = {address for address, name in code if name == "wfi"}
    return code[0][0], code[-1][0] + 4, vectors + SYNCHRONOUS_LOWER_64, sleeps


def image_build(build, gic, program):
    folder = os.path.join(build, "bench", gic)
    shutil.copyfile(os.path.join(folder, f"probe-end-{program}.elf"), os.path.join(folder, "probe-ending.elf"))
    image = os.path.join(folder, "probe-ending.image")
    subprocess.run([os.path.join(build, "bulkhead"), "build", os.path.join(folder, "probe-ending.dts"), "-o", image],
                   check=True, stdout=subprocess.DEVNULL)
    return image


def trace(image, options, code, cores):
    """{core: instructions of its last exit}, once each of `cores` sleeps."""
    low, high, vector, sleeps = code
    command = [*options, "-accel", "tcg,one-insn-per-tb=on", "-serial", "null", "-serial", "null", "-kernel", image,
               "-d", "exec,nochain", "-dfilter", f"{low:#x}..{high - 1:#x}"]
    counts, ended = {}, {}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as qemu:
        watchdog = threading.Timer(TIMEOUT, qemu.kill)
        watchdog.start()
        for line in qemu.stderr:
            match = TRACE.match(line)
            if not match:
                continue
            core, address = int(match[1]), int(match[2], 16)
            if address == vector:
                counts[core], _ = 0, ended.pop(core, None)
            if core in counts and core not in ended:
                counts[core] += 1
                if address in sleeps:
                    ended[core] = counts[core]
            if set(cores) <= set(ended):
                break
        watchdog.cancel()
        qemu.kill()
    if not set(cores) <= set(ended):
        raise Failure(f"{image}: cores {set(cores) - set(ended)} do not sleep after {TIMEOUT} s")
    return ended


def measure(build, gic, options):
    """{key: (n, n, n)}, as the other figures; `options` are QEMU's for the board."""
    code = hypervisor(os.path.join(build, f"bulkhead-qemu-virt-{gic}.elf"))
    figures = {}
    for program in dict.fromkeys(ending.program for ending in ENDINGS):
        wanted = [ending for ending in ENDINGS if ending.program == program]
        counts = trace(image_build(build, gic, program), options, code, [ending.core for ending in wanted])
        figures |= {ending.key: (counts[ending.core],) * 3 for ending in wanted}
    return figures
