#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead map` and `bulkhead report` say: facts of shipped systems, text and CSV to the letter, bad input.

Not here: how the report looks (test_page.py), the description that both are made from (tests/image/test_describe.py).
"""

import csv
import json
import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
HASH = re.compile(r"\b[0-9a-f]{64}\b")


def describe(systems, name):
    result = systems.run("build", systems.paths[name], "--json", "-")
    assert result.returncode == 0
    return json.loads(result.stdout)


def rows(folder, name):
    with open(folder / f"{name}.csv", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


# ---- the description of shipped systems ------------------------------------------------------------------------------


def test_rtos_rtos(systems):
    system = describe(systems, "rtos-rtos")
    assert [core["partition"] for core in system["cores"]] == ["steering", "brakes", None, None]
    steering, brakes = system["partitions"]
    for partition, uart, line in ((steering, "0x9000000", 33), (brakes, "0x9040000", 40)):
        assert partition["criticality"] == "ASIL-D"
        assert partition["interrupts"] == [*range(16), 27, 30, line]
        windows = [(w["kind"], w["guest"], w["base"], w["size"]) for w in partition["windows"]]
        base = {"steering": "0x40600000", "brakes": "0x40e00000"}[partition["name"]]
        assert windows == [("memory", "0x40000000", base, 0x800000), ("device", "0x9000000", uart, 0x1000)]
        assert partition["stage2"]["blocks-2m"] == 4
    assert "device-tree" not in steering


def test_ivi_rtos(systems):
    system = describe(systems, "ivi-rtos")
    ivi, rtos = system["partitions"]
    assert (ivi["cores"], rtos["cores"]) == (["cpu@0", "cpu@1"], ["cpu@2"])
    assert (ivi["criticality"], rtos["criticality"]) == ("QM", "ASIL-D")
    assert [image["kind"] for image in ivi["images"]] == ["kernel", "ramdisk", "device-tree"]
    assert ivi["device-tree"] == ivi["images"][2]["guest"] == "0x40000000"
    assert (ivi["stage2"]["blocks-1g"], ivi["stage2"]["blocks-2m"], ivi["stage2"]["pages-4k"]) == (0, 384, 1)
    assert [device["partition"] for device in system["devices"]] == ["ivi", "rtos", None]


# ---- CSV and text ----------------------------------------------------------------------------------------------------


def test_guest_memory(systems):
    assert rows(systems.report("ivi-rtos"), "guest-memory") == [
        ["Partition", "Guest-physical from", "To", "Size (bytes)", "Access", "Physical from", "Holds"],
        ["ivi", "0x8000000", "0x800ffff", "65536", "trapped", "", "distributor"],
        ["ivi", "0x80a0000", "0x80dffff", "262144", "trapped", "", "redistributors"],
        ["ivi", "0x9000000", "0x9000fff", "4096", "direct", "0x9000000", "serial@9000000"],
        ["ivi", "0x40000000", "0x6fffffff", "805306368", "direct", "0x40600000", "memory"],
        ["rtos", "0x8000000", "0x800ffff", "65536", "trapped", "", "distributor"],
        ["rtos", "0x80a0000", "0x80bffff", "131072", "trapped", "", "redistributors"],
        ["rtos", "0x9000000", "0x9000fff", "4096", "direct", "0x9040000", "serial@9040000"],
        ["rtos", "0x40000000", "0x407fffff", "8388608", "direct", "0x70600000", "memory"],
    ]


def test_free(systems):
    assert rows(systems.report("ivi-rtos"), "free")[1:] == [
        ["memory", "0x040000000", "2 MiB"],
        ["memory", "0x070e00000", "1266 MiB"],
        ["core", "cpu@3", "arm,cortex-a53"],
        ["device", "/rtc@9010000", "arm,pl031"],
        ["interrupts", "SPI 96 to 127", "unwired, for doorbells"],
    ]


def test_interrupts(systems):
    assert rows(systems.report("shared"), "interrupts")[1:] == [
        *(["27", "PPI 11", name, "virtual timer", ""] for name in ("gateway", "cluster", "legacy")),
        *(["30", "PPI 14", name, "physical timer", ""] for name in ("gateway", "cluster", "legacy")),
        ["33", "SPI 1", "gateway", "/serial@9000000", "level"],
        ["34", "SPI 2", "cluster", "/rtc@9010000", "level"],
        ["40", "SPI 8", "cluster", "/serial@9040000", "level"],
        ["82", "SPI 50", "gateway", "/ethernet@b000000", "edge"],
    ]


def test_providers(systems):
    taken = ["cluster", "/serial@9040000", "clocks", "/clock-controller@a000000", "gateway", ""]
    assert rows(systems.report("shared"), "providers")[1:] == [
        ["gateway", "/serial@9000000", "clocks", "/clock-24mhz", "", "", "as it is"],
        [*taken, "fixed 24 MHz and fixed 100 MHz"],
        ["cluster", "/rtc@9010000", "clocks", "/clock-24mhz", "", "", "as it is"],
    ]


@pytest.mark.parametrize("name", ["ivi-rtos", "shared", "synthetic"])
def test_physical_memory(systems, name):
    """Row by row without a gap or an overlap: every byte of the board's memory has one line."""
    table = rows(systems.report(name), "physical-memory")[1:]
    spans = [(int(first, 16), int(last, 16)) for first, last, _, _ in table]
    memory = [(int(part["base"], 16), part["size"]) for part in describe(systems, name)["board"]["memory"]]
    assert sum(int(size) for _, _, size, _ in table) == sum(size for _, size in memory)
    for (_, last), (first, _) in zip(spans, spans[1:]):
        assert first == last + 1 or first in [base for base, _ in memory]
    assert all(int(size) == last - first + 1 for (first, last), (_, _, size, _) in zip(spans, table))


