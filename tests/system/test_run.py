# SPDX-License-Identifier: Apache-2.0
"""The command `bulkhead run` itself: consoles, keys, logs, exit status. What partitions do is tested elsewhere."""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
from pathlib import Path

import pexpect
import pytest

from machine import BULKHEAD, PATIENCE, ROOT, BulkheadMachine, Machine

SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos.dts"
NEXT, QUIT, HELP = "\x1dn", "\x1dq", "\x1d?"


@pytest.fixture(autouse=True)
def no_leftovers(monkeypatch, tmp_path):
    """Nothing that the command made for itself outlives it, however it ends."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def terminal(machines):
    """The command on a terminal of 100 columns."""

    class Terminal(pexpect.spawn):
        def stop(self):
            self.close(force=True)

    def start(*arguments, command=str(BULKHEAD)):
        child = Terminal(command, [str(part) for part in arguments], dimensions=(30, 100), timeout=PATIENCE, cwd=ROOT)
        machines.append(child)
        return child

    return start


def fake_qemu(folder, script):
    """An environment in which QEMU is a shell script."""
    path = folder / "qemu-system-aarch64"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}


def run_to_end(*arguments, **options):
    command = [str(BULKHEAD), "run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, **options)


def test_timeout_ends_with_status_0_and_leaves_logs(folder):
    result = run_to_end(SYSTEM, "--headless", "--timeout", "2", "--log", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "[hypervisor] " in result.stdout and "[steering] " in result.stdout and "\x1b" not in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["brakes.log", "hypervisor.log", "steering.log"]
    assert "core 1] core 1 counter" in (folder / "hypervisor.log").read_text()
    assert "1 kHz control loop" in (folder / "brakes.log").read_text()


def test_ends_when_all_partitions_are_off(run):
    machine = run(SYSTEM)
    for name in ("steering", "brakes"):
        machine.expect(name, "type 'help'")
        machine.send(name, "off\r")
    assert machine.wait() == 0


def test_attached_program_sees_what_was_said_before(run, folder):
    machine = run(SYSTEM)
    machine.expect("brakes", r"rtos: 1 s")
    late = socket.socket(socket.AF_UNIX)
    late.connect(str(machine.sockets / "brakes.sock"))
    machine.add("late", late)
    machine.expect("late", "1 kHz control loop")
    assert machine.stop() == 128 + signal.SIGTERM
    said = (folder / "brakes.log").read_bytes().decode()
    assert machine.text("late") == machine.text("brakes") == said


@pytest.fixture
def hangups():
    """Children inherit that hangups are ignored: tests may run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_with_its_machine(run, number):
    machine = run(SYSTEM)
    machine.expect("steering", "1 kHz control loop")
    children = Path(f"/proc/{machine.process.pid}/task/{machine.process.pid}/children").read_text().split()
    assert len(children) == 1
    machine.signal(number)
    assert machine.wait() == 128 + number
    assert not Path(f"/proc/{children[0]}").exists()


def test_machine_dies_with_a_killed_run(run):
    machine = run(SYSTEM)
    machine.expect("steering", "1 kHz control loop")
    child = int(Path(f"/proc/{machine.process.pid}/task/{machine.process.pid}/children").read_text())
    ended = os.pidfd_open(child)
    machine.process.kill()
    machine.wait()
    assert select.select([ended], [], [], PATIENCE)[0]  # a pidfd is readable when its process has ended
    os.close(ended)


def test_input_from_a_pipe_goes_to_the_first_partition(machines):
    machine = Machine([BULKHEAD, "run", SYSTEM], stdin=subprocess.PIPE)
    machines.append(machine)
    machine.expect("stdout", r"^\[brakes\] rtos: 1 s")
    machine.expect("stdout", r"^\[steering\] rtos: 2 s")
    machine.process.stdin.write(b"help\n")
    machine.expect("stdout", r"^\[steering\] rtos> help")
    machine.expect("stdout", r"^\[steering\] tasks +the tasks")
    machine.process.stdin.close()  # its end ends nothing
    machine.expect("stdout", r"^\[brakes\] rtos: \d+ s")
    machine.expect("stdout", r"^\[brakes\] rtos: \d+ s")
    assert machine.stop() == 128 + signal.SIGTERM
    assert "[brakes] rtos> help" not in machine.text("stdout")


