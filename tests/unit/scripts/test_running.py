# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead run` shows: several consoles on one output, the cores' log rings merged, QEMU's sizes and ports."""

import io
import os
import socket
import struct
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))

from running import console, logfile, machine, rings, screen  # noqa: E402

IVI, RTOS = "\x1b[0;36m[ivi]\x1b[0m ", "\x1b[0;33m[rtos]\x1b[0m "
RING = 4080  # bytes of a ring behind its header


class Shown:
    """A screen with two consoles: ivi's is also the hypervisor's, and has the focus."""

    def __init__(self, is_terminal, output):
        self.heard = []
        self.screen = screen.Screen(output, is_terminal, self.heard.append)
        self.ivi, self.rtos = screen.Source("ivi", 0, True), screen.Source("rtos", 1, False)
        self.screen.focus = self.ivi

    def feed(self, source, text):
        self.screen.feed(source, text.encode())
        self.screen.settle()

    def pass_time(self):
        for source in (self.ivi, self.rtos) * 2:
            self.screen.tick(source)

    def take(self):
        """What was printed since the last call."""
        text = self.screen.pending.decode()
        self.screen.pending.clear()
        return text


@pytest.fixture
def pipe():
    return Shown(False, -1)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((100, 30)))
    return Shown(True, -1)


def test_pipe_gets_whole_lines(pipe):
    pipe.feed(pipe.ivi, "one")
    pipe.feed(pipe.rtos, "two\r\nth")
    assert pipe.take() == "[rtos] two\n"
    pipe.feed(pipe.ivi, " line\r\n")
    assert pipe.take() == "[ivi] one line\n"
    pipe.feed(pipe.rtos, "ree\n")
    assert pipe.take() == "[rtos] three\n"


def test_pipe_gets_prompts_after_a_while(pipe):
    pipe.feed(pipe.ivi, "~ # ")
    assert pipe.take() == ""
    pipe.pass_time()
    assert pipe.take() == "[ivi] ~ # "
    pipe.feed(pipe.rtos, "tick\n")
    assert pipe.take() == "\n[rtos] tick\n"
    pipe.pass_time()
    assert pipe.take() == ""  # once is enough
    pipe.feed(pipe.ivi, "ls\r\n")
    assert pipe.take() == "[ivi] ~ # ls\n"


@pytest.mark.parametrize(
    "said, shown",
    [
        ("\x1b[32mgreen\x1b[0m\x1b[6n\n", "green"),
        ("\x1b]0;title\x07text\n", "text"),
        ("abc\rX\n", "Xbc"),
        ("abc\b\b\x1b[KX\n", "aX"),
        ("a\tb\n", "a       b"),
        ("gr\u00fc\u00dfe\n", "gr\u00fc\u00dfe"),
        ("kept  \r\n", "kept  "),
    ],
)
def test_pipe_gets_what_a_terminal_would_show(pipe, said, shown):
    pipe.feed(pipe.ivi, said)
    assert pipe.take() == f"[ivi] {shown}\n"


def test_long_lines_go_on_in_the_next(pipe):
    pipe.feed(pipe.rtos, "x" * 3000 + "\n")
    lines = pipe.take().splitlines()
    assert len(lines) > 1 and "".join(line.removeprefix("[rtos] ") for line in lines) == "x" * 3000


def test_bytes_that_are_no_text(pipe):
    pipe.screen.feed(pipe.rtos, bytes(range(128, 256)) + b"end\n")
    assert pipe.take().endswith("end\n")


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_titles_that_come_in_pieces_are_not_shown(pipe, end):
    said = f"$ \x1b]0;ti\x1btle{end}ls\n"
    for at in range(len(said)):
        pipe.feed(pipe.rtos, said[:at])
        pipe.feed(pipe.rtos, said[at:])
        assert pipe.take() == "[rtos] $ ls\n"


def test_a_title_without_an_end_takes_no_more_than_its_line(pipe):
    pipe.feed(pipe.rtos, "$ \x1bPnoise")
    pipe.feed(pipe.rtos, "noise\nls\n")
    assert pipe.take() == "[rtos] $ \n[rtos] ls\n"


def test_hypervisor_speaks_for_itself(pipe):
    pipe.feed(pipe.ivi, "bulkhead: plan 1234\r\nbulk\nbulkhead: no\n")
    assert pipe.take() == "[hypervisor] plan 1234\n[ivi] bulk\n[hypervisor] no\n"
    assert pipe.heard == ["plan 1234", "no"]
    pipe.feed(pipe.rtos, "bulkhead: I am not\n")  # not on the hypervisor's console
    assert pipe.take() == "[rtos] bulkhead: I am not\n"