def test_same_hash(systems):
    """Image hashes, and the plan's hash on the page, are those of the image."""
    system = describe(systems, "ivi-rtos")
    images = [image["sha256"] for partition in system["partitions"] for image in partition["images"]]
    assert [row[6] for row in rows(systems.report("ivi-rtos"), "images")[1:]] == images
    assert system["plan"]["sha256"] in (systems.report("ivi-rtos") / "report.html").read_text()


def test_map(systems):
    """To the letter, but for the hash, which every change of the plan's format changes."""
    result = systems.run("map", systems.paths["rtos-rtos"])
    assert (result.stderr, result.returncode) == ("", 0)
    assert HASH.sub("HASH", result.stdout) == (HERE / "rtos-rtos.txt").read_text()


@pytest.mark.parametrize("name", ["ivi-rtos", "linux-linux", "shared", "synthetic"])
def test_map_width(systems, name):
    lines = systems.run("map", systems.paths[name]).stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line.isascii() and line == line.rstrip() for line in lines)


# ---- risks and sharing -----------------------------------------------------------------------------------------------


def risks(folder):
    return [(title, concerned) for _, title, concerned, _, _ in rows(folder, "risks")[1:]]


def test_risks(systems):
    assert risks(systems.report("shared")) == [
        ("End of a foreign interrupt", "gateway"),
        ("End of a foreign interrupt", "cluster"),
        ("End of a foreign interrupt", "legacy"),
        ("A core that will not wake", "gateway"),
        ("A core that will not wake", "legacy"),
        ("DMA without an IOMMU", "gateway"),
        ("Bus masters are known by their description", "gateway"),
        ("Bus masters are known by their description", "cluster"),
        ("A provider in another's hands", "cluster gateway"),
        ("AArch32 accesses without a syndrome", "legacy"),
        ("No restart", "gateway cluster legacy"),
        ("Shared time", "gateway cluster legacy"),
        ("Trust in the loader", "all partitions"),
        ("Emulation", "all partitions"),
    ]


def test_risks_follow(systems, tmp_path):
    """A row is there because of what the configuration says: one partition that traps WFI leaves little."""
    text = systems.paths["rtos-rtos"].read_text()
    one = text[: text.index("\t\tbrakes:")] + "\t};\n};\n"
    (tmp_path / "one.dts").write_text(one.replace("criticality", 'wfi = "trap"; criticality'))
    result = systems.run("report", tmp_path / "one.dts", "-o", tmp_path / "report")
    assert (result.stderr, result.returncode) == ("", 0)
    titles = [title for title, _ in risks(tmp_path / "report")]
    assert titles == ["No restart", "Trust in the loader", "Emulation"]
    assert [row[0] for row in rows(tmp_path / "report", "sharing")[1:]] == ["UART /serial@9000000"]