def test_keys_switch_and_quit(terminal):
    child = terminal("run", SYSTEM)
    child.expect_exact("input goes to steering")
    child.expect(r"\[brakes\]\S* rtos: 1 s")
    child.expect(r"\[steering\]\S* rtos: 2 s")
    child.send("help\r")
    child.expect(r"\[steering\]\S* tasks +the tasks")
    child.send(NEXT)
    child.expect_exact("input goes to brakes")
    child.send("help\r")
    child.expect(r"\[brakes\]\S* tasks +the tasks")
    child.send(HELP)
    child.expect_exact("q = quit")
    child.send(NEXT)
    child.expect_exact("input goes to steering")
    child.send(QUIT)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_prompt_returns_after_another_ones_line(terminal):
    child = terminal("run", SYSTEM)
    child.expect(r"\[steering\]\S* rtos: 1 s")
    child.send("hel")
    child.expect(r"rtos> hel")
    child.expect(r"\[brakes\]\S* rtos: \d+ s[^\n]*\n[^\n]*rtos> hel")
    child.send("p\r")
    child.expect(r"tasks +the tasks")


@pytest.mark.parametrize("end", ["quit", "terminate", "timeout"])
def test_terminal_is_left_as_it_was(terminal, end):
    options = "--timeout 2" if end == "timeout" else ""
    child = terminal("-c", f'"$0" run "$1" {options}; echo status $?', BULKHEAD, SYSTEM, command="/bin/sh")
    before = termios.tcgetattr(child.child_fd)
    child.expect_exact("input goes to steering")
    assert termios.tcgetattr(child.child_fd) != before
    if end == "quit":
        child.send(QUIT)
    elif end == "terminate":
        pid = int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text())
        os.kill(pid, signal.SIGTERM)
    child.expect(r"status (\d+)")
    assert int(child.match.group(1)) == (128 + signal.SIGTERM if end == "terminate" else 0)
    assert termios.tcgetattr(child.child_fd) == before


@pytest.fixture
def pty_pair():
    pair = os.openpty()
    yield pair
    for descriptor in pair:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def test_a_terminal_that_goes_ends_it(pty_pair):
    user, terminal = pty_pair
    command = [BULKHEAD, "run", SYSTEM]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, cwd=ROOT) as process:
        os.close(terminal)
        seen = b""
        while b"1 kHz control loop" not in seen:
            seen += os.read(user, 4096)
        os.close(user)
        assert process.communicate(timeout=PATIENCE) == (None, b"")
    assert process.returncode == 0


def test_a_terminal_that_takes_nothing_stops_nothing(pty_pair, folder):
    """More is said than it takes; QEMU goes on, and so do signals."""
    _, terminal = pty_pair
    said = folder / "said"
    said.unlink(missing_ok=True)
    os.mkfifo(said)
    script = f'''case "$1" in --version) echo QEMU emulator version 9.2.0; exit;; esac
        yes $(printf %0200d 0) | head -c 400000
        echo >{said}
        exec sleep 600'''
    command = [BULKHEAD, "run", SYSTEM]
    environment = fake_qemu(folder, script)
    reader = os.open(said, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, env=environment, cwd=ROOT) as process:
        try:
            assert select.select([reader], [], [], PATIENCE)[0]
            process.terminate()
            assert process.wait(PATIENCE) == 128 + signal.SIGTERM
        finally:
            process.kill()
    os.close(reader)


def test_nohup(machines):
    command = ["/bin/sh", "-c", 'trap "" HUP; exec "$0" run "$1" --headless', BULKHEAD, SYSTEM]
    machine = Machine(command)
    machines.append(machine)
    machine.expect("stdout", r"^\[brakes\] rtos: 1 s")
    machine.signal(signal.SIGHUP)
    machine.expect("stdout", r"^\[brakes\] rtos: 3 s")
    assert machine.stop() == 128 + signal.SIGTERM


def test_refusal_to_start_ends_it(folder):
    """A machine without EL2: the hypervisor refuses, and nobody waits for the time-out."""
    board = (ROOT / "config" / "boards" / "qemu-virt-gicv3.dtsi").read_text()
    (folder / "qemu-virt-gicv3.dtsi").write_text(board.replace("virtualization=on", "virtualization=off"))
    result = run_to_end(SYSTEM, "--headless", "--timeout", str(2 * PATIENCE), "--log", folder, "-I", folder)
    refusal = "E01 not started at EL2"
    assert result.returncode == 1
    assert result.stderr.startswith(f"bulkhead: error: the hypervisor stopped: {refusal}")
    assert result.stderr.count("\n") == 1
    assert f"[hypervisor] {refusal}" in result.stdout
    assert refusal in (folder / "hypervisor.log").read_text()


