# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's own messages: from its console and from the log rings of its cores (src/plan/log.h), merged by time.

A line is shown one collection after it came, so that older ones of other cores come before it.
"""

import re
import struct
from dataclasses import dataclass, field

HEADER = struct.Struct("<IIQ")  # magic, core, written
MAGIC = 0x474F4C42  # "BLOG"
LINE_MAX = 240
CONSOLE_PREFIX = "bulkhead: "
SEEN_MAX = 64
STAMPED = re.compile(r"([0-9a-f]{16}) (.*)", re.S)
FAILURE = re.compile(r"panic|E\d")  # the hypervisor's own end: a panic, or a numbered refusal to start
UNPRINTABLE = re.compile(r"[^ -~]")


@dataclass
class Ring:
    memory: object  # its page, as the core writes it
    taken: int = 0
    stamp: int = 0  # of its newest line
    is_torn: bool = False  # bytes were lost: skip to the next line
    rest: bytes = b""

    @property
    def size(self):
        return len(self.memory) - HEADER.size

    def collect(self):
        """(stamp, core, text) of each line since the last time."""
        magic, core, written = HEADER.unpack_from(self.memory)
        if magic != MAGIC or written <= self.taken:
            return []
        data = bytes(self.memory[HEADER.size :])
        # the line that its core is writing meanwhile may already cover what was the oldest
        oldest = min(max(HEADER.unpack_from(self.memory)[2] + LINE_MAX - self.size, 0), written)
        found = []
        if self.taken < oldest:
            lost = oldest - self.taken
            found.append((self.stamp, core, f"{lost} bytes of messages lost: they came faster than they were read"))
            self.taken, self.is_torn, self.rest = oldest, True, b""
        start, count = self.taken % self.size, written - self.taken
        *lines, self.rest = (self.rest + (data[start:] + data[:start])[:count]).split(b"\n")
        self.taken = written
        for line in lines:
            if not self.is_torn:
                text = self._text(line[: LINE_MAX - 1])
                found.append((self.stamp, core, text))
            self.is_torn = False
        return found

    def _text(self, line):
        text = UNPRINTABLE.sub("?", line.decode("latin-1"))
        stamped = STAMPED.fullmatch(text)
        if stamped:
            self.stamp, text = int(stamped[1], 16), stamped[2]
        return text


@dataclass
class Log:
    show: object  # takes each text, in order
    file: object = None  # takes the lines' bytes
    rings: list = field(default_factory=list)
    failure: str = None  # the panic or refusal that ended the hypervisor
    frequency: int = 0  # of the stamps, Hz; 0 = not known yet
    lines: list = field(default_factory=list)
    newest: int = 0  # stamp up to which all cores' lines have surely arrived with the next collection
    seen: list = field(default_factory=list)  # texts that were already on the console

    def console(self, text):
        """A line of the UART that is the hypervisor's console, without its prefix."""
        self.seen = [*self.seen, text][:SEEN_MAX]
        self._note(text)
        if FAILURE.match(text):  # it may have had no ring yet
            self._keep(f"[console] {text}")

    def _note(self, text):
        if self.failure is None and FAILURE.match(text):
            self.failure = text
        counter = re.search(r"counter (\d+) Hz", text)
        if counter and not self.frequency:
            self.frequency = int(counter[1])

    def collect(self):
        limit = self.newest
        for ring in self.rings:
            for line in ring.collect():
                self.lines.append(line)
                self._note(line[2])
            self.newest = max(self.newest, ring.stamp)
        self._show(limit)

    def _show(self, limit):
        self.lines.sort(key=lambda line: line[0])  # a stable sort: equal stamps stay in order of arrival
        ready = [line for line in self.lines if limit is None or line[0] <= limit]
        self.lines = self.lines[len(ready) :]
        for stamp, core, text in ready:
            self._write(stamp, core, text)
            if text in self.seen:
                self.seen.remove(text)  # the console showed it
            else:
                self.show(text)

    def _write(self, stamp, core, text):
        if self.frequency:
            seconds, ticks = divmod(stamp, self.frequency)
            self._keep(f"[{seconds}.{ticks * 1000000 // self.frequency:06} core {core}] {text}")
        else:
            self._keep(f"[{stamp} ticks core {core}] {text}")

    def _keep(self, line):
        if self.file:
            self.file.write(f"{line}\n".encode())

    def finish(self):
        """The machine has stopped."""
        self.collect()
        self._show(None)
        if self.file:
            self.file.close()
