# SPDX-License-Identifier: Apache-2.0
"""What partitions share and why, and which risks are left: both follow from the configuration.

A row appears where the system has what it speaks of, and names who is concerned. The general words are those of
docs/caveats.md.
"""

import dataclasses
import re

from .system import FIRST_SPI

EVERYBODY = "all partitions"


@dataclasses.dataclass(frozen=True)
class Share:
    what: str
    who: list
    why: str
    kept_apart: str


@dataclasses.dataclass(frozen=True)
class Risk:
    title: str
    who: list
    effect: str
    remedy: str


def names(partitions):
    return [partition["name"] for partition in partitions]


def listed(words):
    words = list(words)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else "nobody"


# ---- sharing ---------------------------------------------------------------------------------------------------------


def share_controller(system):
    gic = system.board["gic"]
    owners = names(system.partitions)
    if len(owners) > 1:
        yield Share(
            f"{'I/O APIC' if system.is_x86 else 'interrupt distributor'} at {gic['distributor']['base']:#x}",
            owners,
            "the board has one",
            "every access traps; a partition reads and writes "
            f"{'its own pins' if system.is_x86 else 'the bits of its own interrupts'} only",
        )
    if gic["version"] == 2 and len(owners) > 1:
        yield Share(
            f"CPU interface at {gic['cpu-interface']['base']:#x}",
            owners,
            "a GICv2 has one address for all cores",
            "banked by hardware: each core reaches its own",
        )


def share_iommu(system):
    functions = [device for device in system.devices if device["function"] and device["partition"]]
    confined = [device for device in functions if device["function"]["confined"]]
    if confined:
        yield Share(
            "IOMMU",
            sorted({device["partition"] for device in confined}),
            f"{listed(device['path'] for device in confined)} can write by themselves",
            "a function reaches its owner's memory; its interrupts, remapped, its owner's cores only",
        )


def share_providers(system):
    """What devices of several owners name: clocks, resets, regulators."""
    users, owners = {}, {}
    for device in system.devices:
        for reference in device["references"] if device["partition"] else ():
            users.setdefault(reference["path"], {}).setdefault(device["partition"], set()).add(reference["property"])
            owners[reference["path"]] = reference["partition"]
    has_registers = {device["path"] for device in system.devices if device["registers"]}
    for path, by in sorted(users.items()):
        owner = owners[path]
        if len(by) < 2 and owner in (None, *by):
            continue
        kinds = listed(sorted({name for properties in by.values() for name in properties}))
        if owner:
            kept = f"owned by {owner}; the others have no access to it and see what stands under substitutions"
        elif path in has_registers:
            kept = "nobody owns it: it stays as firmware left it"
        else:
            kept = "it has no registers: there is nothing to change"
        yield Share(path, sorted({*by, owner} - {None}), f"their devices name it as {kinds}", kept)


def share_clusters(system):
    clusters = {}
    # cores made for several threads (MPIDR.MT) have the thread's number in the lowest byte, and clusters a byte higher
    shift = 8 if any(core["mpidr"] & 0xFF for core in system.cores) else 16
    for core in system.cores:
        if core["partition"]:
            clusters.setdefault(core["mpidr"] >> shift, []).append(core)
    for affinity, cores in sorted(clusters.items()):
        owners = sorted({core["partition"] for core in cores})
        if len(owners) > 1:
            yield Share(
                f"caches of cluster {affinity:#x}",
                owners,
                f"{listed(core['name'] for core in cores)} are in one cluster",
                "contents by stage 2; time and capacity are not kept apart",
            )


def share_rest(system):
    console = [device for device in system.devices if device["is-console"] and device["partition"]]
    for device in console:
        yield Share(
            f"UART {device['path']}",
            ["hypervisor", device["partition"]],
            "the board's console",
            f"in turn: the hypervisor writes to it only until {device['partition']} starts",
        )
    for partition in system.partitions:
        others = [name for name in partition["observes"] if name != partition["name"]]
        if others:
            yield Share(
                f"state and exit counters of {listed(others)}",
                [partition["name"], *others],
                f"`observes` of {partition['name']}",
                "read-only, a hypercall that copies numbers",
            )
    for channel in system.channels:
        yield Share(f"channel {channel['name']}", channel["endpoints"], "declared as a channel", "as declared")
    if len(system.partitions) > 1:
        yield Share(
            "memory controller and interconnect",
            names(system.partitions),
            "the board has one",
            "contents by stage 2; bandwidth is not kept apart",
        )


def shares(system):
    return [share for find in (share_controller, share_iommu, share_providers, share_clusters, share_rest) for share in find(system)]


# ---- risks -----------------------------------------------------------------------------------------------------------


def risk_end_of_interrupt(system):
    if system.is_x86:  # the end of an interrupt is a local APIC's own affair
        return
    direct = [partition for partition in system.partitions if partition["interrupts-mode"] == "direct"]
    for partition in direct:
        foreign = [
            f"{system.interrupt_text(number)} of {other['name']}"
            for other in system.partitions
            for number in other["interrupts"]
            if other is not partition and number >= FIRST_SPI
        ]
        if foreign:
            yield Risk(
                "End of a foreign interrupt",
                [partition["name"]],
                f"{partition['name']} takes its interrupts directly, and can end one that is active elsewhere: "
                f"{listed(foreign)}. A level-triggered one fires again early; none is lost.",
                "interrupts-mode = \"mediated\", once available; or trust the partition",
            )