def test_terminal_shows_the_prompt_at_once(terminal):
    for said, shown in (
        ("~ # ", IVI + "~ # "),
        ("l", "l"),
        ("\b\x1b[K", "\b\x1b[K"),
        ("\r", "\r" + IVI),
        ("$", "$"),
        ("\r\n", "\r" + IVI + "\n"),
    ):
        terminal.feed(terminal.ivi, said)
        assert terminal.take() == shown


def test_terminal_brings_the_prompt_back(terminal):
    terminal.feed(terminal.ivi, "~ # abc\b")
    assert terminal.take() == IVI + "~ # abc\x1b[1D"
    terminal.feed(terminal.rtos, "ti")
    assert terminal.take() == ""
    terminal.feed(terminal.rtos, "ck\n")
    assert terminal.take() == "\r\x1b[K" + RTOS + "tick\n" + IVI + "~ # abc\x1b[1D"


def test_terminal_tears_no_escape_sequence(terminal):
    terminal.feed(terminal.ivi, "~ # ")
    terminal.feed(terminal.ivi, "\x1b[3")
    terminal.take()
    terminal.screen.show("bulkhead", "note")
    assert terminal.take() == ""
    terminal.feed(terminal.ivi, "2mgreen")
    assert terminal.take().startswith("2mgreen\r\x1b[K\x1b[0;37m[bulkhead]\x1b[0m note\n" + IVI)


def test_terminal_leaves_lines_that_wrap(terminal):
    terminal.feed(terminal.ivi, "x" * 100)
    terminal.take()
    terminal.screen.show("bulkhead", "note")
    assert terminal.take() == "\n\x1b[0;37m[bulkhead]\x1b[0m note\n"


def test_terminal_waits_until_the_speaker_is_known(terminal):
    terminal.feed(terminal.ivi, "bulk")
    assert terminal.take() == ""
    terminal.pass_time()
    assert terminal.take() == IVI + "bulk"
    terminal.feed(terminal.ivi, "y item")
    assert terminal.take() == "y item"


def test_terminal_shows_a_silent_prompt_of_another(terminal):
    terminal.feed(terminal.rtos, "> ")
    terminal.pass_time()
    assert terminal.take() == RTOS + "> "
    terminal.feed(terminal.rtos, "x")
    assert terminal.take() == "x"
    terminal.feed(terminal.ivi, "$ ")
    assert terminal.take() == "\r\x1b[K" + IVI + "$ "


