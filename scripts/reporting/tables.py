# SPDX-License-Identifier: Apache-2.0
"""The tables of a report, each the same for HTML and CSV. Not here: risks and sharing (risks.py), pictures, looks."""

import configparser
import csv
import dataclasses
import io

from .risks import listed, risks, shares
from .system import FIRST_SPI, ROOT, SGIS, STATES, ports_text, size_text

# Kinds of columns: how a cell is shown. CSV has numbers for sizes and 0x... for addresses.
TEXT, OWNER, ADDRESS, SIZE, NUMBER, CODE = "text", "owner", "address", "size", "number", "code"


@dataclasses.dataclass
class Table:
    """`empty`: what to say where there are no rows; `note`: how to read it."""

    key: str
    title: str
    columns: list  # of (heading, kind)
    rows: list
    note: str = ""
    empty: str = "None."


def cell_text(value, kind):
    """As people read it."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "\N{EN DASH}"
    if kind == ADDRESS and isinstance(value, int):
        return f"{value:#011x}"
    return size_text(value) if kind == SIZE else str(value)


def cell_data(value, kind):
    """As programs read it."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    if kind == ADDRESS and isinstance(value, int):
        return hex(value)
    return "" if value is None else value


def csv_text(table):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(f"{heading} (bytes)" if kind == SIZE else heading for heading, kind in table.columns)
    kinds = [kind for _, kind in table.columns]
    writer.writerows([cell_data(value, kind) for value, kind in zip(row, kinds)] for row in table.rows)
    return stream.getvalue()


def owner_of(partition):
    return partition or "nobody"


# ---- what there is ---------------------------------------------------------------------------------------------------


def partitions(system):
    rows = []
    for partition in system.partitions:
        rows.append(
            [
                partition["name"],
                partition["criticality"],
                [core["name"] for core in system.cores_of(partition["name"])],
                sum(window["size"] for window in system.memory_windows(partition)),
                STATES[partition["execution-state"]],
                partition["entry"],
                partition["interrupts-mode"],
                partition["wfi"],
                [partition["on-fault"], partition["on-reset"], partition["on-watchdog"]],
                [name for name in partition["observes"] if name != partition["name"]],
            ]
        )
    columns = [
        ("Partition", OWNER),
        ("Criticality", TEXT),
        ("Cores", TEXT),
        ("Memory", SIZE),
        ("State", TEXT),
        ("Entry", ADDRESS),
        ("Interrupts", TEXT),
        ("WFI", TEXT),
        ("On fault, reset, watchdog", TEXT),
        ("Observes", TEXT),
    ]
    return Table("partitions", "Partitions", columns, rows)


def physical_memory(system):
    rows = [[region.base, region.end - 1, region.size, region.partition or region.label] for region in system.regions()]
    columns = [("From", ADDRESS), ("To", ADDRESS), ("Size", SIZE), ("Owner", OWNER)]
    note = (
        "Every byte of the board's memory is in one row. Golden images are in nobody's map but while a partition is "
        "loaded."
    )
    return Table("physical-memory", "Physical memory", columns, rows, note)


def window_use(system, partition, window):
    if window["kind"] == "memory":
        return "memory"
    if window["kind"] == "cpu-interface":
        return "CPU interface, banked"
    first, end = window["base"], window["base"] + window["size"]
    return listed(
        device["name"]
        for device in system.devices_of(partition["name"])
        for registers in device["registers"]
        if registers["base"] < end and first < registers["base"] + registers["size"]
    )


def guest_memory(system):
    rows = []
    for partition in system.partitions:
        views = [
            [window["guest"], window["size"], "direct", window["base"], window_use(system, partition, window)]
            for window in partition["windows"]
        ] + [[filter_["guest"], filter_["size"], "trapped", None, filter_["kind"]] for filter_ in partition["filters"]]
        rows += [
            [partition["name"], guest, guest + size - 1, size, how, base, what]
            for guest, size, how, base, what in sorted(views)
        ]
    columns = [
        ("Partition", OWNER),
        ("Guest-physical from", ADDRESS),
        ("To", ADDRESS),
        ("Size", SIZE),
        ("Access", TEXT),
        ("Physical from", ADDRESS),
        ("Holds", TEXT),
    ]
    note = (
        "All that a partition can reach. Direct: by its translation tables, without the hypervisor. Trapped: the "
        "hypervisor answers for these registers. Any other address is a fault of that partition."
    )
    return Table("guest-memory", "What each partition reaches", columns, rows, note)


def cores(system):
    rows = [
        [
            core["name"],
            core["compatible"],
            f"{core['mpidr']:#x}",
            owner_of(core["partition"]),
            core.get("virtual"),
            core["log"]["base"] if core["runs-hypervisor"] else None,
            core.get("el2-root"),
        ]
        for core in system.cores
    ]
    columns = [
        ("Core", TEXT),
        ("Kind", TEXT),
        ("Affinity", CODE),
        ("Owner", OWNER),
        ("Virtual core", NUMBER),
        ("Log ring", ADDRESS),
        ("EL2 tables", ADDRESS),
    ]
    note = "A core of nobody is never started, but the board's first, which boots."
    return Table("cores", "Cores", columns, rows, note)


