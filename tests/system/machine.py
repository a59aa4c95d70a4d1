# SPDX-License-Identifier: Apache-2.0
"""Machines under test: `bulkhead run`, or QEMU itself, with a console for each partition.

Everything waits for events, never for time: a test names the text it expects, and a time limit only ends a run that is
broken. Each machine reads all its consoles whenever it waits, since an unread console stops QEMU.
"""

import codecs
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build"))
BULKHEAD = BUILD / "bulkhead"
QEMU = "qemu-system-aarch64"
QEMU_X86 = "qemu-system-x86_64"
CPU_X86 = "qemu64,+svm,+npt,+x2apic"
IOMMU_X86 = ("-device", "amd-iommu,pt=off")

# Seconds after which a machine counts as broken. A busy host needs many for a Linux to boot.
PATIENCE = int(os.environ.get("BULKHEAD_PATIENCE", 180))
TAIL_LINES = 25


class MachineError(AssertionError):
    """What was waited for cannot come any more, or did not come in time."""


class Channel:
    """A stream of text from the machine, and, where it has a socket, to it."""

    def __init__(self, name, stream):
        self.name = name
        self.stream = stream
        self.text = ""
        self.position = 0  # of the text that no expect has passed yet
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self):
        """Takes what has come. Returns False at the end."""
        try:
            data = os.read(self.stream.fileno(), 65536)
        except ConnectionResetError:
            data = b""
        self.text += self._decoder.decode(data, final=not data)
        return bool(data)

    def take(self, pattern):
        """The first match in what is not passed yet; it and all before it are then passed."""
        match = pattern.search(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def tail(self):
        lines = self.text.splitlines()[-TAIL_LINES:]
        return "\n".join([f"---- {self.name}", *lines])


class Machine:
    """A process with channels. Use as a context manager: at the end exactly this process has ended."""

    patience = PATIENCE

    def __init__(self, command, streams=(), pass_fds=(), environment=None, stdin=subprocess.DEVNULL, cwd=ROOT):
        self.command = [str(part) for part in command]
        self.channels = {}
        self._selector = selectors.DefaultSelector()
        self.process = subprocess.Popen(
            self.command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=pass_fds,
            env=environment,
            cwd=cwd,
        )
        self._ended = os.pidfd_open(self.process.pid)
        self._selector.register(self._ended, selectors.EVENT_READ, None)
        self.add("stdout", self.process.stdout)
        self.add("stderr", self.process.stderr)
        for name, stream in streams:
            self.add(name, stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def add(self, name, stream):
        channel = Channel(name, stream)
        self.channels[name] = channel
        self._selector.register(stream, selectors.EVENT_READ, channel)

    # ---- waiting ----

    def _pump(self, seconds):
        """Waits for the next event and takes it."""
        for key, _ in self._selector.select(max(seconds, 0)):
            if key.data is None:
                self._selector.unregister(self._ended)
                self.process.wait()
            elif not key.data.read():
                self._selector.unregister(key.fileobj)
                key.fileobj.close()

    def _is_over(self):
        return not self._selector.get_map()

    def tails(self):
        """The command and the last words of each channel: for whoever reads that a test has failed."""
        return "\n".join([" ".join(self.command), *(channel.tail() for channel in self.channels.values())])

    def _fail(self, text):
        raise MachineError(f"{text}\n{self.tails()}")

    def expect(self, name, pattern, patience=None):
        """Waits until a channel's text matches the regular expression; returns the match.

        Each call goes on behind the last one's match, so that the order of events is tested, too.
        """
        compiled = re.compile(pattern, re.M)
        patience = patience or self.patience
        deadline = time.monotonic() + patience
        while not (match := self.channels[name].take(compiled)):
            if self._is_over():
                self._fail(f"ended with status {self.process.returncode} before {name} said {pattern!r}")
            if time.monotonic() > deadline:
                self._fail(f"{name} did not say {pattern!r} in {patience} s")
            self._pump(deadline - time.monotonic())
        return match

    def flush(self, name):
        """Passes all that a channel has said up to now."""
        while not self._is_over() and self._selector.select(0):
            self._pump(0)
        self.channels[name].position = len(self.channels[name].text)

    def send(self, name, text):
        """Types into a console."""
        self.channels[name].stream.sendall(text.encode())

    def command_line(self, name, line, pattern, patience=None):
        """Types a line into a console and waits for an answer behind its echo."""
        self.send(name, line + "\r")
        self.expect(name, re.escape(line), patience)
        return self.expect(name, pattern, patience)

    def wait(self, patience=None):
        """Waits until the process has ended by itself and all its text is there; returns its exit status."""
        patience = patience or self.patience
        deadline = time.monotonic() + patience
        while not self._is_over():
            if time.monotonic() > deadline:
                self._fail(f"did not end in {patience} s")
            self._pump(deadline - time.monotonic())
        return self.process.returncode

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def settle(self, seconds):
        """Takes what comes in so many seconds: for what must not come, which no event can tell."""
        deadline = time.monotonic() + seconds
        while not self._is_over() and (left := deadline - time.monotonic()) > 0:
            self._pump(left)

    def stop(self):
        """Ends the process if it still runs; returns its exit status. Once more does nothing."""
        self.signal(signal.SIGTERM)
        try:
            status = self.wait(30)
        except MachineError:
            self.process.kill()
            status = self.wait(30)
        finally:
            self._selector.close()
        if self._ended >= 0:
            os.close(self._ended)
        self._ended = -1
        return status

    def text(self, name):
        """All that a channel has said up to now."""
        return self.channels[name].text


class BulkheadMachine(Machine):
    """`bulkhead run FILE --headless`: channels by partition, and `hypervisor` for its own messages."""

    def __init__(self, file, folder, *arguments, environment=None, program=BULKHEAD):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sockets = Path(tempfile.mkdtemp(prefix="bulkhead-test-", dir="/tmp"))  # a socket's path must be short
        command = [program, "run", file, "--headless", "--log", self.folder, "--socket", self.sockets, *arguments]
        super().__init__(command, environment=environment)
        try:
            self._attach()
        except BaseException:
            self.stop()
            raise

    def _attach(self):
        """Opens all consoles: they are there before the machine says its first word, and repeat what was missed."""
        deadline = time.monotonic() + PATIENCE
        while not self.channels["stdout"].text and not self._is_over():
            if time.monotonic() > deadline:
                self._fail(f"said nothing in {PATIENCE} s")
            self._pump(deadline - time.monotonic())
        for path in sorted(self.sockets.glob("*.sock")):
            console = socket.socket(socket.AF_UNIX)
            try:
                console.connect(str(path))
            except OSError:  # it has ended already; its logs are still to be read
                console.close()
                continue
            self.add(path.stem, console)

    def expect_hypervisor(self, pattern, patience=None):
        """Waits for a message of the hypervisor, wherever it comes from: console or log ring."""
        return self.expect("stdout", rf"^\[hypervisor\] .*(?:{pattern})", patience)

    def log(self, name):
        """The log file of a partition, or of the `hypervisor`: complete once the machine has ended."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def check_log(self):
        """Once the machine has ended: nothing that the hypervisor said is its own mistake."""
        assert "panic" not in self.log("hypervisor")

    def stop(self):
        try:
            return super().stop()
        finally:
            shutil.rmtree(self.sockets, ignore_errors=True)


class QemuMachine(Machine):
    """QEMU itself with an image, or None where the arguments load one, for machines that no board file describes.

    Channels uart0, uart1.
    """

    def __init__(
        self,
        image,
        *arguments,
        machine="virt,virtualization=on,gic-version=3",
        cpu="cortex-a53",
        smp=4,
        ram="2G",
        uarts=2,
        program=QEMU,
    ):
        pairs = [socket.socketpair() for _ in range(uarts)]
        command = [program, "-M", machine, "-cpu", cpu, "-smp", smp, "-m", ram, "-nodefaults", "-display", "none"]
        command += ["-no-reboot"]
        for number, (_, theirs) in enumerate(pairs):
            command += ["-chardev", f"socket,id=uart{number},fd={theirs.fileno()}", "-serial", f"chardev:uart{number}"]
        command += [*(["-kernel", image] if image else []), *arguments]
        streams = [(f"uart{number}", ours) for number, (ours, _) in enumerate(pairs)]
        try:
            super().__init__(command, streams, [theirs.fileno() for _, theirs in pairs])
        finally:
            for _, theirs in pairs:
                theirs.close()
