# SPDX-License-Identifier: Apache-2.0
"""Mutants of bytes: golden images, the hypervisor, what nothing covers, checksums, the file."""

import hashlib

from kinds import kind
from pages import PAGE


@kind("golden bytes, hashed again")
def golden_changed(image, random):
    row = random.choice(image.rows("images"))
    if row.size:
        image.data[image.place_of(row.golden) + random.randrange(row.size)] ^= 1 << random.randrange(8)
    hash_golden(image)


@kind("image: other place or size, hashed again")
def image_moved(image, random):
    row = random.choice(image.rows("images"))
    name = random.choice(["golden", "pa", "base", "size", "fill", "pa base"])
    step = random.choice([-PAGE, PAGE, 4, -4, 0x200000])
    for field in name.split():
        setattr(row, field, getattr(row, field) + step & (1 << 64) - 1)
    hash_golden(image)


def hash_golden(image):
    for row in image.rows("images"):
        place = image.place_of(row.golden)
        if 0 <= place and place + row.size <= len(image.data):
            row.sha256 = hashlib.sha256(image.data[place : place + row.size]).digest()


@kind("hypervisor's bytes")
def hypervisor_changed(image, random):
    """Also what a loader goes by, the Image header."""
    place = random.randrange(random.choice([64, image.plan_base - image.image_base]))
    image.data[place] ^= 1 << random.randrange(8)


@kind("bytes that nothing covers")
def bytes_uncovered(image, random):
    """Between pieces, and what is to be zero."""
    base, end = random.choice(
        [
            (image.private_base + image.private_size, image.image_base + len(image.data)),
            (image.shared_base, image.private_base + image.private_size),
        ]
    )
    image.data[image.place_of(random.randrange(base, end))] ^= 1 << random.randrange(8)


@kind("hash or CRC", sealed=False)
def checksum_changed(image, random):
    choice = random.randrange(4)
    if choice == 0:
        place = image.place("sha256") + random.randrange(32)
    elif choice == 1:
        place = random.choice(image.rows("images")).place("sha256") + random.randrange(32)
    elif choice == 2:
        place = random.choice(image.rows("table_sets")).place("crc") + random.randrange(4)
    else:
        place = image.place(random.choice(["header_crc", "body_crc"])) + random.randrange(4)
    image.data[place] ^= 1 << random.randrange(8)
    if choice < 2:
        image.seal_plan()
    elif choice == 2:
        image.seal_hash()


@kind("not sealed again", sealed=False)
def not_sealed(image, random):
    end = image.private_base + image.private_size - image.image_base
    image.data[random.randrange(end)] ^= 1 << random.randrange(8)


@kind("file: cut, or longer")
def file_cut(image, random):
    if random.random() < 0.5:
        del image.data[random.randrange(image.place_of(image.golden_base), len(image.data)) :]
    else:
        image.data.extend(bytes(random.randrange(1, PAGE)))
    if random.random() < 0.5:
        image.image_size = len(image.data)