def test_supervised(systems, tmp_path):
    """A description of what is not available yet: a supervised partition with native WFI cannot be restarted."""
    system = describe(systems, "ivi-rtos")
    system["partitions"][1]["supervises"] = ["ivi"]
    (tmp_path / "supervised.json").write_text(json.dumps(system))
    systems.run("report", tmp_path / "supervised.json", "-o", tmp_path)
    (effect,) = [row[3] for row in rows(tmp_path, "risks") if row[1:3] == ["A core that will not wake", "ivi"]]
    assert effect.startswith("ivi is supervised by rtos, but can put cpu@0 and cpu@1 to sleep for good")


def test_pci(systems, tmp_path):
    """What an IOMMU confines is no risk; without one, each partition with a bus master is named with its functions."""
    system = describe(systems, "pci-x86")
    table = {row[0]: row[1:] for row in rows(systems.report("pci-x86"), "sharing")[1:]}
    assert table["IOMMU"][0] == "back front"
    assert "its interrupts, remapped, its owner's cores only" in table["IOMMU"][2]
    titles = [title for title, _ in risks(systems.report("pci-x86"))]
    assert not {"MSI not contained", "DMA without an IOMMU", "Bus masters are known by their description"} & {*titles}
    kinds = [row[-1] for row in rows(systems.report("pci-x86"), "guest-memory") if row[0] == "back" and row[4] == "trapped"]
    assert kinds == ["pci-configuration", "msi-x", "msi-x", "io-apic"]
    messages = {device["name"]: device["function"]["messages"] for device in system["devices"] if device["function"]}
    assert messages == {"nvme@3,0": 65, "plain@5,0": 0, "first@6,0": 4, "second@7,0": 256}

    for device in system["devices"]:
        if device["function"] and device["partition"] == "back":
            device["function"]["confined"] = False
    (tmp_path / "free.json").write_text(json.dumps(system))
    systems.run("report", tmp_path / "free.json", "-o", tmp_path)
    (effect,) = [row[3] for row in rows(tmp_path, "risks") if row[1:3] == ["MSI not contained", "back"]]
    assert effect.startswith("Nothing remaps the interrupts of first@6,0 and second@7,0")


def test_sharing(systems):
    assert [row[:2] for row in rows(systems.report("shared"), "sharing")[1:]] == [
        ["interrupt distributor at 0x8000000", "gateway cluster legacy"],
        ["/clock-24mhz", "cluster gateway"],
        ["/clock-controller@a000000", "cluster gateway"],
        ["caches of cluster 0x0", "cluster gateway legacy"],
        ["UART /serial@9000000", "hypervisor gateway"],
        ["state and exit counters of gateway", "cluster gateway"],
        ["memory controller and interconnect", "gateway cluster legacy"],
    ]


def test_clusters(systems, tmp_path):
    """Cores made for several threads count in the second byte: 0, 0x100, ... are one cluster."""
    system = describe(systems, "rtos-rtos")
    for affinities, shared in (((0, 1, 0x100, 0x101), "0x0"), ((0, 0x100, 0x200, 0x300), "0x0"), ((0, 0x100, 1, 0x101), "")):
        for core, affinity in zip(system["cores"], affinities):
            core["mpidr"] = hex(affinity)
        (tmp_path / "system.json").write_text(json.dumps(system))
        systems.run("report", tmp_path / "system.json", "-o", tmp_path)
        found = [row[0] for row in rows(tmp_path, "sharing") if row[0].startswith("caches")]
        assert found == ([f"caches of cluster {shared}"] if shared else [])


# ---- images and bad input --------------------------------------------------------------------------------------------


def build(systems, name, image):
    assert systems.run("build", systems.paths[name], "-o", image).returncode == 0
    return image


def test_image(systems, tmp_path):
    image = build(systems, "rtos-rtos", tmp_path / "image")
    folder = tmp_path / "report"
    for arguments in ((image, "-o", folder), ("-o", folder, image)):
        result = systems.run("report", systems.paths["rtos-rtos"], *arguments)
        assert (result.stderr, result.returncode) == ("", 0)
        assert "not verified" not in (folder / "report.html").read_text()


@pytest.mark.parametrize("name", ["rtos-rtos", "pci-x86"])
def test_image_of_its_own(systems, tmp_path, name):
    """None is given: the one that is built is verified, on each architecture."""
    result = systems.run("report", systems.paths[name], "-o", tmp_path / "report")
    assert (result.stderr, result.returncode) == ("", 0)
    assert "not verified" not in (tmp_path / "report" / "report.html").read_text()


