# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for hypervisor and guest of x86-64; images for it, whose tables are walked by the APM (volume 2, 5.3)."""

import struct

from edit import Image
from test_image import EXECUTE, HERE, PAGE, READ, WRITE, elf, run

FRONT, BACK = 0, 1  # partitions of both
AMD, INTEL = HERE / "two-x86.dts", HERE / "two-intel.dts"
LOAD = 0x1000000
START = LOAD + 0x100
MAGIC = 0x1BADB002
ADDRESSES = 1 << 16
EM_X86_64 = 62
ARCH, VENDOR_INTEL = 2, 2  # of a plan
PARTITION_FIELDS = 26  # of a partition's row: 4 pages, 4 of rows, and these
PINS, CLUSTER_COUNT, CLUSTERS = 8, 9, 10
LARGE = 0x80
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
    "bulkhead-bochs.elf": hypervisor(),
    "rtos-x86.elf": elf_x86([(0x200000, 5, b"\xeb\xfe" * 10, 20), (0x201000, 6, b"data", 0x3000)], 0x200004),
}


def build(folder, config):
    """The folder, with stand-ins for hypervisors and guests, and the image that the configuration gives there."""
    for name, content in IMAGES.items():
        (folder / name).write_bytes(content)
    result = run(folder, "build", config, "-o", folder / "image")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    return folder, (folder / "image").read_bytes()


class ImageX86(Image):
    """As Image, whose tables begin with a PML4."""

    FIRST = 0
    ADDRESS = ADDRESS
    KIND = LARGE
    SOFTWARE = (9, 10, 11, *range(52, 63))
    RIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 12, 63)

    @staticmethod
    def leads(word, level):
        return level < 3 and word & 1 and not (level and word & LARGE)

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
            if level in (last, 3) or not word & 1 or level and word & LARGE:
                break
            table = word & ADDRESS
        return at

    @property
    def machine(self):
        return self.rows("x86")[0]

    def controls(self, partition):
        """Its start block, reset block, map of registers, map of ports: physical addresses; Intel has no blocks."""
        return self.partition_fields(partition)[:4]

    def partition_fields(self, partition):
        """Its row of what x86 alone has, field by field."""
        return self.machine.partitions[PARTITION_FIELDS * partition : PARTITION_FIELDS * (partition + 1)]

    def set_partition_field(self, partition, number, value):
        fields = list(self.machine.partitions)
        fields[PARTITION_FIELDS * partition + number] = value
        self.machine.partitions = tuple(fields)

    def lead_maps(self, partition, name, place):
        """Leads both blocks to a map elsewhere."""
        for page in self.controls(partition)[:2]:
            self.set_word(page + {"msr_map": 0x48, "port_map": 0x40}[name], place)

    def tag(self, partition, number, count=2):
        """Gives `count` of its blocks another address space."""
        for page in self.controls(partition)[:count]:
            place = self.place_of(page) + 0x58
            self.data[place : place + 4] = number.to_bytes(4, "little")


class ImageIntel(ImageX86):
    """As ImageX86, whose partitions have rows of fields in place of blocks, and tables where any right is presence."""

    PRESENT = 7
    RIGHTS = (0, *ImageX86.RIGHTS)

    def fields(self, partition, name):
        """The rows as it starts ("start") or is reset ("reset")."""
        first = {"start": 4, "reset": 6}[name]
        begin, count = self.partition_fields(partition)[first : first + 2]
        return self.rows("vmcs")[begin : begin + count]

    def field(self, partition, name, encoding):
        return next(row for row in self.fields(partition, name) if row.field == encoding)

    def lead_maps(self, partition, name, place):
        """A map of ports has two pages, each with a field."""
        places = {0x2004: place} if name == "msr_map" else {0x2000: place, 0x2002: place + PAGE}
        for row in self.fields(partition, "start") + self.fields(partition, "reset"):
            row.value = places.get(row.field, row.value)

    def tag(self, partition, number, count=2):
        for name in ("start", "reset")[:count]:
            self.field(partition, name, 0).value = number


def image_of(content):
    """An image of either architecture."""
    image = Image(content)
    if image.arch != ARCH:
        return image
    return (ImageIntel if ImageX86(content).machine.vendor == VENDOR_INTEL else ImageX86)(content)


# ---- corruptions ----------------------------------------------------------------------------------------------------


def corrupted(content, corrupt):
    changed = image_of(content)
    corrupt(changed)
    return changed.seal()


def leaf(image, partition, guest, last=3):
    """Where a partition's nested descriptor for a guest-physical address stands."""
    return image.descriptor(image.rows("partitions")[partition].stage2_root, guest, last)


def remap(image, partition, guest, physical):
    image.change(leaf(image, partition, guest), lambda word: word & ~ADDRESS | physical)


def flip(image, address, bits):
    image.data[image.place_of(address)] ^= bits
