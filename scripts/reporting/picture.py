# SPDX-License-Identifier: Apache-2.0
"""Memory maps as SVG, to scale, low addresses on top. Colours and fonts are the page's (page.css).

Each drawing is one figure: `physical` the board's memory with the hypervisor's enlarged beside it, `guest` what one
partition sees and where that lies.
"""

from html import escape

from .system import size_rounded, size_text
from .tables import window_use

LINE = 15  # between the base lines of two labels
NAME = 18  # characters between two boxes
BOXES = 12  # of registers in a picture: more are in the table only
THINNEST = 1.5  # what is smaller than this is drawn so: it would not be seen


class Axis:
    """Addresses of some ranges, one below the other, as heights from `top`; `gap` between ranges."""

    def __init__(self, ranges, top, height, gap=10):
        self.parts = []
        total = sum(size for _, size in ranges)
        room = height - gap * (len(ranges) - 1)
        at = top
        for base, size in ranges:
            self.parts.append((base, size, at, room * size / total))
            at += room * size / total + gap

    def span(self, base, size):
        """Top and height of a range, which is in one part."""
        first, whole, at, height = next(part for part in self.parts if part[0] <= base < part[0] + part[1])
        return at + height * (base - first) / whole, max(height * size / whole, THINNEST)


def spread(wanted, least=LINE, top=0.0, bottom=float("inf")):
    """Positions at least `least` apart, in order, as near to the wanted ones as a single pass up and down gets."""
    placed = []
    for y in wanted:
        placed.append(max(y, placed[-1] + least if placed else top))
    limit = bottom
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - least
    return placed