def test_a_full_output_drops_and_tells(pipe):
    for _ in range(screen.PENDING_MAX // 200 + 10):
        pipe.feed(pipe.rtos, "y" * 199 + "\n")
    assert pipe.screen.lost > 0 and 0 < len(pipe.screen.pending) <= screen.PENDING_MAX


def test_an_output_that_is_busy_is_not_closed():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    busy = Shown(False, writer)
    busy.feed(busy.rtos, ("x" * 999 + "\n") * 200)  # more than a pipe takes
    for _ in range(100):
        busy.screen.write()
    assert busy.screen.pending and not busy.screen.is_closed
    os.close(reader)
    busy.screen.write()
    assert busy.screen.is_closed
    os.close(writer)


# ---- consoles -------------------------------------------------------------------------------------------------------


def test_what_a_console_said_is_kept_up_to_a_size():
    port = console.Console("rtos", True, False)
    said = b"".join(b"%7d\n" % number for number in range(console.HISTORY // 8 + 1000))
    for start in range(0, len(said), 8000):
        port.far_end.sendall(said[start : start + 8000])
        port.serve(lambda *_: True)
    assert port.history == said[-console.HISTORY :]


def test_a_log_that_is_full_is_told_on_standard_error(capfd, tmp_path):
    port = console.Console("rtos", True, False)
    (tmp_path / "rtos.log").symlink_to("/dev/full")
    port.log = logfile.LogFile(tmp_path, "rtos")
    for _ in range(2):
        port.far_end.sendall(b"hello")
        assert port.serve(lambda *_: True) == b"hello"
    assert capfd.readouterr() == ("", "bulkhead: error: the log of 'rtos' ends here: No space left on device\n")


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir="/tmp") as path:  # a socket's path must be short
        yield Path(path)


def attach(port, folder):
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(folder / f"{port.name}.sock"))
    port.serve(lambda *_: True)
    return client


def test_a_client_that_has_said_all_may_listen(folder):
    """As `echo stats | socat - UNIX:rtos.sock` does it."""
    port = console.Console("rtos", True, False)
    port.listen(folder)
    client = attach(port, folder)
    client.sendall(b"stats\r")
    client.shutdown(socket.SHUT_WR)
    for _ in range(2):
        port.serve(lambda *_: True)
    assert port.far_end.recv(100) == b"stats\r"
    assert port.watch()[port.clients[0].stream] == 0  # or poll() would tell of its end again and again
    port.far_end.sendall(b"steps 1")
    port.serve(lambda *_: True)
    assert client.recv(100) == b"steps 1"
    client.close()


def test_a_client_that_has_gone_is_forgotten(folder):
    port = console.Console("rtos", True, False)
    port.listen(folder)
    client = attach(port, folder)
    client.close()
    port.serve(lambda *_: True)
    assert port.clients == []


def test_a_socket_in_use_is_left_alone(folder):
    first, second = (console.Console("rtos", True, False) for _ in range(2))
    first.listen(folder)
    with pytest.raises(machine.MachineError, match=f"^another program listens on '{folder}/rtos.sock'$"):
        second.listen(folder)
    first.listener.close()
    second.listen(folder)


def test_a_file_in_a_sockets_place_is_left_alone(folder):
    (folder / "rtos.sock").write_text("precious")
    with pytest.raises(machine.MachineError, match="^cannot listen on '.*rtos.sock': Address already in use$"):
        console.Console("rtos", True, False).listen(folder)
    assert (folder / "rtos.sock").read_text() == "precious"


# ---- log rings ------------------------------------------------------------------------------------------------------


class Messages:
    """Two cores' rings and what is made of them."""

    def __init__(self):
        self.shown, self.file = [], io.BytesIO()
        self.file.close = lambda: None
        self.log = rings.Log(self.shown.append, self.file)
        self.pages = [bytearray(rings.HEADER.size + RING) for _ in range(2)]
        for number, page in enumerate(self.pages):
            rings.HEADER.pack_into(page, 0, rings.MAGIC, number, 0)
            self.log.rings.append(rings.Ring(page))

    def write(self, core, stamp, text):
        """As the hypervisor does it."""
        page = self.pages[core]
        magic, number, written = rings.HEADER.unpack_from(page)
        for byte in f"{stamp:016x} {text}\n".encode():
            page[rings.HEADER.size + written % RING] = byte
            written += 1
        rings.HEADER.pack_into(page, 0, magic, number, written)
        return written

    def said(self):
        return self.file.getvalue().decode()


@pytest.fixture
def messages():
    return Messages()


def test_lines_are_merged_by_time(messages):
    messages.write(0, 1000000, "up, counter 1000000 Hz")
    messages.write(0, 3000000, "third")
    messages.log.collect()
    assert messages.said() == ""  # another core may still have an older line
    messages.write(1, 2500000, "second")
    messages.log.collect()
    messages.log.finish()
    assert messages.said() == (
        "[1.000000 core 0] up, counter 1000000 Hz\n[2.500000 core 1] second\n[3.000000 core 0] third\n"
    )


def test_without_frequency_ticks_are_shown(messages):
    messages.write(1, 42, "hello")
    messages.log.finish()
    assert messages.said() == "[42 ticks core 1] hello\n"


def test_overwritten_lines_are_counted(messages):
    for number in range(1000):
        messages.write(0, number, f"line {number}")
    messages.log.finish()
    assert "bytes of messages lost" in messages.said()
    assert "core 0] line 999\n" in messages.said() and "core 0] line 0\n" not in messages.said()


def test_the_line_in_progress_is_not_trusted(messages):
    """A full ring: its core may already be a line past `written`; the oldest bytes are no line's."""
    written = 0
    while written < 2 * RING:
        written = messages.write(0, written, "x")
    at = rings.HEADER.size + written % RING
    messages.pages[0][at : at + 100] = b"Z" * 100
    messages.pages[0] = messages.pages[0][: rings.HEADER.size + RING]
    messages.log.finish()
    assert "ZZ" not in messages.said()


def test_a_ring_without_magic_is_left_alone(messages):
    messages.write(0, 1, "hello")
    struct.pack_into("<I", messages.pages[0], 0, 0)
    messages.log.finish()
    assert messages.said() == ""


def test_lines_of_the_console_are_shown_once(messages):
    messages.log.console("plan 12")
    messages.write(0, 1, "plan 12")
    messages.write(0, 2, "later")
    messages.log.finish()
    assert messages.said() == "[1 ticks core 0] plan 12\n[2 ticks core 0] later\n"
    assert messages.shown == ["later"]


def test_panics_and_refusals_are_failures(messages):
    messages.write(0, 1, "partition ivi: fault, no panic")
    messages.log.collect()
    messages.log.console("EL2")
    assert messages.log.failure is None
    messages.write(0, 2, "panic 3 core/boot.c:17")
    messages.log.collect()
    assert messages.log.failure == "panic 3 core/boot.c:17"


def test_a_full_disk_ends_the_log_and_nothing_else(messages, capfd, tmp_path):
    (tmp_path / "hypervisor.log").symlink_to("/dev/full")
    messages.log.file = logfile.LogFile(tmp_path, "hypervisor")
    messages.write(0, 1, "early")
    messages.write(0, 2, "later")
    messages.log.finish()
    assert messages.shown == ["early", "later"]
    assert capfd.readouterr().err == "bulkhead: error: the log of 'hypervisor' ends here: No space left on device\n"


def test_a_refusal_may_have_had_no_ring(messages):
    messages.log.console("E12 plan: bad CRC")
    assert messages.log.failure == "E12 plan: bad CRC"
    assert messages.said() == "[console] E12 plan: bad CRC\n"


# ---- the machine ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, size", [("512", 512 << 20), ("64K", 64 << 10), ("2G", 2 << 30), ("1T", 1 << 40), ("", 0), ("-1", 0), ("2GB", 0)]
)
def test_sizes_are_qemus(text, size):
    assert machine.parse_size(text) == size


