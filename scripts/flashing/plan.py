# SPDX-License-Identifier: Apache-2.0
"""A finished image's plan, to be changed field by field and sealed again: the layout is read from src/plan/plan.h."""

import re
import struct
import zlib
from pathlib import Path

HEADER = Path(__file__).resolve().parents[2] / "src" / "plan" / "plan.h"
MAGIC = b"BULKPLAN"
PAGE = 4096
CODES = {"uint8_t": "B", "char": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q"}


def read_layouts():
    """Offset and format of each field of each struct, and each struct's size. Padding is at most at a struct's end."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    constants = {name: int(value) for name, value in re.findall(r"#define (PLAN_\w+) (\d+)u?\s", text)}
    constants["PLAN_INTERRUPT_WORDS"] = constants["PLAN_INTERRUPTS"] // 32
    layouts = {}
    for name, body in re.findall(r"struct (\w+) \{(.*?)\};", text, re.S):
        fields, offset = {}, 0
        for kind, names in re.findall(r"(struct \w+|\w+) ([\w\[\], ]+);", body):
            for field, count in re.findall(r"(\w+)(?:\[(\w+)\])?", names):
                count = constants.get(count) or int(count or 1)
                form = layouts[kind.split()[1]]["form"] if kind.startswith("struct") else CODES[kind]
                fields[field] = (offset, f"<{form * count}")
                offset += struct.calcsize(f"<{form * count}")
        form = "".join(form[1:] for _, form in fields.values())
        alignment = max(struct.calcsize(code) for code in form)
        layouts[name] = {"fields": fields, "size": -(-offset // alignment) * alignment, "form": form}
    return layouts


LAYOUTS = read_layouts()


class Row:
    """A struct in the image: its fields are attributes, single values or tuples."""

    def __init__(self, data, offset, layout):
        self.__dict__.update(data=data, offset=offset, layout=LAYOUTS[layout])

    def __getattr__(self, name):
        offset, form = self.layout["fields"][name]
        values = struct.unpack_from(form, self.data, self.offset + offset)
        return values[0] if len(values) == 1 else values

    def __setattr__(self, name, value):
        offset, form = self.layout["fields"][name]
        values = value if isinstance(value, (tuple, bytes)) else (value,)
        struct.pack_into(form, self.data, self.offset + offset, *values)

    def place(self, name):
        """Where a field lies in the image."""
        return self.offset + self.layout["fields"][name][0]


class Plan(Row):
    """The plan's header in an image; the rows of its arrays by the array's name."""

    ROWS = {
        "cores": "plan_core",
        "partitions": "plan_partition",
        "vcpus": "plan_vcpu",
        "windows": "plan_window",
        "filters": "plan_filter",
        "interrupts": "plan_interrupt",
        "images": "plan_image",
        "roots": "plan_root",
        "table_sets": "plan_table_set",
        "memory": "plan_range",
        "x86": "plan_x86",
        "vmcs": "plan_vmcs",
    }

    def __init__(self, data):
        at = next(at for at in range(0, len(data), PAGE) if data[at : at + len(MAGIC)] == MAGIC)
        super().__init__(data, at, "plan_header")

    def rows(self, array):
        offset, count = getattr(self, array)
        layout = self.ROWS[array]
        return [Row(self.data, self.offset + offset + i * LAYOUTS[layout]["size"], layout) for i in range(count)]

    def fits(self, array):
        """Whether all its rows are in the file, where the plan was changed."""
        offset, count = getattr(self, array)
        return self.offset + offset + count * LAYOUTS[self.ROWS[array]]["size"] <= len(self.data)

    def place_of(self, address):
        """Where a physical address lies in the image."""
        return address - self.image_base

    def seal(self):
        """Makes the CRCs right for what is there."""
        self.seal_tables()
        self.seal_plan()

    def seal_tables(self):
        for table_set in self.rows("table_sets") if self.fits("table_sets") else []:
            place = self.place_of(table_set.base)
            table_set.crc = zlib.crc32(self.data[place : place + table_set.size])

    def seal_plan(self):
        """The plan's own CRCs, over whatever other checksums it has."""
        end = self.offset + self.layout["size"]
        self.body_crc = zlib.crc32(self.data[end : self.offset + self.size])
        self.header_crc = zlib.crc32(self.data[self.place("version") : end])
