# SPDX-License-Identifier: Apache-2.0
"""What the tests of `bulkhead verify` share: the image of two.dts, corruptions of it, what is said of them."""

import pytest
from edit import Image
from test_image import run

LINUX, RTOS = 0, 1
FREE_RAM = 0x70000000
READ_ONLY = 1 << 7
EXECUTE_NEVER = 1 << 54
VALID = 1
ADDRESS = 0x0000FFFFFFFFF000


class Cases(list):
    """Corruptions and the lines that each gives, for pytest to go through."""

    def give(self, *lines, more=0):
        """The corruption that the function makes gives these lines, then `more` others that follow from the same."""

        def register(function):
            self.append(pytest.param(function, lines, more, id=function.__name__))
            return function

        return register


def corrupted(content, corrupt):
    changed = Image(content)
    corrupt(changed)
    return changed.seal()


def verify(folder, content, *arguments):
    """The findings of a run, without the file's name."""
    path = folder / "changed"
    path.write_bytes(content)
    result = run(folder, "verify", path, *arguments)
    prefix = f"{path}: error: "
    lines = result.stderr.splitlines()
    assert all(line.startswith(prefix) for line in lines), result.stderr
    assert result.returncode == (1 if lines else 0)
    assert (result.stdout == "") == bool(lines)
    return [line[len(prefix) :] for line in lines]


def expect(found, lines, more):
    assert found[: len(lines)] == list(lines)
    assert len(found) == len(lines) + more, found


def ram(image, partition):
    return image.rows("windows")[image.rows("partitions")[partition].window_first]


def stage2_leaf(image, partition, guest):
    return image.descriptor(image.rows("partitions")[partition].stage2_root, guest)


def remap(image, partition, guest, physical):
    """The leaf for `guest` leads to `physical` instead."""
    at = stage2_leaf(image, partition, guest)
    image.change(at, lambda word: word & ~ADDRESS | physical)


def el2_leaf(image, row, virtual):
    return image.descriptor(image.rows("cores")[row].el2_root, virtual)
