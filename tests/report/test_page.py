#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The report as a browser shows and prints it: it fits, needs nothing from outside, and is sound HTML.

Chromium without a window and without a network renders it. $REPORT_PICTURES names a folder that keeps what it drew.
"""

import html.parser
import json
import os
import pathlib
import re
import struct
import subprocess

import pytest

CHROMIUM = "chromium"
WIDTH = 1280
A4 = (595, 842)  # points
VOID = {"meta", "br"}
# Runs behind the page; what it finds out stands in the title.
PROBE = """<script>
document.title = JSON.stringify({
	scroll: document.documentElement.scrollWidth,
	wide: [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth)
		.map((node) => node.outerHTML.slice(0, 80)),
	loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
	long: [...document.querySelectorAll("svg .halo")].filter((text) => text.getBBox().width > 126)
		.map((text) => text.textContent),
	text: [...document.querySelectorAll("svg")].filter((svg) => [...svg.querySelectorAll("text")].some((text) => {
		const box = text.getBBox(), view = svg.viewBox.baseVal;
		return box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height;
	})).map((svg) => svg.getAttribute("aria-label")),
});
</script>"""


def chromium(profile, page, *options):
    """Standard output of a browser that is new each time and speaks to nobody."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", f"--window-size={WIDTH},900"]
    command += [*options, page.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


SYSTEMS = ["ivi-rtos", "rtos-rtos", "shared", "synthetic"]


@pytest.fixture(name="page", params=SYSTEMS)
def reported_page(systems, request):
    return systems.report(request.param) / "report.html"


def test_fits(page, tmp_path):
    """No horizontal scrolling, nothing that sticks out, no label outside its picture, nothing loaded."""
    probe = tmp_path / "probe.html"
    probe.write_text(page.read_text().replace("</body>", f"{PROBE}</body>"))
    title = re.search(r"<title>(\{.*?\})</title>", chromium(tmp_path / "profile", probe, "--dump-dom"))
    found = json.loads(html.unescape(title[1]))
    assert found == {"scroll": WIDTH, "wide": [], "loaded": [], "long": [], "text": []}


def test_probe_notices(page, tmp_path):
    """The same probe on a page that is too wide and wants a picture from outside."""
    wide = '<div style="width: 1300px">x</div><img src="http://example.invalid/a.png">'
    (tmp_path / "probe.html").write_text(page.read_text().replace("</body>", f"{wide}{PROBE}</body>"))
    title = re.search(
        r"<title>(\{.*?\})</title>", chromium(tmp_path / "profile", tmp_path / "probe.html", "--dump-dom")
    )
    found = json.loads(html.unescape(title[1]))
    assert found["scroll"] > WIDTH
    assert len(found["wide"]) == 1


def pictures(tmp_path):
    folder = pathlib.Path(os.environ.get("REPORT_PICTURES", tmp_path))
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("name", SYSTEMS[:3])
def test_drawn(systems, tmp_path, name):
    """A picture of the screen's width, and pages of A4."""
    page = systems.report(name) / "report.html"
    png = pictures(tmp_path) / f"{name}.png"
    chromium(tmp_path / "profile", page, f"--screenshot={png}", f"--window-size={WIDTH},1720")
    content = png.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (WIDTH, 1720)
    assert len(content) > 50000  # there is something on it
    pdf = pictures(tmp_path) / f"{name}.pdf"
    chromium(tmp_path / "profile", page, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    content = pdf.read_bytes()
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", content)
    assert 4 <= len(boxes)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4}


class Reader(html.parser.HTMLParser):
    """Collects what would be fetched, ids and what leads to them; every element is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids, self.tags, self.style = [], [], [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data", "action", "xlink:href", "poster"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_self_contained(page):
    reader = read(page.read_text())
    assert {link[0] for link in reader.links} == {"#"}
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & reader.tags
    assert "url(" not in reader.style and "@import" not in reader.style


def test_all_tables(systems):
    """Each CSV file is a section of the page, with as many rows."""
    folder = systems.report("shared")
    page = (folder / "report.html").read_text()
    files = {path.stem: path.read_text().count("\n") - 1 for path in folder.glob("*.csv")}
    assert len(files) == 16
    for name, count in files.items():
        (section,) = re.findall(rf'<section id="{name}">.*?</section>', page, flags=re.S)
        body = re.search(r"<tbody>.*?</tbody>", section, flags=re.S)
        assert (body[0].count("<tr>") if body else 0) == count, name


def test_strange_names(systems, tmp_path):
    """Markup in a name is text. The planner lets no such name through; a description may come from elsewhere."""
    strange = '</style><script>alert("1")</script>&amp; \\ 0x41'
    text = systems.run("build", systems.paths["ivi-rtos"], "--json", "-").stdout
    system = json.loads(text.replace('"rtos"', json.dumps(strange)))
    system["board"]["name"] = strange
    (tmp_path / "strange.json").write_text(json.dumps(system))
    result = systems.run("report", tmp_path / "strange.json", "-o", tmp_path / "report")
    assert (result.stderr, result.returncode) == ("", 0)
    reader = read((tmp_path / "report" / "report.html").read_text())
    assert "script" not in reader.tags
    assert "<" not in reader.style
