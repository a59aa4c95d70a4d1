#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an x86 partition finds in its memory: zero page, descriptors, command line, page tables, ACPI tables, kernel.

Read by the words of Linux's boot protocol and of the ACPI specification, and by iasl. Not here: what makes an image wrong.
"""

import json
import re
import struct
import subprocess

import pytest

from test_image import HERE, ROOT, run

LOAD = 0x1000000
START = 0x90000
RAM, RESERVED = 1, 2
ROOM = 0x2000000  # that the kernel wants
PAYLOAD = bytes(i % 253 for i in range(0x12345))


def elf(segments, entry):
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    programs, contents, offset = b"", b"", 64 + 56 * len(segments)
    for address, flags, content in segments:
        place = (offset + len(contents), address, address, len(content), len(content), 8)
        programs += struct.pack("<IIQQQQQQ", 1, flags, *place)
        contents += content
    return header + programs + contents


def hypervisor():
    magic, flags = 0x1BADB002, 1 << 16
    text = struct.pack("<8I", magic, flags, -(magic + flags) & 0xFFFFFFFF, LOAD, LOAD, 0, 0, LOAD)
    return elf([(LOAD, 5, text), (LOAD + 0x1000, 4, b"constants"), (LOAD + 0x2000, 6, b"data")], LOAD)


def bzimage():
    """Three sectors of setup code; each field of the header that is not used here has a value that can be told."""
    header = bytearray(512 * 3)
    header[0x1F1:0x26C] = bytes(range(0x80, 0x80 + 0x7B))
    header[0x1F1] = 2
    header[0x201] = 0x6A
    struct.pack_into("<4sH", header, 0x202, b"HdrS", 0x20F)
    struct.pack_into("<I", header, 0x22C, 0x3FFFFFF)
    struct.pack_into("<H", header, 0x236, 0x3F)
    struct.pack_into("<QI", header, 0x258, 0x1000000, ROOM)
    return bytes(header) + PAYLOAD


FILES = {
    "bulkhead-qemu-q35.elf": hypervisor(),
    "bzImage": bzimage(),
    "ramdisk": b"ramdisk" * 1000,
    "rtos.elf": elf([(0x100000, 5, b"\xf4" * 16)], 0x100001),
}


@pytest.fixture(name="build", scope="module")
def make_build(tmp_path_factory):
    """A build folder, with the image and its description."""
    build = tmp_path_factory.mktemp("x86")
    for name, content in FILES.items():
        (build / name).write_bytes(content)
    result = run(build, "build", HERE / "x86.dts", "-o", build / "image", "--json", build / "x86.json")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    return build


@pytest.fixture(name="partitions", scope="module")
def read_partitions(build):
    """{name: (its description, {kind: (guest address, bytes, zeros behind)})}."""
    image = (build / "image").read_bytes()
    found = {}
    for partition in json.loads((build / "x86.json").read_text())["partitions"]:
        pieces = {}
        for piece in partition["images"]:
            golden = int(piece["golden"], 16) - LOAD
            kind = "reset-vector" if piece["guest"] == "0xffff0" else piece["kind"]
            pieces[kind] = (int(piece["guest"], 16), image[golden : golden + piece["size"]], piece["fill"])
        found[partition["name"]] = partition, pieces
    return found


def block(partitions, name):
    address, content, fill = partitions[name][1]["start-block"]
    assert (address, len(content), fill) == (START, 0x10000, 0)
    return content


def memory_map(zero):
    return [struct.unpack_from("<QQI", zero, 0x2D0 + 20 * i) for i in range(zero[0x1E8])]


def test_memory_map(partitions):
    """All of the memory but what lies where a PC has none, and the block itself, which is reserved."""
    first = [(0, START, RAM), (START, 0x10000, RESERVED)]
    linux = [(0x100000, 0x3F00000, RAM), (0x8000000, 0x800000, RAM)]
    assert memory_map(block(partitions, "linux")) == first + linux
    assert memory_map(block(partitions, "rtos")) == first + [(0x100000, 0x100000, RAM)]


def test_kernel(partitions):
    """Without its setup code, where it wants to be, with all the room that it asks for, entered in 64-bit mode."""
    partition, pieces = partitions["linux"]
    assert pieces["kernel"] == (0x1000000, PAYLOAD, ROOM - len(PAYLOAD))
    assert partition["entry"] == "0x1000200"
    assert partition["execution-state"] == "x86-64"
    assert partition["zero-page"] == hex(START)
    assert partitions["rtos"][0]["entry"] == "0x100001"


def test_entry(build, tmp_path):
    """The configuration can name another entry; verify knows."""
    config = tmp_path / "entry.dts"
    config.write_text(f'/include/ "{HERE / "x86.dts"}"\n&linux {{ entry = <0x0 0x1000210>; }};\n')
    result = run(build, "build", config, "-o", tmp_path / "image", "--json", tmp_path / "json")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert json.loads((tmp_path / "json").read_text())["partitions"][0]["entry"] == "0x1000210"
    result = run(build, "verify", tmp_path / "image", config)
    assert (result.stderr, result.returncode) == ("", 0)


def test_zero_page(partitions):
    """The kernel's own header, and what a loader says in it."""
    zero, header = block(partitions, "linux"), FILES["bzImage"]
    said = {0x210: (1, 0xFF), 0x218: (4, 0x3FFE000), 0x21C: (4, 7000), 0x228: (4, START + 0x2000)}
    for offset, (size, value) in said.items():
        assert int.from_bytes(zero[offset : offset + size], "little") == value
    written = {offset + i for offset, (size, _) in said.items() for i in range(size)}
    for offset in range(0x1F1, 0x26C):
        if offset not in written:
            assert zero[offset] == header[offset], hex(offset)
    assert zero[0x26C:0x2D0] == bytes(0x2D0 - 0x26C)
    assert struct.unpack_from("<Q", zero, 0x70) == (START + 0x9000,)
    assert zero[0x2000:0x3000] == b"console=ttyS0 quiet".ljust(0x1000, b"\0")


