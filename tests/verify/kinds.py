# SPDX-License-Identifier: Apache-2.0
"""What the kinds of mutants share: where the descriptors of a right image stand, which places are worth a visit.

A kind is a function that takes an image and a source of random numbers, and changes one thing in the image, or several
that belong together. All checksums are made right again behind it, but for kinds that are about them.
"""

from pages import ENTRIES

KINDS = {}
FAMILY = {}  # of images that they are for: nothing, an architecture, or that and a vendor


def kind(name, *family, sealed=True):
    def register(function):
        KINDS[name] = function, sealed
        FAMILY[name] = family
        return function

    return register


def kinds_of(*family):
    """The names of those that mean something to an image of this architecture and vendor."""
    return [name for name in KINDS if FAMILY[name] == family[: len(FAMILY[name])]]


class Descriptors:
    """Where the descriptors of an image stand: (address, level) of leaves, of branches and of those that are free."""

    def __init__(self, image):
        self.leaves, self.branches, self.free = [], [], []
        cores = image.rows("cores")
        self.roots = [core.el2_root for core in cores] + [core.loader_root for core in cores if core.loader_root]
        spaces = [image.core_entries()] * len(self.roots)
        self.roots += [row.stage2_root for row in image.rows("partitions")]
        spaces += [image.stage2_entries(row) for row in image.rows("partitions")]
        self.seen = set()
        for root, entries in zip(self.roots, spaces):
            self.walk(image, root, entries, image.FIRST)

    def walk(self, image, table, entries, level):
        if table in self.seen:
            return
        self.seen.add(table)
        for address in range(table, table + 8 * entries, 8):
            word = image.word(address)
            if image.leads(word, level):
                self.branches.append((address, level))
                self.walk(image, word & image.ADDRESS, ENTRIES, level + 1)
            else:
                (self.leaves if word & 1 else self.free).append((address, level))


def descriptors(image):
    """Of the image that was right, since mutants begin with that."""
    if "descriptors" not in image.__dict__:
        image.__dict__["descriptors"] = Descriptors(image)
    return image.__dict__["descriptors"]


def places(image):
    """Physical addresses that are worth a visit: who else is there."""
    windows = image.rows("windows")
    found = [window.pa for window in windows] + [window.pa + window.size for window in windows]
    names = "image_base plan_base table_base shared_base private_base golden_base gicd_pa gicr_pa".split()
    found += [getattr(image, name) for name in names] + [row.log_pa for row in image.rows("cores")]
    return found + [0, image.gicr_pa + 0x100000, 0x9030000, 0x60000000, 1 << 44]
