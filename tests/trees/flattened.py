# SPDX-License-Identifier: Apache-2.0
"""A flattened devicetree, read by the Devicetree Specification 0.4 alone: nothing of libfdt, nothing of the planner.

Addresses are followed to the cores, interrupts to the GIC. Not here: what they should be (sweep.py).
"""

import struct

BEGIN_NODE, END_NODE, PROPERTY, NOP, END = 1, 2, 3, 4, 9
GIC = {
    "arm,gic-v3": "gicv3",
    "arm,gic-400": "gicv2",
    "arm,cortex-a15-gic": "gicv2",
    "arm,cortex-a7-gic": "gicv2",
    "arm,cortex-a9-gic": "gicv2",
    "qcom,msm-qgic2": "gicv2",
}
# Controllers before the GIC whose specifiers are the GIC's own: they wake the machine, or route nothing.
WAKERS = {"fsl,imx8mq-gpc", "fsl,imx7d-gpc", "nvidia,tegra30-ictlr", "nvidia,tegra210-ictlr"}


class Lost(Exception):
    """An interrupt that leads nowhere."""


class Node:
    def __init__(self, name, parent):
        self.name = name
        self.parent = parent
        self.properties = {}
        self.children = []

    @property
    def path(self):
        above = self.parent.path if self.parent else ""
        return f"{above.rstrip('/')}/{self.name}"

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def lineage(self):
        node = self
        while node:
            yield node
            node = node.parent

    def cells(self, name):
        value = self.properties.get(name, b"")
        return struct.unpack(f">{len(value) // 4}I", value[: len(value) & ~3])

    def cell(self, name, default=None):
        cells = self.cells(name)
        return cells[0] if cells else default

    def strings(self, name):
        value = self.properties.get(name, b"")
        return value.decode("latin-1").rstrip("\0").split("\0") if value else []

    def is_compatible(self, names):
        return any(name in names for name in self.strings("compatible"))

    def is_enabled(self):
        """All above it are, too."""
        return all(node.strings("status") in ([], ["okay"], ["ok"]) for node in self.lineage())


def number(cells):
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value


