#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes inputs to begin with: seeds.py BULKHEAD FOLDER writes FOLDER/{tree,plan,verify,filter}/*.

Trees are those of the shipped systems and of the wrong ones in tests/config, compiled by dtc; plans and images are those
of tests/image, made by the program BULKHEAD. What fuzzing finds from there on is in tests/fuzz/corpus.
"""

import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/image"))

import x86  # noqa: E402
from test_image import IMAGES, PLAN_MAGIC, linux_image  # noqa: E402

BOARDS = ROOT / "config/boards"
RUN = 0x80000000  # of a piece's length: it is a row of words
ROW = 5  # words that are worth being one
PLAIN_DTC = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", str(BOARDS)]


def trees():
    for path in [*ROOT.glob("configs/partitions/*.dts"), *ROOT.glob("tests/config/*.dts")]:
        result = subprocess.run(
            [*PLAIN_DTC, "-i", str(path.parent), str(path)], capture_output=True, check=False, timeout=60
        )
        if result.returncode == 0:
            yield path.stem, named(result.stdout)


def named(tree):
    """A flattened tree has no file name that would tell the board's."""
    with tempfile.NamedTemporaryFile(suffix=".dtb") as file:
        pathlib.Path(file.name).write_bytes(tree)
        command = ["fdtput", "-t", "s", file.name, "/bulkhead", "board", "qemu-virt-gicv3"]
        subprocess.run(command, check=False, capture_output=True, timeout=60)
        return pathlib.Path(file.name).read_bytes() + b"content of other files"


def image_of(bulkhead, system):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        small = {"Image": linux_image(0x400, 0x20000), "ramdisk": b"ramdisk"}
        for image, content in {**IMAGES, **small, **x86.IMAGES}.items():
            (folder / image).write_bytes(content)
        environment = dict(os.environ, BULKHEAD_BOARDS=str(BOARDS), BULKHEAD_BUILD=name)
        subprocess.run([bulkhead, "build", system, "-o", folder / "image"], env=environment, check=True, timeout=60)
        return (folder / "image").read_bytes()


def plan_of(image):
    at = image.index(PLAN_MAGIC)
    return image[at : at + struct.unpack_from("<I", image, at + 16)[0]]


def rows(words):
    """(first, count) of words of which each is as much more than the one before, or that have nothing in common."""
    at = plain = 0
    while at < len(words):
        step = words[at + 1] - words[at] if at + 1 < len(words) else 0
        end = at + 1
        while end < len(words) and words[end] - words[end - 1] == step:
            end += 1
        if end - at >= ROW:
            if at > plain:
                yield plain, at - plain
            yield at, end - at
            plain = at = end
        else:
            at += 1
    if at > plain:
        yield plain, at - plain


def sparse(image, limit):
    """The form in which verify.c takes an image (sparse.h): flags, size, then pieces that are not zero, up to `limit`."""
    result = struct.pack("<II", 0, len(image))
    size = min(len(image), limit)
    words = struct.unpack_from(f"<{size // 8}Q", image)
    for first, count in rows(words):
        row = words[first : first + count]
        if count < ROW or len({two - one for one, two in zip(row, row[1:])}) > 1:
            result += struct.pack(f"<II{count}Q", 8 * first, 8 * count, *row)
        elif any(row):
            result += struct.pack("<IIQQ", 8 * first, 8 * count | RUN, row[0], row[1] - row[0] & (1 << 64) - 1)
    return result + struct.pack("<II8s", size & -8, size % 8, image[size & -8 : size])


def accesses(seed):
    """Operations of filter.c: 32 bytes of owned interrupts, then 16 bytes each."""
    numbers = random.Random(seed)
    result = numbers.randbytes(32)
    for _ in range(20):
        offset = numbers.choice([0, 4, 8, 0x100, 0x400, 0x6000, 0x10100]) + numbers.randrange(0x100)
        result += struct.pack("<BBHIQ", numbers.randrange(4), numbers.randrange(16), 0, offset, numbers.getrandbits(64))
    return result


def main():
    bulkhead, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    image = image_of(bulkhead, ROOT / "tests/image/two.dts")
    image_x86, image_intel = (image_of(bulkhead, system) for system in (x86.AMD, x86.INTEL))
    seeds = {
        "tree": dict(trees()),
        "plan": {"two": plan_of(image), "x86": plan_of(image_x86), "intel": plan_of(image_intel)},
        "verify": {
            "two": sparse(image, len(image)),
            "hypervisor": sparse(image, 0x200000),
            "x86": sparse(image_x86, len(image_x86)),
            "intel": sparse(image_intel, len(image_intel)),
        },
        "filter": {f"random-{seed}": accesses(seed) for seed in range(8)},
    }
    for target, inputs in seeds.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            (folder / target / name).write_bytes(content)


main()
