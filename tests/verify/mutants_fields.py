# SPDX-License-Identifier: Apache-2.0
"""Mutants of the plan, field by field, whatever a field means. Not here: those with a meaning (mutants_plan.py)."""

from kinds import kind, places
from pages import PAGE

UNTOUCHED = ("magic", "header_crc", "body_crc", "sha256")  # of random fields


def any_row(image, random):
    filled = [array for array in image.ROWS if getattr(image, array)[1]]
    array = random.choice([*filled, "header", "partitions", "cores", "vcpus"])
    rows = [image] if array == "header" else image.rows(array)
    return random.choice(rows), rows


def any_field(image, random):
    row, rows = any_row(image, random)
    name = random.choice([name for name in row.layout["fields"] if name not in UNTOUCHED])
    return row, rows, name


@kind("field: any bit")
def field_bit(image, random):
    row, _, name = any_field(image, random)
    offset, form = row.layout["fields"][name]
    place = row.offset + offset + random.randrange(size_of(form))
    image.data[place] ^= 1 << random.randrange(8)


def size_of(form):
    return sum({"B": 1, "H": 2, "I": 4, "Q": 8}[code] for code in form[1:])


@kind("frame: magic, versions, pieces, arrays")
def frame_changed(image, random):
    """What decides whether the rest can be read."""
    pieces = "plan_base image_base image_size table_base table_size shared_base shared_size".split()
    pieces += ["private_base", "private_size"]
    names = ["magic", "version", "size", "arch", "gic", "golden_base", "golden_size", *pieces, *image.ROWS]
    name = random.choice(names)
    offset, form = image.layout["fields"][name]
    if random.random() < 0.5:
        image.data[image.offset + offset + random.randrange(size_of(form))] ^= 1 << random.randrange(8)
        return
    old = getattr(image, name)
    values = list(old) if isinstance(old, tuple) else [old]
    values[-1] = values[-1] + random.choice([-1, 1, 8, -8, PAGE, -PAGE]) & 0xFFFFFFFF
    setattr(image, name, tuple(values))


@kind("field: another value")
def field_value(image, random):
    row, _, name = any_field(image, random)
    form = row.layout["fields"][name][1]
    width = {"B": 8, "H": 16, "I": 32, "Q": 64}[form[1]]
    values = list(getattr(row, name)) if len(form) > 2 else [getattr(row, name)]
    index = random.randrange(len(values))
    steps = [1, -1, 8, -8, PAGE, -PAGE, 0x20000, 0x200000, -0x200000, 1 << 30]
    news = [0, 1, (1 << width) - 1, 1 << width - 1] + [values[index] + step for step in steps] + places(image)
    values[index] = random.choice(news) & (1 << width) - 1
    setattr(row, name, tuple(values))


@kind("field: that of another row")
def field_copied(image, random):
    row, rows, name = any_field(image, random)
    other = random.choice(rows)
    mine, its = getattr(row, name), getattr(other, name)
    setattr(row, name, its)
    if random.random() < 0.5:
        setattr(other, name, mine)


@kind("rows: exchanged, copied")
def rows_exchanged(image, random):
    row, rows = any_row(image, random)
    other = random.choice(rows)
    size = row.layout["size"]
    one, two = (slice(at.offset, at.offset + size) for at in (row, other))
    mine, its = bytes(image.data[one]), bytes(image.data[two])
    image.data[one] = its
    if random.random() < 0.7:
        image.data[two] = mine
