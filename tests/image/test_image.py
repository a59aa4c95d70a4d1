#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whole images, made with a stand-in for the hypervisor: bytes, checksums, the guests' trees.

The checksums are computed here anew from the words of src/plan/plan.h. Not here: the translation tables, which
tests/unit/planner/test_tables.c walks, what is said of an image that is wrong (test_verify.py), whether any of it boots.
"""

import hashlib
import os
import pathlib
import struct
import subprocess
import zlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get("BULKHEAD", ROOT / "build/asan/bulkhead"))
LOAD = 0x40200000
PAGE = 0x1000
EXECUTE, WRITE, READ = 1, 2, 4
ARM64_MAGIC = b"ARM\x64"
ENDLESS_LOOP = struct.pack("<I", 0x14000000)  # b .

# struct plan_header: up to sha256, then as far as the checks need it.
PLAN_MAGIC = struct.pack("<Q", 0x4E414C504B4C5542)
PLAN_HEADER = 368
SHA256 = slice(24, 56)
FIRST_ADDRESS = 112  # plan_base
ADDRESSES = (
    "plan_base image_base image_size table_base table_size shared_base shared_size private_base private_size "
    "golden_base golden_size loader_offset console_va gicd_va gicd_pa gicr_pa gicr_size core_state partition_state "
    "vcpu_state"
).split()
ARRAYS = "cores partitions vcpus windows filters interrupts images roots table_sets memory".split()
PARTITION_ROW = "<32sQQQQQI164x"
PARTITION_AARCH32 = 1
IMAGE_ROW = "<QQQQQHHI32s"
TABLE_SET_ROW = "<QII"


def elf(segments, entry):
    """An AArch64 executable of (address, flags, content, bytes in memory) segments."""
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, entry, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    offset = 64 + 56 * len(segments)
    programs = contents = b""
    for address, flags, content, size in segments:
        programs += struct.pack("<IIQQQQQQ", 1, flags, offset + len(contents), address, address, len(content), size, 8)
        contents += content
    return header + programs + contents


def elf32(segments, entry):
    """The same for AArch32."""
    header = b"\x7fELF" + bytes([1, 1, 1]) + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, entry, 52, 0, 0x5000400, 52, 32, len(segments), 40, 0, 0)
    offset = 52 + 32 * len(segments)
    programs = contents = b""
    for address, flags, content, size in segments:
        programs += struct.pack("<IIIIIIII", 1, offset + len(contents), address, address, len(content), size, flags, 4)
        contents += content
    return header + programs + contents


def linux_image(size, image_size):
    header = struct.pack("<IIQQQQQQ4sI", 0x14000000, 0, 0, image_size, 0xA, 0, 0, 0, ARM64_MAGIC, 0)
    return header + bytes(i % 251 for i in range(size - len(header)))


def hypervisor(load=LOAD, data_flags=READ | WRITE):
    text = ENDLESS_LOOP * 14 + ARM64_MAGIC + bytes(4)
    return elf(
        [
            (load, READ | EXECUTE, text, len(text)),
            (load + PAGE, READ, b"constants", 9),
            (load + 2 * PAGE, data_flags, b"data", 0x1800),
        ],
        load,
    )


IMAGES = {
    "bulkhead-qemu-virt-gicv3.elf": hypervisor(),
    "Image": linux_image(0x12345, 0x20000),
    "ramdisk": b"ramdisk" * 1000,
    "rtos.elf": elf([(0x40000000, 5, ENDLESS_LOOP * 5, 20), (0x40001000, 6, b"data", 0x3000)], 0x40000004),
}


@pytest.fixture(name="build")
def build_folder(tmp_path):
    for name, content in IMAGES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def run(build, *arguments, stdout=subprocess.PIPE):
    environment = dict(os.environ, BULKHEAD_BOARDS=str(ROOT / "config/boards"), BULKHEAD_BUILD=str(build))
    command = [PROGRAM, *arguments]
    return subprocess.run(
        command, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )


def make(build, name="image"):
    result = run(build, "build", HERE / "two.dts", "-o", build / name)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    return (build / name).read_bytes()


class Plan:
    """The plan of an image, as plan.h lays it out."""

    def __init__(self, image):
        self.image = image
        self.offset = image.index(PLAN_MAGIC)
        self.bytes = image[self.offset :]
        self.size = struct.unpack_from("<I", self.bytes, 16)[0]
        values = struct.unpack_from(f"<{len(ADDRESSES)}Q", self.bytes, FIRST_ADDRESS)
        self.address = dict(zip(ADDRESSES, values))
        self.array = {}
        for i, name in enumerate(ARRAYS):
            self.array[name] = struct.unpack_from("<II", self.bytes, FIRST_ADDRESS + 8 * len(ADDRESSES) + 8 * i)

    def rows(self, name, layout):
        offset, count = self.array[name]
        return [struct.unpack_from(layout, self.bytes, offset + i * struct.calcsize(layout)) for i in range(count)]

    def at(self, address, size):
        return self.image[address - LOAD : address - LOAD + size]


def test_same_bytes(build):
    assert make(build, "first") == make(build, "second")


def test_header(build):
    """U-Boot, QEMU and firmware go by these fields: the kernel's Documentation/arm64/booting.rst, section 4."""
    image = make(build)
    plan = Plan(image)
    text_offset, size, flags = struct.unpack_from("<QQQ", image, 8)
    assert image[56:60] == ARM64_MAGIC
    assert text_offset == 0x200000
    assert flags == 2
    assert size == plan.address["golden_base"] + plan.address["golden_size"] - LOAD
    assert len(image) == plan.address["image_size"] <= size


