# SPDX-License-Identifier: Apache-2.0
"""An image whose plan and tables can be changed and sealed again, with every checksum and hash right.

Tables are walked in the words of the Arm ARM (DDI 0487, D8.3). Not here: the plan's layout (scripts/flashing/plan.py),
which changes are wrong.
"""

import hashlib
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from flashing.plan import Plan  # noqa: E402

TABLE = 3
ADDRESS = 0x0000FFFFFFFFF000


class Image(Plan):
    """The header's fields are attributes, arrays come as `rows(NAME)`; addresses are physical."""

    FIRST = 1  # level of a root
    ADDRESS = ADDRESS
    PRESENT = 1  # an entry with none of these bits is none
    KIND = 2  # of a descriptor: table or block
    SOFTWARE = (55, 56, 57, 58)
    RIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 50, 51, 52, 53, 54)

    def __init__(self, content):
        super().__init__(bytearray(content))

    def word(self, address):
        return struct.unpack_from("<Q", self.data, self.place_of(address))[0]

    def set_word(self, address, value):
        struct.pack_into("<Q", self.data, self.place_of(address), value)

    @staticmethod
    def leads(word, level):
        """Whether a descriptor is of a table."""
        return level < 3 and word & TABLE == TABLE

    @staticmethod
    def of_level(word, level):
        """The leaf `word` as a leaf of this level."""
        return word & ~2 | (2 if level == 3 else 0)

    def core_entries(self):
        return 1 << self.va_bits - 30

    @staticmethod
    def stage2_entries(partition):
        return 1 << 34 - (partition.stage2_control & 63)

    def descriptor(self, root, virtual, last=3):
        """Where the last descriptor of the walk from a level-1 root stands, at most at level `last`."""
        table, level = root, 1
        while True:
            shift = 12 + 9 * (3 - level)
            at = table + 8 * (virtual >> shift if level == 1 else virtual >> shift & 511)
            if level == last or self.word(at) & TABLE != TABLE:
                return at
            table, level = self.word(at) & ADDRESS, level + 1

    def change(self, address, change):
        """Applies `change` to the word at `address`, and to the rows that restore it after a recall."""
        value = change(self.word(address))
        self.set_word(address, value)
        for root in self.rows("roots"):
            if root.address == address:
                root.value = value

    def seal(self):
        self.seal_tables()  # their CRCs are in what the hash covers
        self.seal_hash()
        return bytes(self.data)

    def seal_hash(self):
        blank = bytearray(self.data[: max(self.place_of(self.shared_base), 0)])
        for name, size in (("header_crc", 4), ("body_crc", 4), ("sha256", 32)):
            blank[self.place(name) : self.place(name) + size] = bytes(size)
        digest = hashlib.sha256(blank)
        for image in self.rows("images") if self.fits("images") else []:
            digest.update(bytes(image.sha256))
        self.sha256 = digest.digest()
        self.seal_plan()
