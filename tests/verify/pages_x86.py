# SPDX-License-Identifier: Apache-2.0
"""What long-mode and nested page tables map, page by page, in the words of AMD's APM (volume 2, 5.3, 5.4, 15.25), and
extended ones in those of Intel's SDM (volume 3, 29.3): four levels, 4 KiB pages, the PAT as reset leaves it. As slow
and simple as pages.py, whose maps these are.
"""

import pages
from pages import EXECUTE, LAST, NORMAL, ODD, READ, REGISTERS, WRITE, bits

TEXT = NORMAL | READ | EXECUTE
DEVICE = 3 << 61  # an IOMMU's read and write permission (48882, 2.2.3)
TYPES = {0: NORMAL, 3: REGISTERS}  # of PWT and PCD: WB, UC; others are WT and UC-


def use_of(word, is_large, high=0):
    """A leaf without its user bit (5.4.1); `high` is what bits 62:52 are to be."""
    use = READ | TYPES.get(bits(word, 4, 3), ODD)
    if bits(word, 1, 1):
        use |= WRITE
    if not bits(word, 63, 63):
        use |= EXECUTE
    pat = bits(word, 12, 12) if is_large else bits(word, 7, 7)
    # accessed and dirty are set already; global, available and key bits are not
    if bits(word, 6, 5) != 3 or pat or bits(word, 11, 8) or bits(word, 62, 52) != high:
        use |= ODD
    return use


def long_mode_use(word, is_large):
    return use_of(word, is_large) | (ODD if bits(word, 2, 2) else 0)


def nested_use(word, is_large):
    """A nested walk is a user's (15.25.5): what is not a user's faults. Devices may read and write there, too."""
    return use_of(word, is_large, DEVICE >> 52) | (0 if bits(word, 2, 2) else ODD)


def extended_use(word, is_large):
    """A leaf by its rights and its memory type (29.3.2); what else there could be is a feature or ignored."""
    use = {0: REGISTERS, 6: NORMAL}.get(bits(word, 5, 3), ODD)
    use |= sum(right for bit, right in enumerate((READ, WRITE, EXECUTE)) if bits(word, bit, bit))
    page = 0 if is_large else bits(word, 7, 7)
    # the guest's PAT is not ignored; accessed, dirty, user's execution, shadow stacks, #VE are not
    return use | (ODD if bits(word, 6, 6) or page or bits(word, 11, 8) or bits(word, 63, 52) else 0)


class LongMode(pages.Tree):
    """The same from a PML4."""

    FIRST = 0
    TOP = 51
    BRANCH = 0x23  # present, writable, accessed

    def right_branch(self, _level):
        return self.BRANCH

    def entry(self, word, level, virtual, span):
        is_large = level in (1, 2) and bool(bits(word, 7, 7))
        if level != LAST and not is_large:
            self.branch(word, self.right_branch(level), level, virtual, span)
            return
        # the page-size bit is no right; pages of 1 GiB are a feature that no core needs to have
        self.leaf(word, virtual, span, self.use(word, is_large) | (ODD if level == 1 else 0))


class Nested(LongMode):
    """The same, all of it a user's; and an IOMMU's, which counts the levels that are left."""

    BRANCH = 0x27

    def right_branch(self, level):
        return self.BRANCH | DEVICE | LAST - level << 9


class Extended(LongMode):
    """Intel's, whose entries are there by any right, and whose branches restrict none."""

    PRESENT = BRANCH = 7
