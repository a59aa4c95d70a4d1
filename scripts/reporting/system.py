# SPDX-License-Identifier: Apache-2.0
"""A described system with what follows from it: regions of memory, free resources, owners of interrupts.

Not here: what people are told about it (tables.py, risks.py), how it looks.
"""

import dataclasses
import json
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FORMAT = 1
SGIS = range(16)
STATES = {"aarch64": "AArch64", "aarch32": "AArch32", "x86-64": "x86-64"}
FIRST_SPI = 32


class DescriptionError(Exception):
    """What is wrong, in one line; empty when the planner has said it already."""


def ports_text(ports):
    """0x3f8-0x3ff."""
    return f"{ports['base']:#x}-{ports['base'] + ports['size'] - 1:#x}"


@dataclasses.dataclass(frozen=True)
class Region:
    """A stretch of physical memory. `kind`: hypervisor, reserved, golden, partition or free."""

    base: int
    size: int
    kind: str
    label: str
    partition: str | None = None

    @property
    def end(self):
        return self.base + self.size


def size_text(size):
    """Exactly, in the largest unit that divides it: 768 MiB, 1598 bytes, 30 481 424 bytes."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
    digits = f"{size:,}".replace(",", " ") if size >= 10000 else str(size)
    return f"{digits} byte{'' if size == 1 else 's'}"


def size_rounded(size):
    """At most three digits, for pictures."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << shift:
            number = size / (1 << shift)
            return f"{number:.0f} {unit}" if number >= 100 or number == int(number) else f"{number:.1f} {unit}"
    return size_text(size)


def interrupt_text(number, arch="armv8"):
    """As devicetrees and people count: SPI 1 is id 33, and so is pin 1."""
    if arch == "x86":
        return f"pin {number - FIRST_SPI}"
    if number < 16:
        return f"SGI {number}"
    return f"PPI {number - 16}" if number < FIRST_SPI else f"SPI {number - FIRST_SPI}"


def addresses(value):
    """The same data with numbers for texts like "0x40200000"."""
    if isinstance(value, dict):
        return {key: addresses(member) for key, member in value.items()}
    if isinstance(value, list):
        return [addresses(member) for member in value]
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            return value
    return value


class System:
    """The description's members as attributes, numbers for addresses."""

    def __init__(self, data, evidence=()):
        texts = ("file", "remarks")
        data = {key: value if key in texts else addresses(value) for key, value in data.items()}
        self.name = Path(data["file"]).stem
        self.file = Path(data["file"]).name
        self.plan = data["plan"]
        self.board = data["board"]
        self.cores = data["cores"]
        self.devices = data["devices"]
        self.partitions = data["partitions"]
        self.channels = data.get("channels", [])
        self.hypervisor = data["hypervisor"]
        self.remarks = data["remarks"]
        self.evidence = list(evidence)  # what `verify` said of the image
        self._by_owner, self._by_interrupt = {}, {}
        for device in self.devices:
            self._by_owner.setdefault(device["partition"], []).append(device)
            for number in sorted({line["id"] for line in device["interrupts"]}):
                self._by_interrupt.setdefault(number, []).append(device)

    @property
    def is_x86(self):
        return self.board["arch"] == "x86"

    def interrupt_text(self, number):
        return interrupt_text(number, self.board["arch"])

    def devices_of(self, name):
        return self._by_owner.get(name, [])

    def cores_of(self, name):
        return sorted(
            (core for core in self.cores if core["partition"] == name), key=lambda core: core.get("virtual", 0)
        )

    def devices_with(self, number):
        return self._by_interrupt.get(number, [])

    def is_edge(self, number):
        lines = [line for device in self.devices_with(number) for line in device["interrupts"]]
        return any(line["edge"] for line in lines if line["id"] == number)

    def memory_windows(self, partition):
        return [window for window in partition["windows"] if window["kind"] == "memory"]

    def taken(self):
        """Regions that somebody has, ascending."""
        golden = self.hypervisor["golden"]
        start = self.board["load-address"]
        end = start + self.hypervisor["size"]
        regions = [Region(start, self.hypervisor["size"], "hypervisor", "hypervisor")]
        if end < golden["base"]:
            regions.append(Region(end, golden["base"] - end, "reserved", "reserved for the hypervisor"))
        if golden["size"]:
            regions.append(Region(golden["base"], golden["size"], "golden", "golden images"))
        for partition in self.partitions:
            for window in self.memory_windows(partition):
                regions.append(
                    Region(window["base"], window["size"], "partition", partition["name"], partition["name"])
                )
        return sorted(regions, key=lambda region: region.base)

    def regions(self):
        """All of the board's memory, ascending, with what is free."""
        regions = []
        for memory in self.board["memory"]:
            at, end = memory["base"], memory["base"] + memory["size"]
            for region in self.taken():
                if not memory["base"] <= region.base < end:
                    continue
                if region.base > at:
                    regions.append(Region(at, region.base - at, "free", "free"))
                regions.append(region)
                at = region.end
            if at < end:
                regions.append(Region(at, end - at, "free", "free"))
        return regions

    def contents(self, partition):
        """(guest address, size, label) of what lies in a partition's memory when it starts, ascending."""
        found = []
        for image in partition["images"]:
            found.append((image["guest"], image["size"] + image["fill"], image["kind"].replace("-", " ")))
        return sorted(found)


def run_planner(*arguments):
    """Its standard output; its messages go where ours go."""
    program = os.environ.get("BULKHEAD_PROGRAM") or str(ROOT / "build" / "bulkhead")
    try:
        result = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise DescriptionError(f"cannot start {program}: {error.strerror}; build it first: make planner") from None
    if result.returncode != 0:
        raise DescriptionError("")
    return result.stdout


def read_description(path):
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DescriptionError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise DescriptionError(f"{path} is no JSON, as `bulkhead build FILE.dts --json` writes it") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DescriptionError(f"{path} is no description of a system in format {FORMAT}")
    return data


def load(file, folders=(), image=None, verifies=False):
    """The system of FILE.dts, or of a description FILE.json.

    `verifies`: its image, or the one that is given, is verified, and must be the one that is described.
    """
    if str(file).endswith(".json"):
        if image:
            raise DescriptionError("an image can be verified with a FILE.dts, not with a description")
        return System(read_description(file))
    options = [word for folder in folders for word in ("-I", folder)]
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
        description = Path(folder) / "description"
        output = ["-o", f"{folder}/image"] if verifies and not image else []
        run_planner("build", file, "--json", str(description), *output, *options)
        data = read_description(description)
        evidence = []
        if verifies:
            evidence = run_planner("verify", image or f"{folder}/image", file, *options).splitlines()
    system = System(data, evidence)
    if verifies and not any(system.plan["sha256"] in line for line in evidence):
        raise DescriptionError(f"{image} is not the image of {file} as it is today: its plan has another hash")
    return system