def test_other_image(systems, tmp_path):
    """An intact image of something else, or of a configuration that was edited since."""
    image = build(systems, "rtos-rtos", tmp_path / "image")
    edited = tmp_path / "rtos-rtos.dts"
    edited.write_text(systems.paths["rtos-rtos"].read_text().replace("ASIL-D", "ASIL-B"))
    result = systems.run("report", edited, image, "-o", tmp_path / "report")
    assert result.returncode == 0  # a label, of which the plan knows nothing
    edited.write_text(systems.paths["rtos-rtos"].read_text().replace("0x00800000", "0x00400000"))
    result = systems.run("report", edited, image, "-o", tmp_path / "edited")
    assert result.returncode == 1
    assert f"{image}: error: " in result.stderr
    assert not (tmp_path / "edited").exists()


def test_corrupt_image(systems, tmp_path):
    image = build(systems, "rtos-rtos", tmp_path / "image")
    content = bytearray(image.read_bytes())
    content[0x3000] ^= 1
    image.write_bytes(content)
    result = systems.run("report", systems.paths["rtos-rtos"], image, "-o", tmp_path / "report")
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{image}: error: " in result.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("command", ["map", "report"])
@pytest.mark.parametrize(
    "content, message",
    [
        (None, "cannot read {file}: No such file or directory"),
        ("{", "{file} is no JSON, as `bulkhead build FILE.dts --json` writes it"),
        ("[]", "{file} is no description of a system in format 1"),
        ('{"format": 2}', "{file} is no description of a system in format 1"),
        ('{"format": 1}', "the description lacks 'file'"),
    ],
)
def test_bad_description(systems, tmp_path, command, content, message):
    file = tmp_path / "bad.json"
    if content:
        file.write_text(content)
    result = systems.run(command, file)
    assert (result.stdout, result.returncode) == ("", 1)
    assert result.stderr == f"bulkhead: error: {message.format(file=file)}\n"


def test_bad_system(systems, tmp_path):
    """The planner's own messages, and no other."""
    text = systems.paths["rtos-rtos"].read_text().replace("<&cpu1>", "<&cpu0>")
    (tmp_path / "wrong.dts").write_text(text)
    for command in (["map"], ["report", "-o", tmp_path / "report"]):
        result = systems.run(*command, tmp_path / "wrong.dts")
        assert (result.stdout, result.returncode) == ("", 1)
        (line,) = result.stderr.splitlines()
        assert "wrong.dts:20: error: " in line and "cpu@0" in line
    assert not (tmp_path / "report").exists()


def test_bad_command_line(systems):
    for arguments, message in (
        (["map"], "map: the following arguments are required: FILE.dts; see bulkhead map --help"),
        (["map", "a", "b"], "map: unrecognized arguments: b; see bulkhead map --help"),
        (["report", "--quick", "a"], "report: unrecognized arguments: --quick; see bulkhead report --help"),
        (["report", "a", "-o"], "report: argument -o/--output: expected one argument; see bulkhead report --help"),
    ):
        result = systems.run(*arguments)
        assert (result.stdout, result.stderr, result.returncode) == ("", f"bulkhead: error: {message}\n", 2)


def test_not_written(systems, tmp_path):
    (tmp_path / "file").write_text("")
    result = systems.run("report", systems.paths["rtos-rtos"], "-o", tmp_path / "file")
    assert (result.stderr, result.returncode) == (f"bulkhead: error: cannot write {tmp_path}/file: File exists\n", 1)
    (tmp_path / "risks.csv.unfinished").symlink_to("/dev/full")
    result = systems.run("report", systems.paths["rtos-rtos"], "-o", tmp_path)
    message = f"bulkhead: error: cannot write {tmp_path}/risks.csv: No space left on device\n"
    assert (result.stderr, result.returncode) == (message, 1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("risks", "report"))] == []
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = systems.run("map", systems.paths["rtos-rtos"], stdout=full)
    assert result.stderr == "bulkhead: error: cannot write standard output: No space left on device\n"
    assert result.returncode == 1


def test_image_of_description(systems, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(describe(systems, "rtos-rtos")))
    result = systems.run("report", tmp_path / "a.json", tmp_path / "image")
    message = "bulkhead: error: an image can be verified with a FILE.dts, not with a description\n"
    assert (result.stderr, result.returncode) == (message, 1)
