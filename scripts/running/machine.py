# SPDX-License-Identifier: Apache-2.0
"""QEMU as a child process: its version, its command line after the board file, its RAM, its end."""

import ctypes
import mmap
import os
import re
import signal
import subprocess

QEMU = {"armv8": "qemu-system-aarch64", "x86": "qemu-system-x86_64"}  # by the board's arch
QEMU_LEAST = (9, 1)  # the first whose machine `virt` has a second UART for the normal world
PR_SET_PDEATHSIG = 1
UNITS = {"": 20, "K": 10, "M": 20, "G": 30, "T": 40}  # QEMU counts -m in MiB


class MachineError(Exception):
    """Why the machine cannot be started, in one line."""


def check_version(board):
    qemu = QEMU[board["arch"]]
    least = "%d.%d" % QEMU_LEAST
    try:
        said = subprocess.run([qemu, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    except OSError as error:
        raise MachineError(
            f"cannot start {qemu}: {error.strerror}; `make setup` installs it ({least} or newer)"
        ) from None
    version = re.search(r"version (\d+)\.(\d+)", said)
    if not version:
        raise MachineError(f"{qemu} does not tell its version; {least} or newer is needed")
    if tuple(map(int, version.groups())) < QEMU_LEAST:
        found = ".".join(version.groups())
        raise MachineError(f"{qemu} is version {found}; {least} or newer is needed for a second UART: `make setup`")


def parse_size(text):
    """The bytes that QEMU understands by "512", "512M", "2G"; 0 if it understands nothing."""
    match = re.fullmatch(r"(\d+)([KMGT]?)", text or "")
    return int(match[1]) << UNITS[match[2]] if match else 0


def check_board(board):
    if not board["qemu"]:
        raise MachineError(
            f"QEMU cannot be this board: the file of '{board['name']}' has no node `qemu` (docs/config-reference.md)"
        )


class Ram:
    """Memory without a name that this program and QEMU share: it goes when the last of them goes."""

    def __init__(self, board):
        self.ranges = sorted((int(part["base"], 0), part["size"]) for part in board["ram"])
        self.size = parse_size(board["qemu"]["ram"])
        self.from_zero = board["arch"] == "x86"  # firmware's first mebibyte is RAM of the machine, too
        if not 0 < self.size < 1 << 63:
            raise MachineError(f"board '{board['name']}' has no `ram` that QEMU could have")
        needed = sum(size for _, size in self.ranges)
        if self.size < needed:
            mebibytes = f"{needed >> 20} MiB"
            raise MachineError(
                f"board '{board['name']}' has {mebibytes} of memory, but its `ram` for QEMU is {board['qemu']['ram']}"
            )
        self.file = os.memfd_create("bulkhead-ram", os.MFD_CLOEXEC)
        try:
            os.ftruncate(self.file, self.size)
        except OSError as error:
            raise MachineError(
                f"cannot make {board['qemu']['ram']} of memory for the machine: {error.strerror}"
            ) from None

    def offset(self, base, size):
        """Where bytes at a physical address lie in the file: QEMU fills the ranges in their order. None outside."""
        before = self.ranges[0][0] if self.from_zero else 0
        for start, length in self.ranges:
            if start <= base and base + size <= start + length:
                return before + base - start
            before += length
        return None

    def map(self, core, base, size):
        """The bytes at a physical address, as the machine changes them."""
        offset = self.offset(base, size)
        if offset is None:
            raise MachineError(f"the log of core {core} at 0x{base:x} is not in the machine's RAM")
        return mmap.mmap(self.file, size, prot=mmap.PROT_READ, offset=offset)


def open_tree():
    """A device tree that says nothing, in a file without a name: without one QEMU starts no machine of 4 GiB or more."""
    file = os.memfd_create("bulkhead-tree", os.MFD_CLOEXEC)
    source = b"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; };"
    subprocess.run(["dtc", "-q", "-O", "dtb"], input=source, stdout=file, check=True)
    return file


def command_line(board, image, ram, tree, uarts, counts):
    qemu = board["qemu"]
    line = [QEMU[board["arch"]], "-M", qemu["machine"], "-cpu", qemu["cpu"], "-smp", str(qemu["smp"]), "-m", qemu["ram"]]
    line += ["-nodefaults", "-display", "none", "-no-reboot", *qemu["arguments"]]
    path = f"/proc/self/fd/{ram.file}"
    line += ["-object", f"memory-backend-file,id=ram,size={ram.size}B,mem-path={path},share=on"]
    line += ["-machine", "memory-backend=ram"]
    for number, uart in enumerate(uarts):
        line += ["-chardev", f"socket,id=uart{number},fd={uart.fileno()}", "-serial", f"chardev:uart{number}"]
    if counts:
        line += ["-icount", "shift=0,sleep=off"]
    if board["arch"] != "x86":
        line += ["-dtb", f"/proc/self/fd/{tree}"]
    return [*line, "-kernel", f"/proc/self/fd/{image.fileno()}"]


class Child:
    """QEMU in a process group of its own, so that the terminal's signals do not reach it. It dies with this process."""

    def __init__(self, line, keep):
        parent, libc = os.getpid(), ctypes.CDLL(None)

        def become():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before it could be asked to tell
                os._exit(127)

        try:
            self.process = subprocess.Popen(
                line,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=keep,
                process_group=0,
                preexec_fn=become,
            )
        except OSError as error:
            raise MachineError(f"cannot start {line[0]}: {error.strerror}") from None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.ended = os.pidfd_open(self.process.pid)
        self.is_killed = False
        self.last = ""  # line that it printed
        self._line = b""

    def lines(self):
        """The whole lines that it has printed meanwhile; at its end also one that it left unfinished."""
        data = self.process.stdout.read()
        *lines, self._line = (self._line + (data or b"")).split(b"\n")
        if data == b"" and self._line:
            lines.append(self._line)
            self._line = b""
        lines = [line.decode(errors="replace") for line in lines]
        self.last = lines[-1] if lines else self.last
        return lines, data == b""

    def end(self, number):
        self.is_killed = True
        if self.process.poll() is None:
            self.process.send_signal(number)

    def failure(self):
        """What went wrong with it, once it has ended; None if nothing did, or we ended it."""
        status = self.process.wait()
        if self.is_killed or status == 0:
            return None
        kind = f"status {status}" if status > 0 else f"signal {-status}"
        return f"QEMU ended with {kind}" + (f": {self.last}" if self.last else "")