def private_use(system, number):
    known = {system.board["virtual-timer"]: "virtual timer", system.board["physical-timer"]: "physical timer"}
    return known.get(number) or listed(device["name"] for device in system.devices_with(number))


def interrupts(system):
    rows = []
    for partition in system.partitions:
        for number in sorted(set(partition["interrupts"]) - set(SGIS)):
            is_private = number < FIRST_SPI
            use = private_use(system, number) if is_private else listed(d["path"] for d in system.devices_with(number))
            trigger = None if is_private else "edge" if system.is_edge(number) else "level"
            rows.append([number, system.interrupt_text(number), partition["name"], use, trigger])
    rows.sort(key=lambda row: row[0])
    columns = [("Id", NUMBER), ("Name", TEXT), ("Owner", OWNER), ("Source", TEXT), ("Trigger", TEXT)]
    note = "Delivered to the owner's cores by hardware, without the hypervisor. "
    if system.is_x86:
        note += "A partition's interrupts between processors reach its own cores only. Timers belong to their core."
    else:
        note += (
            "SGIs are banked by core; a partition sends them to its own cores only. PPIs belong to their core, and so "
            "to its owner."
        )
    return Table("interrupts", "Interrupts", columns, rows, note)


def devices(system):
    rows = []
    for device in system.devices:
        interrupts_of = [system.interrupt_text(line["id"]) for line in device["interrupts"]]
        for ports in device["ports"]:
            place = f"ports {ports_text(ports)}"
            rows.append(
                [device["path"], device["compatible"], owner_of(device["partition"]), place, None, None, interrupts_of]
            )
        for registers in device["registers"] or [None] * (not device["ports"]):
            moved = registers and device["partition"] and registers["guest"] != registers["base"]
            rows.append(
                [
                    device["path"],
                    device["compatible"],
                    owner_of(device["partition"]),
                    registers and registers["base"],
                    registers and registers["size"],
                    registers["guest"] if moved else None,
                    interrupts_of,
                ]
            )
    columns = [
        ("Device", CODE),
        ("Compatible", CODE),
        ("Owner", OWNER),
        ("Registers", ADDRESS),
        ("Size", SIZE),
        ("Seen at", ADDRESS),
        ("Interrupts", TEXT),
    ]
    note = "A device of nobody is in no partition's map. Seen at: where the guest sees registers that were moved."
    return Table("devices", "Devices", columns, rows, note)


def rate_text(rate):
    for factor, unit in ((10**9, "GHz"), (10**6, "MHz"), (10**3, "kHz")):
        if rate % factor == 0:
            return f"fixed {rate // factor} {unit}"
    return f"fixed {rate} Hz"


def providers(system):
    """References of owned devices, once each, and what takes their place in the partition's tree."""
    rows = {}
    for device in system.devices:
        for item in device["references"] if device["partition"] else ():
            key = (device["partition"], device["path"], item["property"], item["path"])
            streams = [f"{number:#x}" for number in item["arguments"]] if item["property"] == "iommus" else []
            rows.setdefault(key, [*key[:3], item["path"], item["partition"], streams, "as it is"])
    substitutes = {}
    for partition in system.partitions:
        for item in partition["substitutions"]:
            key = (partition["name"], item["node"], item["property"], item["provider"])
            rows.setdefault(key, [*key, item["partition"], [], ""])
            substitutes.setdefault(key, []).append(rate_text(item["rate"]) if "rate" in item else "left out")
    for key, words in substitutes.items():
        rows[key][-1] = listed(dict.fromkeys(words))
    columns = [
        ("Partition", OWNER),
        ("Device", CODE),
        ("Property", CODE),
        ("Provider", CODE),
        ("Its owner", OWNER),
        ("Streams", TEXT),
        ("In the guest's tree", TEXT),
    ]
    note = "What owned devices refer to: clocks, resets, power, IOMMUs. What is another's is replaced or left out."
    empty = "No owned device refers to another one."
    return Table("providers", "Providers and substitutions", columns, list(rows.values()), note, empty)


def channels(system):
    rows = [[channel["name"], channel["endpoints"], channel.get("size")] for channel in system.channels]
    columns = [("Channel", TEXT), ("Ends", OWNER), ("Size", SIZE)]
    empty = "None: no two partitions have memory or a doorbell in common."
    return Table("channels", "Channels", columns, rows, "", empty)


# ---- what follows ----------------------------------------------------------------------------------------------------


def sharing(system):
    rows = [[share.what, share.who, share.why, share.kept_apart] for share in shares(system)]
    columns = [("What", TEXT), ("Who", OWNER), ("Why", TEXT), ("Kept apart by", TEXT)]
    note = "Cores, memory, device registers and interrupts have one owner each: what is left is in these rows."
    return Table("sharing", "Who shares what, and why", columns, rows, note)


