#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the hypervisor's instructions in one row of the benchmark, as executed, and how many each function had."""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the tree holds sources only

from bench import CPU, GICS, machine  # noqa: E402

TRACE = re.compile(r"^Trace .*\[[0-9a-f]+/([0-9a-f]+)/")
SYMBOL = re.compile(r"^([0-9a-f]+) <(\S+)>:")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+[0-9a-f]{8}\s+(.*)$")
LISTED = 2000  # a path that is longer is a loop's: its functions tell more


def disassembly(elf):
    """({address: (function, text)}, first address, end) of an ELF's code."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", elf], capture_output=True, text=True, check=True).stdout
    code = {}
    function = "?"
    for line in text.splitlines():
        symbol = SYMBOL.match(line)
        instruction = INSTRUCTION.match(line)
        if symbol:
            function = symbol.group(2)
        elif instruction:
            code[int(instruction.group(1), 16)] = (function, instruction.group(2).split("//")[0].strip())
    return code, min(code), max(code) + 4


def symbols(elf):
    """{name: address}."""
    text = subprocess.run(["aarch64-linux-gnu-nm", elf], capture_output=True, text=True, check=True).stdout
    return {words[2]: int(words[0], 16) for words in map(str.split, text.splitlines()) if len(words) == 3}


def trace(image, gic, ranges):
    """The addresses executed within `ranges`, in order, one instruction each."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "trace")
        subprocess.run([*machine(gic, CPU, 1, True), "-accel", "tcg,one-insn-per-tb=on", "-serial", "null",
                        "-kernel", image, "-d", "exec,nochain", "-D", log, "-dfilter",
                        ",".join(f"{low:#x}..{high - 1:#x}" for low, high in ranges)],
                       stdin=subprocess.DEVNULL, timeout=300, check=True)
        with open(log, encoding="utf-8") as file:
            return [int(match.group(1), 16) for match in map(TRACE.match, file) if match]


def path_of(addresses, own, measured):
    """The last stretch in `own` that the guest entered from `measured`; the very first one without `measured`."""
    path = []
    found = []
    guest = None
    for address in addresses:
        if own[0] <= address < own[1]:
            path.append(address)
            continue
        if path and (measured is None or (guest is not None and measured[0] <= guest < measured[1])):
            found = path
            if measured is None:
                break
        path = []
        guest = address
    return found


def report(path, code):
    """Prints the path, then its functions by their share."""
    if len(path) <= LISTED:
        for address in path:
            function, text = code.get(address, ("?", "?"))
            print(f"{address:#x}  {function:<32} {text}".expandtabs(8))
    for function, count in collections.Counter(code.get(address, ("?", ""))[0] for address in path).most_common():
        print(f"{count:8}  {function}")
    print(f"{len(path):8}  together")


def main():
    """Builds the image of the probe that runs one row only, and follows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", help="its key in budgets.ini; boot: from reset to the guest")
    parser.add_argument("--build", default="build", help="the build folder")
    parser.add_argument("--gic", default="gicv3", choices=GICS, help="the board's interrupt controller")
    options = parser.parse_args()
    folder = os.path.join(options.build, "bench", options.gic)
    image = os.path.join(folder, "probe-profile.image")
    system = os.path.join(folder, "probe-profile.dts")
    subprocess.run([os.path.join(options.build, "bulkhead"), "build", system, "-o", image], check=True)
    guest_elf = os.path.join(folder, "probe-profile.elf")
    _, guest_low, guest_high = disassembly(guest_elf)
    code, low, high = disassembly(os.path.join(options.build, f"bulkhead-qemu-virt-{options.gic}.elf"))
    names = symbols(guest_elf)
    measured = None if options.row == "boot" else (names["measure_start"], names["measure_end"])
    path = path_of(trace(image, options.gic, ((low, high), (guest_low, guest_high))), (low, high), measured)
    if not path:
        print(f"profile: no exit in row {options.row}, or no such row", file=sys.stderr)
        return 1
    report(path, code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