def test_reserved_start(build):
    """A loader counts from the start of RAM, whoever has reserved that: U-Boot moves the image to where it then belongs."""
    config = build / "reserved.dts"
    config.write_text((HERE / "two.dts").read_text().replace("/dts-v1/;", "/dts-v1/;\n/memreserve/ 0x40000000 0x10000;"))
    result = run(build, "build", config, "-o", build / "image")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert struct.unpack_from("<Q", (build / "image").read_bytes(), 8) == (0x200000,)
    result = run(build, "verify", build / "image", config)
    assert (result.stderr, result.returncode) == ("", 0)


def test_checksums(build):
    image = make(build)
    plan = Plan(image)
    header_crc, body_crc = struct.unpack_from("<I", plan.bytes, 8)[0], struct.unpack_from("<I", plan.bytes, 20)[0]
    assert header_crc == zlib.crc32(plan.bytes[12:PLAN_HEADER])
    assert body_crc == zlib.crc32(plan.bytes[PLAN_HEADER : plan.size])
    for base, size, crc in plan.rows("table_sets", TABLE_SET_ROW):
        assert crc == zlib.crc32(plan.at(base, size))
    blank = bytearray(image[: plan.address["shared_base"] - LOAD])
    blank[plan.offset + 8 : plan.offset + 12] = bytes(4)
    blank[plan.offset + 20 : plan.offset + 56] = bytes(36)
    digest = hashlib.sha256(blank)
    for row in plan.rows("images", IMAGE_ROW):
        digest.update(row[-1])
    assert plan.bytes[SHA256] == digest.digest()


def test_golden_images(build):
    """Each golden image is its file, or an ELF's segment, unchanged, and lands where the partition expects it."""
    plan = Plan(make(build))
    rows = plan.rows("images", IMAGE_ROW)
    contents = [plan.at(row[0], row[3]) for row in rows]
    for row, content in zip(rows, contents):
        assert hashlib.sha256(content).digest() == row[-1]
        assert row[0] % PAGE == 0
    assert contents[:2] == [IMAGES["Image"], IMAGES["ramdisk"]]
    assert contents[3:5] == [ENDLESS_LOOP * 5, b"data"]
    bases = [row[2] for row in rows]
    # Image at RAM base + 2 MiB, ramdisk behind its image_size, tree at the RAM base; the RTOS's tree behind its data.
    assert bases == [0x40200000, 0x40220000, 0x40000000, 0x40000000, 0x40001000, 0x40004000]
    fills = [row[4] for row in rows]
    assert fills == [0x20000 - 0x12345, 0, 0, 0, 0x3000 - 4, 0]


ODD_MEMORY = """
    low { compatible = "bulkhead,partition"; cpus = <&cpu1>; memory = <0x0 0x48000000 0x0 0x18001000>; direct-map;
        kernel = "low"; load-address = <0x0 0x48000000>; entry = <0x0 0x48000000>; criticality = "QM"; };
    high { compatible = "bulkhead,partition"; cpus = <&cpu2>; memory = <0x0 0x40000000 0x0 0x5ffff000>;
        kernel = "rtos.elf"; criticality = "QM"; };"""