def risk_sleep(system):
    if system.is_x86:  # an NMI wakes a core from whatever its guest has made of it
        return
    for partition in system.partitions:
        if partition["wfi"] != "native":
            continue
        supervisors = [other["name"] for other in system.partitions if partition["name"] in other["supervises"]]
        cores = listed(core["name"] for core in system.cores_of(partition["name"]))
        if supervisors:
            effect = (
                f"{partition['name']} is supervised by {listed(supervisors)}, but can put {cores} to sleep for good: "
                "it is then stopped, and cannot be restarted."
            )
        else:
            effect = (
                f"{partition['name']} can put {cores} to sleep so that nothing wakes them. It harms itself only; "
                "stopped, its cores stay asleep until the board is reset."
            )
        yield Risk("A core that will not wake", [partition["name"]], effect, 'wfi = "trap", 5 instructions a wake-up')


def risk_dma(system):
    masters = set()
    for remark in system.remarks:
        found = re.search(r"partition '([^']*)': the DMA of (\S+)", remark)
        if found:
            masters.add(found.groups())
            yield Risk(
                "DMA without an IOMMU",
                [found[1]],
                f"{found[2]} is a bus master: programmed wrongly, it reads and writes all memory, the hypervisor's "
                "too.",
                f"leave {found[2]} out, or trust {found[1]}",
            )
    for partition in system.partitions:
        devices = system.devices_of(partition["name"])
        others = [
            device["name"]
            for device in devices
            if device["registers"] and not device["is-uart"] and not device["function"]
            and (partition["name"], device["name"]) not in masters
        ]
        if others:
            yield Risk(
                "Bus masters are known by their description",
                [partition["name"]],
                f"Nothing in the board's tree says that {listed(others)} can do DMA. If it can all the same, it is not "
                "confined.",
                "confirm with the chip's manual",
            )


def risk_messages(system):
    """A message is a write: who can make any can make those that are interrupts."""
    for partition in system.partitions:
        functions = [device for device in system.devices_of(partition["name"]) if device["function"]]
        free = [device["name"] for device in functions if not device["function"]["confined"]]
        if free:
            yield Risk(
                "MSI not contained",
                [partition["name"]],
                f"Nothing remaps the interrupts of {listed(free)}: programmed wrongly, they reach any core, as any kind.",
                f"an IOMMU that remaps; leave {listed(free)} out, or trust {partition['name']}",
            )


def risk_providers(system):
    for partition in system.partitions:
        by_owner = {}
        for item in partition["substitutions"]:
            if item["partition"]:
                by_owner.setdefault(item["partition"], set()).add(item["provider"])
        for owner, paths in sorted(by_owner.items()):
            yield Risk(
                "A provider in another's hands",
                [partition["name"], owner],
                f"{owner} can change or switch off {listed(sorted(paths))}, on which devices of {partition['name']} "
                "depend.",
                f"give the provider to {partition['name']}, or trust {owner}",
            )


def risk_state(system):
    for partition in system.partitions:
        if partition["execution-state"] == "aarch32":
            yield Risk(
                "AArch32 accesses without a syndrome",
                [partition["name"]],
                "A load or store of several registers, or with writeback, done to an interrupt controller's register "
                "stops the partition: only A64 instructions are decoded.",
                "plain loads and stores in its interrupt code",
            )
    ends = [
        partition["name"]
        for partition in system.partitions
        if "stop" in (partition["on-reset"], partition["on-fault"])
    ]
    if ends:
        yield Risk(
            "No restart",
            ends,
            "A partition that resets itself or faults stays stopped until the board is reset.",
            "a supervising partition and restart, once available",
        )


def risk_time(system):
    labels = {partition["criticality"] for partition in system.partitions}
    if len(system.partitions) > 1:
        mixed = f", here by partitions of different criticality: {listed(sorted(label or 'none' for label in labels))}"
        yield Risk(
            "Shared time",
            names(system.partitions),
            "Caches, memory bandwidth, interconnect and broadcasts of TLB maintenance are shared"
            f"{mixed if len(labels) > 1 else ''}. A partition can slow another one down; it cannot stop it.",
            "measure with all partitions under load",
        )


def risk_boot(system):
    yield Risk(
        "Trust in the loader",
        [EVERYBODY],
        "On the target the plan is checked by CRC-32, which finds corruption and not attack; golden images are not "
        "checked. Memory is not scrubbed before the first start: a partition may find there what firmware left.",
        "signed boot of this image; compare the hash in the boot log with this report's",
    )
    if system.board["qemu"]:
        yield Risk(
            "Emulation",
            [EVERYBODY],
            f"The board {system.board['name']} is a model in QEMU: caches, speculation and bus errors were not there "
            "to be tried.",
            "repeat the tests on the hardware",
        )


def risks(system):
    found = (risk_end_of_interrupt, risk_sleep, risk_dma, risk_messages)
    found += (risk_providers, risk_state, risk_time, risk_boot)
    return [risk for find in found for risk in find(system)]
