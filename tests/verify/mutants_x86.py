# SPDX-License-Identifier: Apache-2.0
"""Mutants of what only x86 has: control blocks or fields of control structures, permission maps, their row.

Not here: its tables (mutants_tables.py).
"""

import svm
import vmx
from kinds import kind
from pages import PAGE
from subject import AMD, INTEL, X86
from x86 import PARTITION_FIELDS, PINS

STARTS, RESETS, REGISTERS, PORTS = range(4)  # of a partition's controls
INTERESTING_PORTS = [0x20, 0x21, 0x42, 0x60, 0x64, 0x70, 0x92, 0xA0, 0xB2, 0x2F8, 0x3F8, 0x3F9, 0x604, 0x605]
INTERESTING_PORTS += [0xCF8, 0xCFC, 0xCF9, 0xFFFF, 0x10000, 0x10002, 0x17FFF]
INTERESTING_REGISTERS = [0x10, 0x1B, 0x48, 0x49, 0x174, 0x277, 0x2FF, 0x6E0, 0x7FF, 0x800, 0x80B, 0x82F, 0x830, 0x832]
INTERESTING_REGISTERS += [0x833, 0x836, 0x837, 0x83F, 0x840, 0xDA0, 0xC0000080, 0xC0000081, 0xC0000084, 0xC0000085]
INTERESTING_REGISTERS += [0xC0000100, 0xC0000103, 0xC0000104, 0xC0010114, 0xC0010117]


def partition_of(image, random):
    return random.randrange(len(image.rows("partitions")))


