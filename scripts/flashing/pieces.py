# SPDX-License-Identifier: Apache-2.0
"""An image's pieces as a boot loader places them: the hypervisor with plan and tables, and each golden image."""

from dataclasses import dataclass

from .plan import Plan
from .tool import FlashError

BLOCK = 2 << 20
LOADER_ROOM = 64 << 20  # at the end of the RAM: the loader itself, its stack and its devicetree


@dataclass(frozen=True)
class Piece:
    name: str
    description: str
    address: int  # physical
    data: bytes


def text_of(characters):
    return bytes(characters).split(b"\0")[0].decode()


class Pieces:
    def __init__(self, image):
        self.plan = Plan(image)
        self.board = text_of(self.plan.board)
        self.hash = bytes(self.plan.sha256).hex()
        self.image = image
        size = self.plan.private_base + self.plan.private_size - self.plan.image_base
        self.hypervisor = Piece("hypervisor", f"Bulkhead with its plan for {self.board}", self.plan.image_base,
                                image[:size].ljust(size, b"\0"))  # fmt: skip
        self.golden = [self._golden(number, row) for number, row in enumerate(self.plan.rows("images")) if row.size]

    def _golden(self, number, row):
        start = row.golden - self.plan.image_base
        partition = text_of(self.plan.rows("partitions")[row.partition].name)
        return Piece(f"golden-{number}", f"partition {partition}, guest-physical 0x{row.base:x}", row.golden,
                     self.image[start : start + row.size])  # fmt: skip

    def room_for(self, size):
        """Where `size` bytes can wait for being placed: the lowest RAM behind all that will be placed."""
        start = max(piece.address + len(piece.data) for piece in [self.hypervisor, *self.golden])
        start = -(-start // BLOCK) * BLOCK
        for memory in self.plan.rows("memory"):
            end = memory.base + memory.size - LOADER_ROOM
            if memory.base <= self.plan.image_base < memory.base + memory.size and start + size <= end:
                return start
        raise FlashError(f"the RAM of {self.board} has no room for {size} bytes beside what is made of them")