def board_with(ram, *ranges, arch="armv8"):
    return {
        "name": "board",
        "arch": arch,
        "qemu": {"ram": ram},
        "ram": [{"base": hex(base), "size": size} for base, size in ranges],
    }


HALVES = [(0x800000000, 2 << 30), (0x40000000, 1 << 30)]


@pytest.mark.parametrize(
    "base, offset",
    [
        (0x40000000, 0),
        (0x7FFFF000, 0x3FFFF000),
        (0x7FFFF001, None),
        (0x800000000, 0x40000000),
        (0x87FFFF000, 0xBFFFF000),
        (0x87FFFF001, None),
        (0x3FFFFFFF, None),
    ],
)
def test_ranges_of_ram_follow_each_other(base, offset):
    ram = machine.Ram(board_with("3G", *HALVES))
    assert ram.offset(base, 0x1000) == offset
    os.close(ram.file)


@pytest.mark.parametrize("base, offset", [(0x100000, 0x100000), (0x7FFFF000, 0x7FFFF000), (0xFF000, None)])
def test_a_pc_has_ram_below_the_boards(base, offset):
    """Firmware's first mebibyte is in the file, too, but no part of the board's RAM."""
    ram = machine.Ram(board_with("2G", (0x100000, 0x7FF00000), arch="x86"))
    assert ram.offset(base, 0x1000) == offset
    os.close(ram.file)


def test_qemu_is_started_by_architecture():
    qemu = {"machine": "m", "cpu": "c", "smp": 1, "ram": "2G", "arguments": []}
    lines = {}
    for arch in machine.QEMU:
        board = dict(board_with("2G", (0x100000, 0x100000), arch=arch), qemu=qemu)
        ram = machine.Ram(board)
        with open(os.devnull, "rb") as image:
            lines[arch] = machine.command_line(board, image, ram, 99, [], True)
        os.close(ram.file)
    assert lines["armv8"][0] == "qemu-system-aarch64" and "/proc/self/fd/99" in lines["armv8"]
    assert lines["x86"][0] == "qemu-system-x86_64" and "/proc/self/fd/99" not in lines["x86"]
    assert all("shift=0,sleep=off" in line for line in lines.values())


def test_a_machine_has_all_of_the_boards_ram():
    with pytest.raises(machine.MachineError, match="'board' has 3072 MiB of memory, but its `ram` for QEMU is 2G$"):
        machine.Ram(board_with("2G", *HALVES))


def test_a_board_may_be_none_of_qemus():
    with pytest.raises(machine.MachineError, match="^QEMU cannot be this board: the file of 'board' has no node `qemu`"):
        machine.check_board({"name": "board", "qemu": None})


def test_ports_are_in_the_aliases_order():
    names = {"a": None, "b": 1, "c": 0, "d": None}
    devices = [{"name": name, "is-uart": True, "serial": serial} for name, serial in names.items()]
    devices.append({"name": "rtc", "is-uart": False, "serial": None})
    assert [uart["name"] for uart in console.in_order(devices)] == ["c", "b", "a", "d"]