def flip(image, address, bit):
    image.data[image.place_of(address) + bit // 8] ^= 1 << bit % 8


@kind("control block: any bit", X86, AMD)
def block_bit(image, random):
    controls = image.controls(partition_of(image, random))
    limit = random.choice([0x18, 0xC8, PAGE])
    flip(image, controls[random.choice([STARTS, RESETS])], 8 * random.randrange(limit) + random.randrange(8))


@kind("control block: a word of another", X86, AMD)
def block_word(image, random):
    one, two = (image.controls(partition_of(image, random))[random.choice([STARTS, RESETS])] for _ in range(2))
    offset = random.choice([0x40, 0x48, 0x58, 0x90, 0xB0, 0x4D0, 0x548, 0x550, 0x558, 8 * random.randrange(PAGE // 8)])
    image.set_word(one + offset, image.word(two + offset))


def field_of(image, random):
    return random.choice(image.rows("vmcs"))


@kind("field: any bit of its value", X86, INTEL)
def value_bit(image, random):
    row = field_of(image, random)
    row.value ^= 1 << random.randrange(random.choice([8, 32, 64]))


@kind("field: what is demanded", X86, INTEL)
def demand_bit(image, random):
    """A control that a core may leave out, or must have and does not."""
    row = random.choice([row for row in image.rows("vmcs") if row.required] or image.rows("vmcs"))
    bit = 1 << random.choice([number for number in range(32) if row.required >> number & 1] or [0])
    if random.random() < 0.7:
        row.required &= ~bit
    if random.random() < 0.5:
        row.value &= ~bit


@kind("field: the same of another", X86, INTEL)
def value_copied(image, random):
    """Of another partition's, or of the other way to start."""
    row = field_of(image, random)
    other = random.choice([other for other in image.rows("vmcs") if other.field == row.field])
    row.value = other.value


@kind("field: another one", X86, INTEL)
def field_renamed(image, random):
    row = field_of(image, random)
    row.field = random.choice([field_of(image, random).field, row.field ^ 1 << random.randrange(16), 0x6C16, 0x2010])


@kind("fields: another order", X86, INTEL)
def fields_moved(image, random):
    one, two = field_of(image, random), field_of(image, random)
    for name in ("field", "value", "required"):
        mine, its = getattr(one, name), getattr(two, name)
        setattr(one, name, its)
        setattr(two, name, mine)


@kind("fields: a partition's spans", X86, INTEL)
def spans_changed(image, random):
    """Rows of another, or not all of its own; the other way to start instead."""
    fields = list(image.machine.partitions)
    at = PARTITION_FIELDS * partition_of(image, random) + 4
    other = PARTITION_FIELDS * partition_of(image, random) + 4
    way = random.randrange(4)
    if way == 0:
        fields[at : at + 4] = fields[at + 2 : at + 4] + fields[at : at + 2]
    elif way == 1:
        fields[at : at + 4], fields[other : other + 4] = fields[other : other + 4], fields[at : at + 4]
    else:
        fields[at + random.randrange(4)] += random.choice([-1, 1, 2])
    image.machine.partitions = tuple(max(value, 0) for value in fields)


@kind("map of registers: any bit", X86)
def register_bit(image, random):
    base = image.controls(partition_of(image, random))[REGISTERS]
    vendor = vmx if image.machine.vendor == INTEL else svm
    bit = random.randrange(vendor.MAP_PAGES * PAGE * 8)
    msr = random.choice(INTERESTING_REGISTERS)
    if random.random() < 0.7 and msr & ~0x1FFF in vendor.BANKS:
        bit = vendor.register_bit(msr, random.randrange(2))
    flip(image, base, bit)


@kind("map of ports: any bit", X86)
def port_bit(image, random):
    base = image.controls(partition_of(image, random))[PORTS]
    bit = random.randrange(2 * PAGE * 8) if random.random() < 0.3 else random.choice(INTERESTING_PORTS)
    flip(image, base, bit)  # behind Intel's map, which has no such bits, lies something else


@kind("port: given to another", X86)
def port_given(image, random):
    """Consistently: the one that had it has it no more."""
    one, two = (image.controls(partition_of(image, random))[PORTS] for _ in range(2))
    port = random.choice(INTERESTING_PORTS)
    mine, its = (image.data[image.place_of(base) + port // 8] >> port % 8 & 1 for base in (one, two))
    if mine != its:
        flip(image, one, port)
        flip(image, two, port)


def controls_of(image, index):
    """Where they are that a partition of this vendor has."""
    return [place for place in image.controls(index) if place]


@kind("controls: led elsewhere, in row and blocks", X86)
def control_moved(image, random):
    index = partition_of(image, random)
    which = random.choice([number for number, place in enumerate(image.controls(index)) if place])
    others = [*controls_of(image, partition_of(image, random)), image.table_base, image.shared_base, image.golden_base]
    target = random.choice(others) + random.choice([0, 0, 0, 8, PAGE, -PAGE])
    image.set_partition_field(index, which, target)
    if which >= REGISTERS and random.random() < 0.7:
        image.lead_maps(index, {REGISTERS: "msr_map", PORTS: "port_map"}[which], target)


@kind("controls: copied to a page that is no table", X86, AMD)
def control_copied(image, random):
    index, which = partition_of(image, random), random.choice([STARTS, RESETS])
    target = random.choice([image.rows("cores")[-1].log_pa, image.shared_base + image.shared_size - PAGE])
    source = image.place_of(image.controls(index)[which])
    place = image.place_of(target)
    image.data[place : place + PAGE] = image.data[source : source + PAGE]
    image.set_partition_field(index, which, target)


@kind("reach: other pins, other cores", X86)
def reach_changed(image, random):
    index, number = random.randrange(3), random.randrange(PINS, PARTITION_FIELDS)
    old = image.partition_fields(index)[number]
    image.set_partition_field(index, number, random.choice([0, 1, 2, 16, 24, old ^ 1 << random.randrange(16)]))


@kind("ASID or VPID: another, in row and controls", X86)
def asid_changed(image, random):
    index = partition_of(image, random)
    asid = random.choice([0, 1, 2, 3, 7, 255, 256])
    image.rows("partitions")[index].vmid = asid
    image.tag(index, asid, random.choice([1, 2, 2, 2]))


@kind("state: pages of control blocks moved", X86)
def pages_moved(image, random):
    name = random.choice(["control", "host"])
    step = random.choice([PAGE, -PAGE, 2 * PAGE, 64, image.shared_size, -image.machine.control])
    setattr(image.machine, name, max(getattr(image.machine, name) + step, 0))


@kind("trampoline: moved, in plan and table", X86)
def trampoline_moved(image, random):
    """The page where cores begin, for all cores: they share the table."""
    old = image.machine.trampoline
    new = random.choice([0, 0x1000, 0x9000, 0x100000, 0x1FF000, 0xFF000, image.gicd_pa])
    root = image.rows("cores")[0].el2_root
    at, to = image.descriptor(root, old), image.descriptor(root, new)
    word = image.word(at)
    image.set_word(at, 0)
    if to != at:
        image.set_word(to, word & ~image.ADDRESS | new)
    image.machine.trampoline = new & 0xFFFFFFFF


@kind("machine: a field of its row", X86)
def row_field(image, random):
    names = "vendor trampoline ioapic_pa ioapic_va ioapic_pins apic_frequency tsc_frequency control host power_off_port"
    name = random.choice([*names.split(), "power_off_value"])
    values = [0, 1, 2, 3, 8, 24, 64, 240, 241, 0x604, 0xFFFE, 0xFFFF, 0x10000, 0x3F8, image.gicr_pa, image.gicd_pa]
    setattr(image.machine, name, random.choice([*values, getattr(image.machine, name) ^ 1 << random.randrange(32)]))


@kind("core: a spin table", X86)
def core_released(image, random):
    """As cores of Armv8 can have one: here none does."""
    for row in image.rows("cores")[: random.choice([1, PAGE])]:
        row.release = 0x9000 + 8 * random.randrange(64)
