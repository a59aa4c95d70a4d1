# SPDX-License-Identifier: Apache-2.0
"""Several consoles on one output. The focused console of a terminal is passed on as it is, so that line editing works; all
others are shown as text, line by line. What a line looks like, after carriage returns and the like, is pyte's business.
"""

import codecs
import os
import re
import select
import time

import pyte

from .rings import CONSOLE_PREFIX

COLUMNS = 1024  # a longer line goes on in the next one
COLOURS = (36, 33, 32, 35, 34, 31)
NOTE_COLOUR = 37
PENDING_MAX = 1 << 20
FINISH = 1.0  # seconds without a byte taken
UNFINISHED_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*)?\Z")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Titles and the like are for nobody's eyes. One without an end takes its line with it, not all that ever follows.
UNFINISHED_STRING = re.compile(r"\x1b([]PX^_]([^\x07\x1b\n]|\x1b(?!\\))*)?\Z")
STRING_SEQUENCE = re.compile(r"\x1b[]PX^_]([^\x07\x1b\n]|\x1b(?!\\))*(\x07|\x1b\\|(?=\n))")


def open_terminal(descriptor):
    """The terminal once more, so that writing never waits for it; the file that we were given is others' too."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:  # somebody else's, behind `su`
        return descriptor


class Source:
    """What one console shows: its unfinished line as a terminal has it, and how much of it is on the screen."""

    def __init__(self, name, number, is_hypervisor):
        self.name, self.colour = name, COLOURS[number % len(COLOURS)]
        self.is_hypervisor = is_hypervisor
        self._held = ""  # what is needed of a string sequence that is not whole
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._plain, self._returned = "", False  # most lines: nothing but text, then perhaps a carriage return
        self._line = None  # or what pyte makes of it
        self.tail = ""  # the end of what was fed, for an escape sequence that is not whole
        self.is_fresh = False  # since the last tick
        self.shown = ""

    def decode(self, data):
        text = STRING_SEQUENCE.sub("", self._held + self._decoder.decode(data))
        unfinished = UNFINISHED_STRING.search(text)
        if not unfinished:
            self._held = ""
            return text
        sequence = unfinished[0]
        self._held = sequence[:2] + ("\x1b" if len(sequence) > 2 and sequence[-1] == "\x1b" else "")
        return text[: unfinished.start()]

    def feed(self, text):
        self.tail = (self.tail + text)[-32:]
        body = text.rstrip("\r")
        if self._line is None and not CONTROL.search(body) and not (self._returned and body):
            self._plain += body
            self._returned = self._returned or body != text
            return
        if self._line is None:
            self._line = pyte.Screen(COLUMNS, 1)
            self._stream = pyte.Stream(self._line)
            self._stream.feed(self._plain + "\r" * self._returned)
        self._stream.feed(text)

    def clear(self):
        self._line, self._plain, self._returned = None, "", False
        self.tail = self.shown = ""

    @property
    def cursor(self):
        if self._line is None:
            return 0 if self._returned else len(self._plain)
        return min(self._line.cursor.x, COLUMNS)

    @property
    def text(self):
        if self._line is None:
            return self._plain
        whole = self._line.display[0]
        return whole[: max(len(whole.rstrip()), self.cursor)]

    @property
    def is_torn(self):
        return bool(UNFINISHED_ESCAPE.search(self.tail))

    @property
    def is_undecided(self):
        """A line that may yet turn out to be the hypervisor's is not shown as its console's."""
        text = self.text
        return self.is_hypervisor and (CONSOLE_PREFIX.startswith(text) or text.startswith(CONSOLE_PREFIX))


class Screen:
    def __init__(self, output, is_terminal, on_hypervisor):
        self.output, self.is_terminal = output, is_terminal
        self.on_hypervisor = on_hypervisor  # takes each line of the hypervisor's on its console
        self.focus = None  # the source that has the input
        self.open = None  # the source whose unfinished line is on the screen
        self.pending = bytearray()
        self.waiting = []  # lines of others, while the focused console is in the middle of an escape sequence
        self.lost = 0
        self.is_closed = False

    # ---- output ----

    def _emit(self, text):
        data = text.encode(errors="replace")
        if len(self.pending) + len(data) > PENDING_MAX or self.is_closed:
            self.lost += len(data)
        else:
            self.pending += data

    def _prefix(self, name, colour):
        return f"\x1b[0;{colour}m[{name}]\x1b[0m " if self.is_terminal else f"[{name}] "

    def write(self):
        try:
            del self.pending[: os.write(self.output, self.pending[: select.PIPE_BUF])]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.is_closed = True
            self.pending.clear()

    # ---- lines ----

    def _is_raw(self, source):
        return self.is_terminal and source is self.focus and not source.is_undecided

    def _columns(self):
        try:
            return os.get_terminal_size(self.output).columns
        except OSError:  # it has gone
            return 0

    def _leave_open_line(self):
        """Makes room for another line: wipes the unfinished one, which comes back later, or leaves it and goes on."""
        if self.open is None:
            return
        width = len(self.open.name) + 3 + len(self.open.text)
        wipes = self.is_terminal and width < self._columns()
        self._emit("\r\x1b[K" if wipes else "\n")
        self.open = None

    def _draw(self, source):
        """The whole unfinished line anew, with the cursor where its console has it."""
        self._leave_open_line()
        text = source.text
        self._emit(self._prefix(source.name, source.colour) + text)
        behind = len(text) - source.cursor
        if behind > 0 and self._is_raw(source):
            self._emit(f"\x1b[{behind}D")
        self.open, source.shown = source, text

    def _draw_rest(self, source):
        text = source.text
        if self.open is not source or not text.startswith(source.shown):
            self._draw(source)
        else:
            self._emit(text[len(source.shown) :])
            source.shown = text

    def _pass_on(self, source, text):
        """A piece of the focused console's line, to the terminal. Its column 0 is behind the prefix."""
        if self.open is source:
            self._emit(text.replace("\r", "\r" + self._prefix(source.name, source.colour)))
        elif source.text or "\x1b" in text:
            self._draw(source)

    def _end_line(self, source):
        text = source.text
        if source.is_hypervisor and text.startswith(CONSOLE_PREFIX):
            text = text.removeprefix(CONSOLE_PREFIX).rstrip()
            if self.open is source:
                self._leave_open_line()
            source.clear()
            self.on_hypervisor(text)
            self.show("hypervisor", text)
            return
        if not (self.open is source and self._is_raw(source)):
            self._draw_rest(source)
        self._emit("\n")
        self.open = None
        source.clear()

    def feed(self, source, data):
        source.is_fresh = source.is_fresh or bool(data)
        for part in re.findall(r"[^\n]+|\n", source.decode(data)):
            if part == "\n":
                self._end_line(source)
                continue
            for start in range(0, len(part), COLUMNS // 2):
                piece = part[start : start + COLUMNS // 2]
                if source.cursor + len(piece) > COLUMNS:
                    self._end_line(source)
                was_open = self.open is source
                source.feed(piece)
                if self._is_raw(source):
                    self._pass_on(source, piece)
                elif was_open:
                    self._draw_rest(source)
        self._release()

    def _release(self):
        if self.waiting and not (self.focus and self.is_terminal and self.focus.is_torn):
            waiting, self.waiting = self.waiting, []
            for name, text in waiting:
                self.show(name, text)

    def settle(self):
        """The focused console's unfinished line is always in view."""
        focus = self.focus
        if self.is_terminal and self.open is None and focus and focus.text and not focus.is_undecided:
            self._draw(focus)

    def tick(self, source):
        """Now and then: shows an unfinished line, a prompt say, that has not changed since the last time."""
        was_fresh, source.is_fresh = source.is_fresh, False
        if was_fresh or not source.text or self._is_raw(source):
            return
        if self.is_terminal and self.open not in (None, source):
            return  # the focused line stays in view; this one shows when it ends
        if source.text != source.shown or (self.is_terminal and self.open is None):
            self._draw_rest(source)

    def show(self, name, text):
        """A line of this program's own."""
        if self.is_terminal and self.focus and self.open is self.focus and self.focus.is_torn:
            self.waiting.append((name, text))
            return
        self._leave_open_line()
        self._emit(f"{self._prefix(name, NOTE_COLOUR)}{text}\n")

    def finish(self):
        if self.open is not None:
            self._emit("\n")
        self.open = self.focus = None
        self._release()
        if self.lost and not self.is_closed:
            self.pending = self.pending[: PENDING_MAX - 256]
            self.show("bulkhead", f"{self.lost} bytes were left out: the output was not read in time")
        poller = select.poll()
        poller.register(self.output, select.POLLOUT)
        until = time.monotonic() + FINISH
        while self.pending and not self.is_closed and time.monotonic() < until:
            left = len(self.pending)
            if poller.poll(FINISH * 1000):
                self.write()
            if len(self.pending) < left:
                until = time.monotonic() + FINISH