def test_hypervisor_messages_come_while_it_runs(run):
    machine = run(SYSTEM)
    machine.expect("brakes", "type 'help'")
    machine.send("brakes", "crash\r")
    machine.expect_hypervisor("brakes")
    machine.expect("steering", r"rtos: \d+ s")
    machine.expect("steering", r"rtos: \d+ s")
    assert machine.stop() == 128 + signal.SIGTERM
    assert "brakes" in machine.log("hypervisor")


def test_missing_qemu_is_one_line(folder):
    (folder / "dtc").symlink_to(shutil.which("dtc"))  # which board it is, and so which QEMU, the system says
    result = run_to_end(SYSTEM, env={"PATH": str(folder)})
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "bulkhead: error: cannot start qemu-system-aarch64: No such file or directory; "
        "`make setup` installs it (9.1 or newer)\n"
    )


def test_old_qemu_is_one_line(folder):
    result = run_to_end(SYSTEM, env=fake_qemu(folder, "echo QEMU emulator version 7.2.9"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "bulkhead: error: qemu-system-aarch64 is version 7.2; 9.1 or newer is needed for a second UART: `make setup`\n"
    )


def test_no_socket_is_left_when_there_is_no_machine(folder):
    """QEMU can no longer be started once it has told its version."""
    environment = fake_qemu(folder, 'rm "$0"; echo QEMU emulator version 9.2.0')
    for program in ("dtc", "rm"):  # and it is not found elsewhere
        (folder / program).symlink_to(shutil.which(program))
    environment["PATH"] = str(folder)
    with tempfile.TemporaryDirectory(dir="/tmp") as sockets:  # a socket's path must be short
        result = run_to_end(SYSTEM, "--headless", "--socket", sockets, env=environment)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == "bulkhead: error: cannot start qemu-system-aarch64: No such file or directory\n"
        assert os.listdir(sockets) == []


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_closed_standard_streams_are_nothing(folder, closed):
    command = f'"$0" run "$@" --timeout 2 {closed}'
    arguments = [BULKHEAD, SYSTEM, "--log", folder]
    result = subprocess.run(["/bin/sh", "-c", command, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    assert (result.returncode, result.stderr) == (0, "")
    assert "1 kHz control loop" in (folder / "steering.log").read_text()


def test_qemu_that_fails_is_shown(folder):
    script = 'case "$1" in --version) echo QEMU emulator version 9.2.0;; *) echo no such machine >&2; exit 3;; esac'
    result = run_to_end(SYSTEM, "--headless", env=fake_qemu(folder, script))
    assert result.returncode == 1
    assert "[qemu] no such machine\n" in result.stdout
    assert result.stderr == "bulkhead: error: QEMU ended with status 3: no such machine\n"


def test_instruction_counting(folder, machines):
    """With --icount two runs tell the same time: the first messages carry the same stamps."""
    stamps = []
    for part in ("first", "second"):
        machine = BulkheadMachine(SYSTEM, folder / part, "--icount")
        machines.append(machine)
        machine.expect("steering", "1 kHz control loop")
        machine.stop()
        stamps.append(machine.log("hypervisor").splitlines()[:2])
    assert len(stamps[0]) == 2 and stamps[0] == stamps[1]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((), "run takes one file, not 0; see bulkhead run --help"),
        (("a.dts", "b.dts"), "run takes one file, not 2; see bulkhead run --help"),
        (("--fast", "a.dts"), "run: unknown option --fast"),
        (("-xq", "a.dts"), "run: unknown option -x"),
        (("--ico=3", "a.dts"), "run: unknown option --icount"),
        (("a.dts", "--log"), "run: --log needs a value"),
        (("a.dts", "--timeout", "soon"), "--timeout takes a number of seconds above 0, not 'soon'"),
        (("a.dts", "--timeout", "-1"), "--timeout takes a number of seconds above 0, not '-1'"),
    ],
)
def test_mistakes_in_the_command_line(arguments, message):
    result = run_to_end(*arguments)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"bulkhead: error: {message}\n")
