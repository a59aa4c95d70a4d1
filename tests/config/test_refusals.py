#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No refusal without a test: which case shows each rule of the language, and that every message of the planner is seen.

The messages are read out of the planner's sources. Not here: what the cases say (test_config.py).
"""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASES = {case.stem: case.read_text() for case in HERE.glob("*.dts")}

# What is promised to be refused, and the cases that show it.
RULES = {
    "a core with two owners": "core-twice core-repeated",
    "memory with two owners": "direct-map-twice direct-map-golden",
    "a device with two owners": "device-twice device-repeated",
    "everything taken twice": "take-twice",
    "an interrupt with two owners": "interrupt-shared controller-foreign",
    "a page with another owner's device": "device-shared-page device-page-of-gic",
    "memory under the hypervisor": "direct-map-hypervisor",
    "memory outside the board's": "direct-map-outside direct-map-reserved",
    "more cores than exist": "core-missing core-none",
    "more memory than exists": "memory-overcommit memory-no-room memory-enormous",
    "an image that does not fit": "kernel-does-not-fit linux-does-not-fit ramdisk-does-not-fit tree-no-room",
    "an image outside its memory": "kernel-outside aarch32-outside",
    "an image of a wrong format": "kernel-format kernel-compressed kernel-efi kernel-empty kernel-corrupt dtb-corrupt",
    "an image of the wrong architecture": "kernel-architecture kernel-big-endian aarch32-elf",
    "a truncated image": "kernel-truncated aarch32-truncated aarch32-header",
    "an entry outside the image": "kernel-entry aarch32-entry raw-entry-odd",
    "a raw image without address or entry": "raw-entry-missing load-pair",
    "unaligned windows": "memory-unaligned memory-odd-size device-map-unaligned",
    "windows that overlap": "memory-overlap memory-over-device memory-over-gic device-map-collides",
    "an unknown property": "property-unknown board-property channel-property",
    "an unknown node": "node-unknown node-kind qemu-missing",
    "a misspelt value": "values value-misspelt value-unknown take-value dtb-value load-value board-when-all-off",
    "a value of the wrong kind": "value-number cells-strange direct-map-value memory-half board-load-short",
    "a property that is missing": "core-none memory-missing kernel-missing board-load-missing qemu-missing",
    "a phandle to nothing": "phandle-nothing core-unknown device-unknown board-phandle",
    "a DMA master without IOMMU": "device-dma take-master x86-pci-unconfined",
    "a clock that nobody knows the rate of": "clock-rate-missing",
    "a missing file": "kernel-file kernel-file-absolute ramdisk-file dtb-missing include-missing",
    "a restart policy with an image in place": "restart-in-place",
    "on-watchdog without a supervisor": "on-watchdog",
    "a limit of anything but restarts": "policy-limit",
    "an exception from nothing, or of what is named": "except-alone except-named",
    "a console without a UART": "console-without-uart",
    "AArch32 on a core without it": "aarch32-core aarch32-core-none",
    "a kernel for another architecture": "x86-kernel-arm kernel-linux-x86 kernel-architecture",
    "a port with two owners": "x86-port-twice",
    "a port that reaches the whole machine": "x86-port-machine x86-port-pci",
    "a pin of the I/O APIC with two owners": "x86-pin-twice",
    "what confines DMA, or leads to all PCI functions": "x86-pci-host x86-pci-guarded",
    "a PCI function that is not there, or twice": "x86-pci-functions",
    "a table of messages that cannot be so, or is let through": "x86-pci-msix x86-pci-tables",
    "PCI or an IOMMU that cannot be so": "x86-pci-space x86-pci-buses x86-pci-places x86-pci-none x86-pci-intel",
    "virtualization of an unknown vendor": "x86-vendor-missing x86-vendor-unknown",
    "x86 memory without room for the start block": "x86-memory-base x86-start-block",
    "what means nothing on the architecture": "x86-meaningless board-x86-property",
    "cores in spin tables": "board-spin-table board-spin-mixed board-spin-memory board-spin-power board-enable-method",
    "what is not available yet": "unavailable board-regions",
    "several mistakes in one run": "everything",
}


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule):
    for case in RULES[rule].split():
        assert re.search(r"^// expect: .*: error: ", CASES[case], re.MULTILINE), case


# ---- the planner's messages -----------------------------------------------------------------------------------------

# Passes of `check` and `build`; what verifies, shows or describes has tests of its own.
SOURCES = [
    path
    for path in sorted((ROOT / "src/planner").rglob("*.c"))
    if re.match(r"read|check|tree|property|nodes|signal|load|elf|guest_(file|tree|prune|device)|place|el2|emit|program", path.stem)
    or path.parent.name == "x86"
]
# Nobody's mistake, or not of a file.
UNSEEN = {
    "cannot find my own folder (/proc/self/exe: %s); set BULKHEAD_BUILD": "no /proc",
    "is a corrupt ELF: its program headers cannot be read": "libelf out of memory",
    "cannot write the device tree of partition '%s': %s": "libfdt out of room, which is measured before",
    "internal error: iasl refuses a DSDT: %s%s; report this": "ours",
    "the ACPI tables of partition '%s' take more than %zu bytes": "hundreds of UARTs",
    "the hypervisor with its tables ends at 0x%X, behind 0x%X, the room that it was given; report this": "ours",
    "internal error: the target would refuse this plan with E%02d; report this": "ours",
}


def messages(path):
    """The texts of more than two words that a source holds, except notes on what could be written."""
    source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    source = re.sub(r'"\s*PRI[xXu]64\s*"', "X", source)
    source = re.sub(r'"\s*PRI[xXu]64\b', 'X"', source)
    source = re.sub(r'(?<!\\)"\s*\n\s*"', "", source)
    source = re.sub(r'\.example = "(?:[^"\\]|\\.)*"', "", source)
    texts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)
    texts = [text for text in texts if not re.search("[{}]|ResourceProducer", text)]  # ACPI's language
    return [text.replace(r"\"", '"') for text in texts if text.strip().count(" ") >= 2]


def seen():
    """All that tests expect the planner to say, each Python text in one piece."""
    lines = [line for text in CASES.values() for line in re.findall("^// expect: (.*)", text, re.MULTILINE)]
    files = [path for folder in ("config", "image") for path in (HERE.parent / folder).rglob("*.py")]
    files.remove(pathlib.Path(__file__).resolve())
    tests = re.sub(r"""["']\s*\n\s*f?["']""", "", "\n".join(path.read_text() for path in files))
    return "\n".join(lines) + tests.replace(r"\"", '"')


def test_every_message():
    known = seen()
    missing = []
    for path in SOURCES:
        for text in messages(path):
            pieces = re.split(r"%#?[-.*0-9]*(?:zu|[a-zX])", text)
            if text not in UNSEEN and not re.search(".*".join(re.escape(piece) for piece in pieces), known):
                missing.append(f"{path.name}: {text}")
    assert len(SOURCES) > 25
    assert missing == []