class Tree:
    def __init__(self, content):
        magic, _, structure, strings = struct.unpack_from(">4I", content)
        assert magic == 0xD00DFEED
        self.root = self._read(content, structure, strings)
        self.nodes = list(self.root.walk())
        self.by_phandle = {node.cell("phandle"): node for node in self.nodes if "phandle" in node.properties}
        controllers = [node for node in self.nodes if "interrupt-controller" in node.properties]
        self.gic = next((node for node in controllers if node.is_compatible(GIC)), None)

    @staticmethod
    def _read(content, at, strings):
        node = root = None
        while True:
            (token,) = struct.unpack_from(">I", content, at)
            at += 4
            if token == BEGIN_NODE:
                end = content.index(b"\0", at)
                node = Node(content[at:end].decode("ascii"), node)
                if node.parent:
                    node.parent.children.append(node)
                root = root or node
                at = (end + 4) & ~3
            elif token == END_NODE:
                node = node.parent
            elif token == PROPERTY:
                length, name = struct.unpack_from(">2I", content, at)
                name += strings
                name = content[name : content.index(b"\0", name)].decode("ascii")
                node.properties[name] = content[at + 8 : at + 8 + length]
                at = (at + 8 + length + 3) & ~3
            elif token == END:
                return root
            else:
                assert token == NOP

    def find(self, path):
        return next((node for node in self.nodes if node.path == path), None)

    def gic_version(self):
        return None if self.gic is None else next(GIC[name] for name in self.gic.strings("compatible") if name in GIC)

    @staticmethod
    def _widths(bus):
        return bus.cell("#address-cells", 2), bus.cell("#size-cells", 1)

    def _translate(self, bus, base, size):
        """From an address of `bus` to one of the bus above; None where it leads nowhere."""
        if "ranges" not in bus.properties:
            return None
        ranges, (child, length), parent = bus.cells("ranges"), self._widths(bus), self._widths(bus.parent)[0]
        row = child + parent + length
        for i in range(0, len(ranges), row):
            start, extent = number(ranges[i : i + child]), number(ranges[i + child + parent : i + row])
            if start <= base and base + size <= start + extent:
                return number(ranges[i + child : i + child + parent]) + base - start
        return base if not ranges else None

    def registers(self, node):
        """The ranges of `reg` that a core can reach, as (base, size)."""
        found = []
        if node.parent is None or not node.cells("reg"):
            return found
        reg, (address, length) = node.cells("reg"), self._widths(node.parent)
        for i in range(0, len(reg), address + length):
            base, size = number(reg[i : i + address]), number(reg[i + address : i + address + length])
            bus = node.parent
            while bus.parent and base is not None:
                base = self._translate(bus, base, size)
                bus = bus.parent
            if base is not None and size:
                found.append((base, size))
        return found

    def _interrupt_parent(self, node):
        """By the specification's 2.4.1: what the nearest node above, or itself, names; else the nearest controller."""
        for above in node.lineage():
            if "interrupt-parent" in above.properties:
                return self.by_phandle.get(above.cell("interrupt-parent"))
            if above is not node and above.properties.keys() & {"interrupt-controller", "interrupt-map"}:
                return above
        return None

    def _pass_nexus(self, nexus, unit, specifier):
        rows, mask = nexus.cells("interrupt-map"), nexus.cells("interrupt-map-mask")
        address, width = nexus.cell("#address-cells", 0), nexus.cell("#interrupt-cells")
        wanted = (tuple(unit) + (0,) * address)[:address] + tuple(specifier)
        at = 0
        while at < len(rows):
            key = rows[at : at + address + width]
            parent = self.by_phandle.get(rows[at + address + width])
            if parent is None:
                break
            start = at + address + width + 1
            middle = start + parent.cell("#address-cells", 0)
            at = middle + parent.cell("#interrupt-cells")
            look = mask or (0xFFFFFFFF,) * len(key)
            if all((a ^ b) & m == 0 for a, b, m in zip(key, wanted, look)):
                return parent, rows[start:middle], rows[middle:at]
        raise Lost(f"the interrupt-map of {nexus.path} has no row for it")

    def _follow_interrupt(self, controller, unit, specifier):
        for _ in range(8):
            if controller is None:
                break
            if controller is self.gic:
                kind, line, flags = specifier[:3]
                if kind > 1 or line >= (988, 16)[kind]:
                    raise Lost(f"there is no interrupt <{kind} {line}>")
                return (line + (32, 16)[kind], "edge" if flags & 3 else "level")
            if "interrupt-map" in controller.properties:
                controller, unit, specifier = self._pass_nexus(controller, unit, specifier)
            elif controller.is_compatible(WAKERS):
                controller = self._interrupt_parent(controller)
            else:
                return controller
        raise Lost("it leads nowhere")

    def _ends(self, node):
        unit = node.cells("reg")[: self._widths(node.parent)[0]] if node.parent else ()
        extended, plain = node.cells("interrupts-extended"), node.cells("interrupts")
        specifiers, at = [], 0
        while at < len(extended):
            controller = self.by_phandle.get(extended[at])
            if controller is None:
                raise Lost("interrupts-extended names nothing")
            width = controller.cell("#interrupt-cells")
            specifiers.append((controller, extended[at + 1 : at + 1 + width]))
            at += 1 + width
        if not extended and plain:
            controller = self._interrupt_parent(node)
            if controller is None:
                raise Lost("it has no interrupt parent")
            width = controller.cell("#interrupt-cells")
            specifiers = [(controller, plain[i : i + width]) for i in range(0, len(plain), width)]
        return [self._follow_interrupt(controller, unit, specifier) for controller, specifier in specifiers]

    def interrupts(self, node):
        """Those of a node's that arrive at the GIC, as (number, "edge" or "level")."""
        return [end for end in self._ends(node) if isinstance(end, tuple)]

    def routed(self, node):
        """Whether some of them end at another controller."""
        return any(isinstance(end, Node) for end in self._ends(node))

    def clock_count(self, node):
        """How many entries `clocks` has."""
        cells, at, count = node.cells("clocks"), 0, 0
        while at < len(cells):
            clock = self.by_phandle.get(cells[at])
            at += 1 + (clock.cell("#clock-cells", 0) if clock else 0)
            count += 1
        return count
