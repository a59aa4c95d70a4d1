# SPDX-License-Identifier: Apache-2.0
"""Guests' images, right and wrong, as the cases name them: ELF files, Linux images for Arm and for PCs."""

import struct

ENDLESS_LOOP = struct.pack("<I", 0x14000000)  # b .
ENDLESS_LOOP_32 = struct.pack("<I", 0xEAFFFFFE)


def elf(base=0x40000000, entry=None, machine=183, size=64, memory_size=None, segments=None, **header):
    """An executable of endless loops: one segment of `size` bytes at `base`, or `segments`, each (address, size).

    `header` changes what is usual: kind (e_type), data (EI_DATA), wide (EI_CLASS), programs (e_phnum), type, flags,
    offset and address (of each segment), code.
    """
    segments = [(base, size)] if segments is None else segments
    count = len(segments)
    code = header.get("code", ENDLESS_LOOP * (max(size for _, size in segments) // 4))
    content = b"\x7fELF" + bytes([header.get("wide", 2), header.get("data", 1), 1]) + bytes(9)
    content += struct.pack(
        "<HHIQQQIHHHHHH",
        header.get("kind", 2),
        machine,
        1,
        segments[0][0] if entry is None else entry,
        64,
        0,
        0,
        64,
        56,
        header.get("programs", count),
        64,
        0,
        0,
    )
    for address, length in segments:
        place = header.get("address", address)
        content += struct.pack(
            "<IIQQQQQQ",
            header.get("type", 1),
            header.get("flags", 5),
            header.get("offset", 64 + 56 * count),
            place,
            place,
            length,
            memory_size or length,
            8,
        )
    return content + code


def elf32(base=0x40000000, entry=None, size=64):
    """The same for AArch32; an odd entry means Thumb."""
    header = b"\x7fELF" + bytes([1, 1, 1]) + bytes(9)
    entry = base if entry is None else entry
    header += struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, entry, 52, 0, 0x5000400, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<IIIIIIII", 1, 84, base, base, size, size, 5, 8)
    return header + segment + ENDLESS_LOOP_32 * (size // 4)


def linux_image(image_size=0x10000, flags=0xA):
    """The header of an arm64 Linux Image (the kernel's Documentation/arm64/booting.rst) and a little behind it."""
    return struct.pack("<IIQQQQQQ4sI", 0x14000000, 0, 0, image_size, flags, 0, 0, 0, b"ARM\x64", 0) + bytes(64)


def bzimage(size=0x1000, setup=1, version=0x20F, flags=3, room=0x2000000):
    """A Linux for x86: its setup header (the kernel's Documentation/arch/x86/boot.rst) and a little behind it."""
    header = bytearray(512 * (setup + 1))
    header[0x1F1] = setup
    struct.pack_into("<4sH", header, 0x202, b"HdrS", version)
    header[0x201] = 0x6A
    struct.pack_into("<I", header, 0x22C, 0x7FFFFFFF)
    struct.pack_into("<HI", header, 0x236, flags, 2047)
    struct.pack_into("<QI", header, 0x258, 0x1000000, room)
    return bytes(header) + bytes(size)


def empty_tree():
    """A flattened tree of a root without properties."""
    header = struct.pack(">10I", 0xD00DFEED, 72, 56, 72, 40, 17, 16, 0, 0, 16)
    return header + bytes(16) + struct.pack(">IIII", 1, 0, 2, 9)


# The guest images that the cases name.
IMAGES = {
    "rtos.elf": elf(),
    "rtos-high.elf": elf(base=0x50000000),
    "rtos-huge.elf": elf(memory_size=0x1000000),
    "rtos-x86.elf": elf(machine=62),
    "rtos-armv7.elf": elf(machine=40),
    "rtos-aarch32.elf": elf32(),
    "rtos-thumb.elf": elf32(entry=0x4000003F),
    "rtos-aarch32-short.elf": elf32()[:100],
    "rtos-aarch32-header.elf": elf32()[:51],
    "rtos-aarch32-entry.elf": elf32(entry=0x40000040),
    "rtos-entry.elf": elf(entry=0x40001000),
    "rtos-short.elf": elf()[:100],
    "Image": linux_image(),
    "Image-big-endian": linux_image(flags=0xB),
    "Image-huge": linux_image(image_size=0x20000000),
    "initramfs.cpio.gz": b"\x1f\x8b" + bytes(30),
    "large.gz": b"\x1f\x8b" + bytes(0x2000),
    "rtos.bin": ENDLESS_LOOP * 16,
    "empty.elf": b"",
    "empty.dtb": empty_tree(),
    "rtos-direct.elf": elf(base=0x40400000),
    "rtos-overlap.elf": elf(segments=[(0x40000000, 64), (0x40000020, 64)]),
    "Image-corrupt": linux_image(image_size=1 << 41),
    "vmlinuz.efi": b"MZ\0\0zimg" + bytes(64),
    "bzImage": bzimage(),
    "bzImage-32": bzimage(flags=2),
    "bzImage-short": bzimage(size=0x100),
    "initramfs-raw": bytes(30),
    "pc.elf": elf(base=0x100000, machine=62),
    "pc-low.elf": elf(base=0x9F000, size=0x2000, machine=62),
    "pc-high.elf": elf(base=0x140000000, machine=62),
    "rtos-huge-pc.elf": elf(base=0x100000, memory_size=0x1000000, machine=62),
}
