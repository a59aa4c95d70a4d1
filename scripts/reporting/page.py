# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML file: sections around tables and pictures. Looks are page.css's, the frame is page.html."""

from html import escape
from pathlib import Path
from string import Template

from . import picture
from .system import size_text
from .tables import OWNER, cell_text

HERE = Path(__file__).resolve().parent
SHORT = 12  # rows that stay on one page of paper
FIGURE_SCALE = "To scale, but that nothing is drawn thinner than a line."


def chip(system, name):
    names = [partition["name"] for partition in system.partitions]
    if name in names:
        return f'<span class="chip {picture.colour(system, name)}"></span>'
    kind = {"hypervisor": "hypervisor", "golden images": "golden", "nobody": "none", "free": "none"}.get(name)
    return f'<span class="chip {kind}"></span>' if kind else ""


def owner_cell(system, value):
    if isinstance(value, (list, tuple)):
        return "".join(f'<span class="many">{chip(system, name)}{escape(name)}</span>' for name in value)
    return chip(system, value) + escape(cell_text(value, OWNER))


def table_html(system, table):
    if not table.rows:
        return f'<p class="empty">{escape(table.empty)}</p>\n'
    classes = ["number-cell" if kind == "number" else kind for _, kind in table.columns]
    head = "".join(f'<th class="{kind}">{escape(heading)}</th>' for (heading, _), kind in zip(table.columns, classes))
    lines = []
    for row in table.rows:
        cells = []
        for value, (_, kind), name in zip(row, table.columns, classes):
            shown = owner_cell(system, value) if kind == OWNER else escape(cell_text(value, kind))
            cells.append(f'<td class="{name}">{shown}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    size = ' class="short"' if len(table.rows) <= SHORT else ""
    return f"<table{size}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n</table>\n"


def legend(system):
    names = [*(partition["name"] for partition in system.partitions), "hypervisor", "golden images", "free"]
    items = "".join(f"<span>{chip(system, name)}{escape(name)}</span>" for name in names)
    return f'<div class="legend">{items}</div>\n'


def physical_figure(system):
    return (
        f"<figure>{picture.physical(system)}{legend(system)}"
        f"<figcaption>{FIGURE_SCALE} Low addresses on top. Left: the hypervisor's own memory, enlarged; "
        "dark is code, grey constant, light writable.</figcaption></figure>\n"
    )


def guest_figures(system):
    figures = "".join(
        f"<figure><h3>{chip(system, partition['name'])}{escape(partition['name'])}</h3>"
        f"{picture.guest(system, partition)}</figure>\n"
        for partition in system.partitions
    )
    caption = (
        "Left: addresses as the guest sees them, its memory at a scale of its own with what the loader puts there; "
        "right: where that lies in the board's memory. Registers, above, are not to scale; dashed ones trap."
    )
    return f'<div class="figures">\n{figures}</div>\n<p class="note">{caption}</p>\n'


def facts(system):
    plan, hypervisor = system.plan, system.hypervisor
    controller = "I/O APIC" if system.is_x86 else f"GICv{system.board['gic']['version']}"
    rows = [
        ("Plan", f'<span class="hash">{plan["sha256"]}</span>'),
        ("", "SHA-256, which the hypervisor prints as it starts: compare it with the boot log"),
        ("Configuration", f"<code>{escape(system.file)}</code>"),
        (
            "Board",
            f"{escape(system.board['name'])}: {len(system.cores)} cores, {controller}, "
            f"{size_text(sum(memory['size'] for memory in system.board['memory']))} of memory",
        ),
        (
            "Partitions",
            ", ".join(
                f"{chip(system, p['name'])}{escape(p['name'])} ({escape(p['criticality'] or 'no criticality')})"
                for p in system.partitions
            ),
        ),
        (
            "Image",
            f"{size_text(plan['image-size'])} at <code>{system.board['load-address']:#x}</code>; "
            f"hypervisor {size_text(hypervisor['size'])}",
        ),
    ]
    lines = [line.removeprefix("verified: ") for line in system.evidence if line.startswith("verified: ")]
    lines = [line for line in lines if plan["sha256"] not in line]
    shown = "<br>".join(map(escape, lines)) or "not verified: made from a description alone"
    rows.append(("Verified", shown))
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in rows)


def signatures(system):
    blank = "<td></td>" * 3
    rows = "".join(f"<tr><td>{who}</td>{blank}</tr>\n" for who in ("Prepared", "Reviewed", "Approved"))
    return (
        f'<p>For the plan <span class="hash">{system.plan["sha256"]}</span>, and no other.</p>\n'
        '<table class="sign"><thead><tr><th></th><th>Name</th><th>Date</th><th>Signature</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table>\n"
    )


def sections(system, tables):
    """(key, title, HTML) in the order of the page."""
    above = {"physical-memory": physical_figure, "guest-memory": guest_figures}
    for key, table in tables.items():
        note = f'<p class="note">{escape(table.note)}</p>\n' if table.note and table.rows else ""
        figure = above[key](system) if key in above else ""
        yield key, table.title, note + figure + table_html(system, table)
    yield "signatures", "Signatures", signatures(system)


def render(system, tables):
    contents, body = [], []
    for number, (key, title, html) in enumerate(sections(system, tables), 1):
        contents.append(f'<li><a href="#{key}"><span class="number">{number}</span>{escape(title)}</a></li>\n')
        heading = f'<h2><span class="number">{number}</span>{escape(title)}</h2>'
        body.append(f'<section id="{key}">\n{heading}\n{html}</section>\n')
    footer = f"{system.name} on {system.board['name']}, plan {system.plan['sha256']}"
    style = Template((HERE / "page.css").read_text(encoding="utf-8")).substitute(print_footer=css_text(footer))
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        name=escape(system.name),
        board=escape(system.board["name"]),
        file=f"<code>{escape(system.file)}</code>",
        style=style,
        facts=facts(system),
        contents="".join(contents),
        sections="".join(body),
    )


def css_text(text):
    """Inside a CSS string, and inside <style>: anything but letters, digits and a few signs goes as an escape."""
    return "".join(c if c.isalnum() and c.isascii() or c in " ,._-" else f"\\{ord(c):x} " for c in text)