ODD_DEVICE = """
    one { compatible = "bulkhead,partition"; cpus = <&cpu1>; memory = <0x0 0x40000000 0x0 0x1000000>; access = <&big>;
        device-map = <&big 0x10 0x1000>; kernel = "rtos.elf"; criticality = "QM"; };"""
ODD_WARNING = (
    "odd.dts:4: warning: memory of partition 'high' at 0x40000000 is not 1 GiB-aligned physically: no such room is free; "
    "4 KiB blocks serve it\n"
)


@pytest.mark.parametrize("partitions, said", [(ODD_MEMORY, ODD_WARNING), (ODD_DEVICE, "")], ids=["memory", "device"])
def test_many_tables(build, partitions, said):
    """What lies so that only pages of 4 KiB map it takes a table for each 2 MiB: the hypervisor gets the room for them."""
    (build / "low").write_bytes(ENDLESS_LOOP)
    config = build / "odd.dts"
    config.write_text(
        '/dts-v1/; /include/ "qemu-virt-gicv3.dtsi" / { big: big@800000000 { reg = <0x8 0x0 0x0 0x80000000>; }; '
        f'domains {{ compatible = "bulkhead,partitions-v1"; {partitions} }}; }};\n'
    )
    result = run(build, "build", config, "-o", build / "image")
    assert (result.stdout, result.stderr, result.returncode) == ("", said, 0)
    result = run(build, "verify", build / "image", config)
    assert (result.stderr, result.returncode) == ("", 0)


def test_aarch32(build):
    """An ELF for AArch32 lands as one for AArch64 does; its partition is marked, and bit 0 of the entry says Thumb."""
    segments = [(0x40000000, 5, ENDLESS_LOOP * 5, 20), (0x40001000, 6, b"data", 0x3000)]
    (build / "rtos.elf").write_bytes(elf32(segments, 0x40000003))
    plan = Plan(make(build))
    rows = plan.rows("images", IMAGE_ROW)
    assert [plan.at(row[0], row[3]) for row in rows[3:5]] == [ENDLESS_LOOP * 5, b"data"]
    assert [(row[2], row[4]) for row in rows[3:5]] == [(0x40000000, 0), (0x40001000, 0x3000 - 4)]
    linux, rtos = plan.rows("partitions", PARTITION_ROW)
    assert (linux[1], linux[6]) == (0x40200000, 0)
    assert (rtos[1], rtos[6]) == (0x40000003, PARTITION_AARCH32)


@pytest.mark.parametrize("number, name", [(2, "linux"), (5, "rtos")])
def test_guest_tree(build, number, name):
    """dtc takes each tree without a warning; what is in it stands in NAME-tree.dts."""
    plan = Plan(make(build))
    row = plan.rows("images", IMAGE_ROW)[number]
    (build / "tree.dtb").write_bytes(plan.at(row[0], row[3]))
    result = subprocess.run(
        ["dtc", "-I", "dtb", "-O", "dts", build / "tree.dtb"], capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    wanted = (HERE / f"{name}-tree.dts").read_text()
    assert result.stdout == wanted[wanted.index("/dts-v1/") :]


@pytest.mark.parametrize(
    "content, text",
    [
        (None, "cannot read the hypervisor"),
        (hypervisor(load=LOAD + 0x200000), "is linked at 0x40400000, but load-address is 0x40200000"),
        (hypervisor(data_flags=7), "both writable and executable"),
        (IMAGES["rtos.elf"], "does not begin with an arm64 Image header"),
        (b"#!/bin/sh", "is not an ELF"),
        (elf32([(LOAD, 5, ENDLESS_LOOP * 16, 64)], LOAD), "is an ELF for AArch32; the hypervisor's is for AArch64"),
    ],
)
def test_hypervisor_refused(build, content, text):
    """And no output is left behind."""
    path = build / "bulkhead-qemu-virt-gicv3.elf"
    path.unlink() if content is None else path.write_bytes(content)
    result = run(build, "build", HERE / "two.dts", "-o", build / "image")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert text in result.stderr
    assert not list(build.glob("image*"))


def test_output_refused(build):
    result = run(build, "build", HERE / "two.dts", "-o", build / "nowhere" / "image")
    assert result.returncode == 1
    assert result.stderr.endswith("nowhere/image: No such file or directory\n")