def test_ramdisk(partitions):
    """As high as the kernel lets it: below 64 MiB here, though there is memory above."""
    assert partitions["linux"][1]["ramdisk"] == (0x3FFE000, FILES["ramdisk"], 0)


@pytest.mark.parametrize("name", ["linux", "rtos"])
def test_reset_vector(partitions, name):
    """Where real mode begins on a PC, 6 is written to port 0xcf9, and nothing else happens ever."""
    code = bytes.fromhex("ba f90c  b0 06  ee  f4  eb fd").ljust(16, b"\0")  # mov $0xcf9,%dx; mov $6,%al; out %al,%dx; 1: hlt; jmp 1b
    assert partitions[name][1]["reset-vector"] == (0xFFFF0, code, 0)


def test_zero_page_without_linux(partitions):
    zero = block(partitions, "rtos")
    assert struct.unpack_from("<Q", zero, 0x70) == (START + 0x9000,)
    assert struct.unpack_from("<I", zero, 0x228) == (START + 0x2000,)
    assert zero[0x2000:0x3000] == bytes(0x1000)


@pytest.mark.parametrize("name", ["linux", "rtos"])
def test_descriptors(partitions, name):
    """Flat 64-bit code and data, at the selectors that Linux wants; nothing else."""
    assert struct.unpack_from("<512Q", block(partitions, name), 0x1000) == (
        0,
        0,
        0x00AF9B000000FFFF,
        0x00CF93000000FFFF,
        *[0] * 508,
    )


@pytest.mark.parametrize("name", ["linux", "rtos"])
def test_page_tables(partitions, name):
    """4 GiB where they are, by pages of 2 MiB that can be written and executed."""
    content = block(partitions, name)

    def table(entry):
        assert entry & 0x80000000000000FF == 0x27  # present, writable, user, accessed
        return struct.unpack_from("<512Q", content, (entry & 0xFFFFFFFFF000) - START)

    root = struct.unpack_from("<512Q", content, 0x3000)
    assert not any(root[1:])
    level1 = table(root[0])
    assert not any(level1[4:])
    for i in range(4):
        for j, entry in enumerate(table(level1[i])):
            assert entry == (i << 30 | j << 21) + 0xE7


@pytest.fixture(name="tables")
def read_tables(partitions, tmp_path):
    """{signature: its text by iasl's disassembler} of a partition; each one's checksum is right."""

    def read(name):
        content, found = block(partitions, name), {}

        def table(address):
            (size,) = struct.unpack_from("<I", content, address - START + 4)
            whole = content[address - START : address - START + size]
            assert sum(whole) % 256 == 0
            signature = whole[:4].decode()
            (tmp_path / f"{signature}.dat").write_bytes(whole)
            said = subprocess.run(
                ["iasl", "-d", f"{signature}.dat"], cwd=tmp_path, capture_output=True, text=True, check=True
            )
            assert not re.search("error|warning", said.stdout + said.stderr, re.I)
            found[signature] = (tmp_path / f"{signature}.dsl").read_text()
            return whole

        rsdp = content[0x9000:0x9024]
        assert (rsdp[:8], rsdp[15], sum(rsdp[:20]) % 256, sum(rsdp) % 256) == (b"RSD PTR ", 2, 0, 0)
        xsdt = table(struct.unpack_from("<Q", rsdp, 24)[0])
        for (address,) in struct.iter_unpack("<Q", xsdt[36:]):
            whole = table(address)
            if whole[:4] == b"FACP":
                table(struct.unpack_from("<Q", whole, 140)[0])
        return found

    return read


