# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for hypervisor and guest of x86-64; images for it, whose tables are walked by the APM (volume 2, 5.3)."""

import struct

from edit import Image
from test_image import EXECUTE, PAGE, READ, WRITE, elf

LOAD = 0x1000000
START = LOAD + 0x100
MAGIC = 0x1BADB002
ADDRESSES = 1 << 16
EM_X86_64 = 62
ARCH = 2  # of a plan
PRESENT, LARGE = 1, 0x80
ADDRESS = 0x000FFFFFFFFFF000


def elf_x86(segments, entry):
    whole = bytearray(elf(segments, entry))
    struct.pack_into("<H", whole, 18, EM_X86_64)
    return bytes(whole)


def multiboot(place, load=LOAD, entry=START):
    """Multiboot Specification 0.6.96, 3.1."""
    return struct.pack("<8I", MAGIC, ADDRESSES, -(MAGIC + ADDRESSES) & 0xFFFFFFFF, place, load, 0, 0, entry)


def hypervisor(load=LOAD):
    text = bytes(64) + multiboot(load + 64) + b"\x90" * 0x200
    segments = [
        (load, READ | EXECUTE, text, len(text)),
        (load + PAGE, READ, b"constants", 9),
        (load + 2 * PAGE, READ | WRITE, b"data", 0x1800),
    ]
    return elf_x86(segments, START)


IMAGES = {
    "bulkhead-qemu-q35.elf": hypervisor(),
    "rtos-x86.elf": elf_x86([(0x200000, 5, b"\xeb\xfe" * 10, 20), (0x201000, 6, b"data", 0x3000)], 0x200004),
}


class ImageX86(Image):
    """As Image, whose tables begin with a PML4."""

    FIRST = 0
    ADDRESS = ADDRESS
    KIND = LARGE
    SOFTWARE = (9, 10, 11, *range(52, 63))
    RIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 12, 63)

    @staticmethod
    def leads(word, level):
        return level < 3 and word & PRESENT and not (level and word & LARGE)

    @staticmethod
    def of_level(word, level):
        return word & ~LARGE | (LARGE if level in (1, 2) else 0)

    @staticmethod
    def core_entries():
        return 512

    @staticmethod
    def stage2_entries(_partition):
        return 512

    def descriptor(self, root, virtual, last=3):
        table = root
        for level in range(4):
            at = table + 8 * (virtual >> 39 - 9 * level & 511)
            word = self.word(at)
            if level in (last, 3) or not word & PRESENT or level and word & LARGE:
                break
            table = word & ADDRESS
        return at

    @property
    def machine(self):
        return self.rows("x86")[0]

    def controls(self, partition):
        """Its start block, reset block, map of registers, map of ports: physical addresses."""
        fields = self.machine.partitions
        return fields[8 * partition : 8 * partition + 4]


def image_of(content):
    """An image of either architecture."""
    image = Image(content)
    return ImageX86(content) if image.arch == ARCH else image