def residual(system):
    rows = [
        [f"R{number}", risk.title, risk.who, risk.effect, risk.remedy] for number, risk in enumerate(risks(system), 1)
    ]
    columns = [("", TEXT), ("Risk", TEXT), ("Concerns", OWNER), ("What can happen", TEXT), ("What to do", TEXT)]
    note = "What this configuration leaves open; a row stands here because something in the system calls for it."
    return Table("risks", "Residual risks", columns, rows, note)


def images(system):
    rows = [
        [
            partition["name"],
            image["kind"].replace("-", " "),
            image["guest"],
            image["size"],
            image["fill"],
            image["golden"],
            image["sha256"],
        ]
        for partition in system.partitions
        for image in partition["images"]
    ]
    columns = [
        ("Partition", OWNER),
        ("Image", TEXT),
        ("Loaded to", ADDRESS),
        ("Size", SIZE),
        ("Then zeros", SIZE),
        ("Golden copy", ADDRESS),
        ("SHA-256", CODE),
    ]
    note = "The pieces of kernels, ramdisks and device trees as they lie in the flash image."
    return Table("images", "Image hashes", columns, rows, note)


def mapping(system):
    rows = [
        [
            partition["name"],
            partition["stage2"]["vmid"],
            partition["stage2"]["ipa-bits"],
            partition["stage2"]["root"],
            partition["stage2"]["tables"],
            partition["stage2"]["blocks-1g"],
            partition["stage2"]["blocks-2m"],
            partition["stage2"]["pages-4k"],
        ]
        for partition in system.partitions
    ]
    columns = [
        ("Partition", OWNER),
        ("VMID", NUMBER),
        ("Address bits", NUMBER),
        ("Root", ADDRESS),
        ("Tables", NUMBER),
        ("1 GiB blocks", NUMBER),
        ("2 MiB blocks", NUMBER),
        ("4 KiB pages", NUMBER),
    ]
    note = "Stage-2 translation. Large blocks cost fewer TLB entries; pages are for registers and what is not aligned."
    return Table("mapping", "Block mappings", columns, rows, note)


def hypervisor(system):
    rows = [
        [piece["name"], piece["base"], piece["size"], piece["access"]] for piece in system.hypervisor["pieces"]
    ]
    columns = [("Piece", TEXT), ("From", ADDRESS), ("Size", SIZE), ("EL2 may", CODE)]
    note = "The hypervisor's own memory. No partition's tables lead here; nothing is both writable and executable."
    return Table("hypervisor", "Hypervisor", columns, rows, note)


def budgets(system):
    """Sizes against the limits that the project's tests hold."""
    config = configparser.ConfigParser()
    config.read(ROOT / "tests" / "size.ini", encoding="utf-8")
    architecture = system.board["arch"]
    limits = config[architecture] if config.has_section(architecture) else {}
    pieces = {piece["name"]: piece["size"] for piece in system.hypervisor["pieces"]}
    rows = [
        ["text", pieces["text"], limits.get("text"), "tests/size.ini"],
        ["memory below golden images", system.hypervisor["size"], system.hypervisor["room"], "the plan's room for it"],
        ["golden images, padded", system.hypervisor["golden"]["size"], None, "grows with the guests"],
        ["plan", system.plan["size"], None, "grows with the system"],
        ["image, as flashed", system.plan["image-size"], None, "grows with the guests"],
    ]
    rows = [[what, size, limit and int(limit), where] for what, size, limit, where in rows]
    columns = [("What", TEXT), ("Takes", SIZE), ("Of", SIZE), ("Limit from", TEXT)]
    return Table("budgets", "Budgets", columns, rows)


def free(system):
    unused = [region for region in system.regions() if region.kind == "free"]
    rows = [["memory", f"{region.base:#011x}", size_text(region.size)] for region in unused]
    rows += [["core", core["name"], core["compatible"]] for core in system.cores if not core["partition"]]
    for device in system.devices:
        if not device["partition"]:
            why = "disabled" if device["is-disabled"] else device["unavailable"] and f"it {device['unavailable']}"
            rows.append(["device", device["path"], why or device["compatible"]])
    spare = system.board["spare-interrupts"]
    if spare["count"]:
        last = spare["first"] + spare["count"] - 1
        rows.append(["interrupts", f"{system.interrupt_text(spare['first'])} to {last - FIRST_SPI}", "unwired, for doorbells"])
    columns = [("Resource", TEXT), ("Name", CODE), ("Detail", TEXT)]
    note = "Owned by nobody, and so reached by nobody."
    return Table("free", "Free resources", columns, rows, note)


def remarks(system):
    rows = [remark.split(": ", 2) for remark in system.remarks]
    columns = [("Where", CODE), ("Kind", TEXT), ("Text", TEXT)]
    return Table("remarks", "Remarks of the planner", columns, rows, "", "None.")


def all_tables(system):
    makers = (
        partitions,
        physical_memory,
        guest_memory,
        cores,
        interrupts,
        devices,
        providers,
        channels,
        sharing,
        residual,
        images,
        mapping,
        hypervisor,
        budgets,
        free,
        remarks,
    )
    return {table.key: table for table in (make(system) for make in makers)}