def numbers(text, name):
    return [int(value, 16) for value in re.findall(rf"\] +{re.escape(name)} : (\w+)", text)]


def test_cores(tables):
    """Their own ids, virtual core 0 first, and the one I/O APIC."""
    text = tables("linux")["APIC"]
    assert numbers(text, "Local Apic ID") == [3, 1]
    assert numbers(text, "Local Apic Address") == [0xFEE00000]
    assert (numbers(text, "Address"), numbers(text, "Interrupt")) == ([0xFEC00000], [0])
    assert numbers(tables("rtos")["APIC"], "Local Apic ID") == [2]


def test_fixed_hardware(tables):
    """None of a PC's but for the ports by which a guest ends itself."""
    text = tables("rtos")["FACP"]
    assert re.search(r"Hardware Reduced \(V5\) : 1", text)
    assert re.search(r"Reset Register Supported \(V2\) : 1", text)
    assert re.search(r"CMOS RTC Not Present \(V5\) : 1", text)
    assert re.search(r"8042 Present on ports 60/64 \(V2\) : 0", text)
    assert numbers(text, "Value to cause reset") == [6]
    for register, port in {"Reset Register": 0xCF9, "Sleep Control Register": 0x600, "Sleep Status Register": 0x601}.items():
        assert numbers(text[text.index(f" {register} : [") :], "Address")[0] == port


def test_uarts(tables):
    """Each own one, in the order of `access`, with its port, its pin and how that is triggered."""
    text = " ".join(re.sub(r"//.*", "", tables("linux")["DSDT"]).split())
    devices = re.findall(r"Device \((\w+)\).*?IO \(Decode16, (\w+), .*?Interrupt \(\w+, (\w+), (\w+),.*?\{ (\w+),", text)
    assert devices == [
        ("U000", "0x02F8", "Level", "ActiveLow", "0x0000000A"),
        ("U001", "0x03F8", "Edge", "ActiveHigh", "0x00000004"),
    ]
    assert "Device" not in tables("rtos")["DSDT"]


def test_pci(tables):
    """A host whose windows are what the partition's functions have, beside configuration space; nothing of it for who owns none."""
    text = " ".join(re.sub(r"//.*|/\*.*?\*/", "", tables("linux")["DSDT"]).split())
    host = text[text.index("Device (PCI0)") : text.index("Device (ECAM)")]
    assert 'EisaId ("PNP0A08")' in host
    (buses,) = re.findall(r"WordBusNumber \(.*?, 0x0000, (\w+), (\w+), 0x0000, (\w+),", host)
    assert [int(value, 16) for value in buses] == [0, 0, 1]
    windows = re.findall(r"(\wWord)Memory \(ResourceProducer,.*?, 0x0+, (\w+), (\w+), 0x0+, (\w+),", host)
    assert [(kind, *(int(value, 16) for value in row)) for kind, *row in windows] == [
        ("DWord", 0xFE000000, 0xFE003FFF, 0x4000),
        ("DWord", 0xD0000000, 0xD000007F, 0x80),
    ]
    reserved = text[text.index("Device (ECAM)") :]
    assert 'EisaId ("PNP0C02")' in reserved
    assert "0x00000000B0000000, 0x00000000B00FFFFF, 0x0000000000000000, 0x0000000000100000" in " ".join(reserved.split())
    table = tables("linux")["MCFG"]
    assert [numbers(table, name) for name in ("Base Address", "Segment Group Number", "Start Bus Number")] == [[0xB0000000], [0], [0]]
    assert numbers(table, "End Bus Number") == [0]
    assert "MCFG" not in tables("rtos")


def test_drawn(build):
    """Like any other system."""
    drawn = subprocess.run([ROOT / "scripts/map", build / "x86.json"], capture_output=True, text=True, check=True).stdout
    assert "  ports       0x3f8-0x3ff (serial@1,3f8), 0x2f8-0x2ff (serial@1,2f8)\n" in drawn
    assert "  interrupts  own IPIs, pin 4 (serial@1,3f8), pin 10 (serial@1,2f8)\n" in drawn
    assert "trapped        io-apic\n" in drawn


def test_reported(build):
    """With tables of what there is."""
    folder = build / "report"
    subprocess.run([ROOT / "scripts/report", build / "x86.json", "-o", folder], capture_output=True, check=True)
    devices = (folder / "devices.csv").read_text().splitlines()
    assert '"/isa/serial@1,3f8",ns16550a,linux,ports 0x3f8-0x3ff,,,pin 4' in devices
    assert '"/isa/serial@1,2f8",ns16550a,linux,ports 0x2f8-0x2ff,,,pin 10' in devices
    assert "I/O APIC" in (folder / "report.html").read_text()