class Drawing:
    def __init__(self, title):
        self.title = title
        self.parts = []

    def box(self, x, y, width, height, kind, tip=""):
        kind += " thin" if height < 4 else ""
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        self.parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">{inside}</rect>'
        )

    def line(self, points, kind="lead"):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}"/>')

    def beam(self, left, top, bottom, right, right_top, right_bottom, kind="beam"):
        """What is enlarged, or lies elsewhere: from one edge to the other."""
        corners = [(left, top), (right, right_top), (right, right_bottom), (left, bottom)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        self.parts.append(f'<polygon class="{kind}" points="{points}"/>')

    def text(self, x, y, words, kind="", anchor="start"):
        spans = "".join(
            f'<tspan class="{name}"{f" dx={chr(34)}{gap}{chr(34)}" if gap else ""}>{escape(word)}</tspan>'
            for word, name, gap in words
        )
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{spans}</text>')

    def svg(self, width, height):
        return (
            f'<svg viewBox="0 0 {width} {height:.0f}" role="img" aria-label="{escape(self.title, quote=True)}">'
            f"{''.join(self.parts)}</svg>"
        )


def label(base, size, name):
    return [(f"{base:#011x}", "a", 0), (size_rounded(size), "s", 8), (name, "n", 8)]


def draw_column(drawing, axis, x, width, rows, side):
    """Boxes of (base, size, name, class) with labels spread at their `side`, -1 left or 1 right."""
    spans = [axis.span(base, size) for base, size, _, _ in rows]
    edge = x if side < 0 else x + width
    middles = [top + height / 2 for top, height in spans]
    bottom = max(at + height for _, _, at, height in axis.parts)
    for (base, size, name, kind), (top, height) in zip(rows, spans):
        drawing.box(x, top, width, height, kind, f"{base:#x} to {base + size - 1:#x}, {size_text(size)}: {name}")
    for (base, size, name, kind), middle, y in zip(rows, middles, spread(middles, top=axis.parts[0][2], bottom=bottom)):
        drawing.line([(edge, middle), (edge + 14 * side, middle), (edge + 26 * side, y), (edge + 32 * side, y)])
        words = label(base, size, name)
        drawing.text(edge + 36 * side, y + 4, words, "", "end" if side < 0 else "start")


def colour(system, name):
    """Class of a partition's colour; they come again after seven, which is why every box has a label."""
    return f"p{[partition['name'] for partition in system.partitions].index(name) % 7}"


def region_class(system, region):
    return colour(system, region.partition) if region.kind == "partition" else region.kind


def physical(system):
    """The board's memory; at its left the hypervisor's, enlarged."""
    regions = system.regions()
    height = max(380, LINE * (len(regions) + 2), LINE * (len(system.hypervisor["pieces"]) + 2))
    drawing = Drawing(f"Physical memory of {system.board['name']}, to scale")
    whole = Axis([(memory["base"], memory["size"]) for memory in system.board["memory"]], 24, height)
    start, size = system.board["load-address"], system.hypervisor["size"]
    large = Axis([(start, size)], 24, height)
    top, tall = whole.span(start, size)
    drawing.beam(470, 24, 24 + height, 600, top, top + tall)
    drawing.text(410, 14, [("hypervisor, enlarged", "h", 0)], "", "middle")
    drawing.text(660, 14, [("physical memory", "h", 0)], "", "middle")
    access = {"r-x": "code", "r--": "constant", "rw-": "data"}
    pieces = system.hypervisor["pieces"]
    pieces = [(p["base"], p["size"], p["name"], f"hypervisor {access[p['access']]}") for p in pieces]
    draw_column(drawing, large, 350, 120, pieces, -1)
    rows = [(r.base, r.size, r.label, region_class(system, r)) for r in regions]
    draw_column(drawing, whole, 600, 120, rows, 1)
    return drawing.svg(1080, height + 34)


def guest_windows(system, partition):
    """(guest, physical or None, label) of all that is no memory, ascending."""
    rows = [
        (window["guest"], window["base"], window_use(system, partition, window))
        for window in partition["windows"]
        if window["kind"] != "memory"
    ]
    rows += [(filter_["guest"], None, filter_["kind"]) for filter_ in partition["filters"]]
    return sorted(rows, key=lambda row: row[0])


def short(name):
    """Between two boxes: addresses stand beside them anyway."""
    name = name.split("@")[0] if len(name) > NAME else name
    return name if len(name) <= NAME else name[: NAME - 1] + "\N{HORIZONTAL ELLIPSIS}"


def draw_windows(drawing, rows, own, top):
    """Registers, a box each: not to scale. Returns where they end."""
    for guest, base, name in rows if len(rows) <= BOXES else rows[: BOXES - 1]:
        kind = own if base is not None else "trapped"
        drawing.box(180, top, 90, 13, kind, name)
        drawing.text(172, top + 11, [(f"{guest:#011x}", "a", 0)], "", "end")
        if base is None:
            drawing.text(280, top + 11, [(f"{name}: trapped", "n", 0)])
        else:
            drawing.line([(270, top + 6.5), (400, top + 6.5)], "lead")
            drawing.box(400, top, 90, 13, own, name)
            drawing.text(498, top + 11, [(f"{base:#011x}", "a", 0)])
            drawing.text(335, top + 11, [(short(name), "n", 0)], "halo", "middle")
        top += 24
    if len(rows) > BOXES:
        drawing.text(225, top + 11, [(f"{len(rows) - BOXES + 1} more in the table below", "s", 0)], "", "middle")
        top += 24
    return top


def draw_contents(drawing, system, partition, axis, own):
    """What lies in the guest's memory when it starts; labels at the left."""
    rows = []
    for guest, size, name in system.contents(partition):
        top, height = axis.span(guest, size)
        drawing.box(180, top, 90, height, f"{own} image", f"{guest:#x}, {size_text(size)}: {name}")
        rows.append((top + height / 2, [(name, "n", 0), (f"{guest:#011x}", "a", 8)]))
    for window in system.memory_windows(partition):
        top, height = axis.span(window["guest"], window["size"])
        if not any(window["guest"] == guest for guest, _, _ in system.contents(partition)):
            rows.append((top, [(f"{window['guest']:#011x}", "a", 0)]))
        rows.append((top + height, [(f"{window['guest'] + window['size'] - 1:#011x}", "a", 0)]))
    rows.sort(key=lambda row: row[0])
    bottom = max(at + height for _, _, at, height in axis.parts)
    for (middle, words), y in zip(rows, spread([y for y, _ in rows], 13, axis.parts[0][2], bottom)):
        drawing.line([(180, middle), (176, middle), (170, y), (166, y)])
        drawing.text(162, y + 4, words, "", "end")


def guest(system, partition):
    """One partition: its own addresses at the left, physical ones at the right."""
    own = colour(system, partition["name"])
    drawing = Drawing(f"Addresses of partition {partition['name']}, guest-physical and physical")
    drawing.text(225, 12, [("guest sees", "h", 0)], "", "middle")
    drawing.text(445, 12, [("physical", "h", 0)], "", "middle")
    top = draw_windows(drawing, guest_windows(system, partition), own, 24) + 8
    windows = system.memory_windows(partition)
    height = max(190, 13 * (len(partition["images"]) + 2 * len(windows) + 1))
    left = Axis([(window["guest"], window["size"]) for window in windows], top, height)
    right = Axis([(memory["base"], memory["size"]) for memory in system.board["memory"]], top, height)
    for memory in system.board["memory"]:
        whole = right.span(memory["base"], memory["size"])
        drawing.box(400, whole[0], 90, whole[1], "else")
    marks = []
    for window in windows:
        box, far = left.span(window["guest"], window["size"]), right.span(window["base"], window["size"])
        drawing.beam(270, box[0], box[0] + box[1], 400, far[0], far[0] + far[1])
        drawing.box(180, box[0], 90, box[1], f"{own} ram", f"memory, {size_text(window['size'])}")
        drawing.box(400, far[0], 90, far[1], own, f"{window['base']:#x}, {size_text(window['size'])}")
        middle = (2 * box[0] + box[1] + 2 * far[0] + far[1]) / 4
        drawing.text(335, middle + 4, [(size_rounded(window["size"]), "n", 0)], "halo", "middle")
        marks += [(far[0], window["base"]), (far[0] + far[1], window["base"] + window["size"] - 1)]
    draw_contents(drawing, system, partition, left, own)
    for (y, address), at in zip(marks, spread([y for y, _ in marks], 13, top, top + height)):
        drawing.line([(490, y), (494, y), (500, at), (504, at)])
        drawing.text(508, at + 4, [(f"{address:#011x}", "a", 0)])
    return drawing.svg(610, top + height + 10)
