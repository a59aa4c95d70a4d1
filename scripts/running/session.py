# SPDX-License-Identifier: Apache-2.0
"""A running machine: the one loop that moves bytes between QEMU, the user, logs and clients until QEMU has ended."""

import contextlib
import os
import select
import signal
import termios
import time
import tty

TICK = 0.1  # seconds between two looks at the log rings
GATHER = 0.004  # seconds for bytes to gather: QEMU sends them one by one
FAILURE = 0.3  # for the messages that follow a panic
KILL = 5.0  # for QEMU to end by itself
INPUT = 1024
COMMAND_KEY = 0x1D  # Ctrl-]
KEYS = "Ctrl-] then n = next console, q = quit, ? = this help, Ctrl-] = type Ctrl-]"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def catch_signals(handler):
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, handler)


class Terminal:
    """The user's keyboard, key by key. Output processing stays on, so that a newline starts a new line."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.saved = termios.tcgetattr(descriptor)
        tty.setraw(descriptor, termios.TCSADRAIN)
        modes = termios.tcgetattr(descriptor)
        modes[1] = self.saved[1]  # oflag
        termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)

    def restore(self):
        with contextlib.suppress(termios.error):  # it may have gone
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self.saved)


class Session:
    def __init__(self, child, consoles, screen, log, keyboard, timeout):
        self.child, self.screen, self.log = child, screen, log
        self.consoles = consoles  # {Console: its Source}
        self.input = keyboard  # a descriptor, or None
        self.is_command = False  # the key before was Ctrl-]
        self.stop_at = time.monotonic() + timeout if timeout else None
        self.is_stopping = False  # it was asked to: at stop_at it is made to
        self.signal = 0  # that ended the session
        self.focused = None

    # ---- the end ----

    def stop_within(self, seconds):
        at = time.monotonic() + seconds
        if not self.is_stopping and (self.stop_at is None or at < self.stop_at):
            self.stop_at = at

    def on_signal(self, number, _frame):
        self.signal = number
        self.stop_within(0)

    def _stop_when_due(self):
        if self.log.failure:
            self.stop_within(FAILURE)
        if self.screen.is_closed:
            self.stop_within(0)
        if self.stop_at is not None and time.monotonic() >= self.stop_at:
            self.child.end(signal.SIGKILL if self.is_stopping else signal.SIGTERM)
            self.is_stopping = True
            self.stop_at = time.monotonic() + KILL

    # ---- input ----

    def focus_next(self):
        """Gives the input to the next console that a partition owns, or to the first."""
        owned = [console for console in self.consoles if console.is_owned]
        if owned:
            at = owned.index(self.focused) + 1 if self.focused in owned else 0
            self.focused = owned[at % len(owned)]
            self.screen.focus = self.consoles[self.focused]

    def _tell_focus(self):
        if self.focused:
            self.screen.show("bulkhead", f"input goes to {self.focused.name}")

    def _tell_keys(self):
        self.screen.show("bulkhead", KEYS)
        self._tell_focus()

    def _take_key(self, key):
        was_command, self.is_command = self.is_command, not self.is_command and key == COMMAND_KEY
        if self.is_command:
            return
        if not was_command or key == COMMAND_KEY:
            if self.focused:
                self.focused.type(bytes([key]))
        elif key == ord("n"):
            self.focus_next()
            self._tell_focus()
        elif key == ord("q"):
            self.stop_within(0)
        elif key in b"?h":
            self._tell_keys()

    def _room(self):
        """A pipe waits while its partition does not read; a keyboard has commands among its keys."""
        room = self.focused.room if self.focused else 0
        return INPUT if self.screen.is_terminal else min(room, INPUT)

    def _read_input(self):
        try:
            data = os.read(self.input, self._room())
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.input = None
            if self.screen.is_terminal:  # the user has gone
                self.stop_within(0)
        elif self.screen.is_terminal:
            for key in data:
                self._take_key(key)
        else:
            self.focused.type(data)

    # ---- the loop ----

    def _watch(self):
        wanted = {self.child.ended: select.POLLIN}
        if self.child.process.stdout:
            wanted[self.child.process.stdout] = select.POLLIN
        if self.input is not None and self._room():
            wanted[self.input] = select.POLLIN
        if self.screen.pending and not self.screen.is_closed:
            wanted[self.screen.output] = select.POLLOUT
        for console in self.consoles:
            wanted |= console.watch()
        poller = select.poll()
        numbers = {}
        for stream, events in wanted.items():
            if not events:  # poll() would report a hang-up nonetheless, again and again
                continue
            numbers[stream] = stream if isinstance(stream, int) else stream.fileno()
            poller.register(numbers[stream], events)
        return poller, numbers

    def _turn(self, seconds):
        """Waits for the next event, and does what there is to do."""
        poller, numbers = self._watch()
        found = dict(poller.poll(max(seconds, 0) * 1000))
        if found:
            time.sleep(GATHER)

        def ready(stream, what):
            return bool(found.get(numbers.get(stream), 0) & (what | select.POLLHUP | select.POLLERR))

        for console, source in self.consoles.items():
            if data := console.serve(ready):
                self.screen.feed(source, data)
        if ready(self.child.process.stdout, select.POLLIN):
            self._read_errors()
        if self.input is not None and ready(self.input, select.POLLIN):
            self._read_input()
        self.screen.settle()
        if self.screen.pending and ready(self.screen.output, select.POLLOUT):
            self.screen.write()
        return ready(self.child.ended, select.POLLIN)

    def _read_errors(self):
        lines, is_over = self.child.lines()
        for line in lines:
            if not self.child.is_killed:  # it tells which signal ended it: ours
                self.screen.show("qemu", line)
        if is_over:
            self.child.process.stdout = None

    def _tick(self):
        self.log.collect()
        for source in self.consoles.values():
            self.screen.tick(source)
        self.screen.settle()

    def run(self):
        """Until QEMU has ended."""
        next_tick, is_over = time.monotonic(), False
        if self.screen.is_terminal:
            self._tell_keys()
        while not is_over:
            if time.monotonic() >= next_tick:
                self._tick()
                next_tick = time.monotonic() + TICK
            is_over = self._turn(next_tick - time.monotonic())
            self._stop_when_due()
        self.child.process.wait()
        if self.child.process.stdout:
            self._read_errors()

    def finish(self):
        for console, source in self.consoles.items():
            console.close(lambda data, source=source: self.screen.feed(source, data))
        self.log.finish()
        self.screen.finish()
