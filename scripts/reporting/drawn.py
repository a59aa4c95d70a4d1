# SPDX-License-Identifier: Apache-2.0
"""The map of a system as text, at most 100 columns wide. Not here: the report (page.py)."""

from .picture import guest_windows
from .system import FIRST_SPI, SGIS, STATES, ports_text, size_rounded, size_text

COLUMNS = 100
BOX = 28


def wrap(head, words, indent):
    """`head` and words behind it, in lines of at most COLUMNS."""
    lines = [head]
    for i, word in enumerate(words):
        word += "," if i + 1 < len(words) else ""
        if len(lines[-1]) + 1 + len(word) > COLUMNS and lines[-1].strip():
            lines.append(" " * (indent - 1))
        lines[-1] += f" {word}"
    return lines


def cut(text, width):
    return text if len(text) <= width else text[: width - 1] + "~"


def rows_of(size):
    """Lines of a box: a line more for each factor of sixteen above 16 MiB."""
    rows = 1
    while size >= 1 << (24 + 4 * (rows - 1)) and rows < 6:
        rows += 1
    return rows


def physical(system):
    """Boxes, low addresses on top. Regions that do not touch are memory apart."""
    rule = f"  {{:11}} +{'-' * BOX}+"
    lines, end = [], None
    for region in system.regions():
        if region.base != end and end is not None:
            lines += [rule.format(""), ""]
        lines.append(rule.format(f"{region.base:#011x}"))
        words = [region.label, *[""] * (rows_of(region.size) - 1)]
        for i, word in enumerate(words):
            size = f"  {size_rounded(region.size)}" if i == 0 else ""
            lines.append(f"  {'':11} | {cut(word, BOX - 2):{BOX - 2}} |{size}")
        end = region.end
    return [*lines, rule.format(f"{end - 1:#011x}")]


def reach_lines(system, partition):
    """What a partition sees at which address, and where that lies."""
    rows = [(guest, base, name, None) for guest, base, name in guest_windows(system, partition)]
    for window in system.memory_windows(partition):
        rows.append((window["guest"], window["base"], "memory", window["size"]))
    lines = []
    for guest, base, name, size in sorted(rows, key=lambda row: row[0]):
        if base is None:
            lines.append(f"  {guest:#011x}  trapped        {name}")
            continue
        lines.append(cut(f"  {guest:#011x}  at {base:#011x} {name}{f', {size_text(size)}' if size else ''}", COLUMNS))
        if size:
            for at, length, what in system.contents(partition):
                if guest <= at < guest + size:
                    lines.append(f"    {at:#011x}  {what}, {size_text(length)}")
    return lines


def partition_lines(system, partition):
    cores = [f"{core['name']} as {core['virtual']}" for core in system.cores_of(partition["name"])]
    numbers = sorted(set(partition["interrupts"]) - set(SGIS))
    private = [system.interrupt_text(number) for number in numbers if number < FIRST_SPI]
    shared = [
        f"{system.interrupt_text(number)} ({', '.join(device['name'] for device in system.devices_with(number))})"
        for number in numbers
        if number >= FIRST_SPI
    ]
    stage2 = partition["stage2"]
    state = STATES[partition["execution-state"]]
    label = partition["criticality"] or "no criticality"
    lines = [f"{partition['name']}: {label}, {state}, entry {partition['entry']:#x}"]
    lines += wrap("  cores      ", cores, 14)
    lines += wrap("  interrupts ", ["own IPIs" if system.is_x86 else "own SGIs", *private, *shared], 14)
    ports = [f"{ports_text(it)} ({device['name']})" for device in system.devices_of(partition["name"]) for it in device["ports"]]
    if ports:
        lines += wrap("  ports      ", ports, 14)
    lines.append(
        f"  mapped by   {stage2['blocks-1g']} x 1 GiB, {stage2['blocks-2m']} x 2 MiB, {stage2['pages-4k']} x 4 KiB"
    )
    observed = [name for name in partition["observes"] if name != partition["name"]]
    if observed:
        lines += wrap("  observes   ", observed, 14)
    return [*lines, *reach_lines(system, partition)]


def free_lines(system):
    names = [core["name"] for core in system.cores if not core["partition"]]
    names += [device["name"] for device in system.devices if not device["partition"]]
    return wrap("nobody's:", names, 11) if names else []


def draw(system):
    lines = [f"{system.name} on {system.board['name']}", f"plan {system.plan['sha256']}", ""]
    lines += physical(system)
    for partition in system.partitions:
        lines += ["", *partition_lines(system, partition)]
    free = free_lines(system)
    return "\n".join([*lines, *([""] if free else []), *free]) + "\n"
