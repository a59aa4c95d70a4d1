# SPDX-License-Identifier: Apache-2.0
"""Zero exits: in its steady state a partition never enters the hypervisor, whatever its neighbours do.

Counts come from the hypervisor's own counters. Lateness is shown and not judged: under a multi-core emulator it says
nothing about the design.
"""

import pytest

from guests import Linux, Neighbour, Rtos
from machine import ROOT

OBSERVED = ROOT / "tests" / "guests" / "observed.dts"
OBSERVED_X86 = ROOT / "tests" / "guests" / "observed-x86.dts"
IVI = 0  # the partition's number in it
TITLE = "exits"

# Exits until the shell, SGIs apart: x86-64 has CPUID, which always is one.
BOOT_BUDGETS = {OBSERVED: 700, OBSERVED_X86: 1500}
SECONDS = 10
PERIODS = 1000  # of the RTOS's loop in a second, unless its host loses some

SOCKETS = "/proc/net/raw"  # a ping has one once it has started, which on x86 makes exits: its C library asks CPUID
PING = "ping -q -i 0.001 127.0.0.1"  # one process at a 1 kHz timer
WORKED = 20  # timer interrupts or processes in a phase: far above idle; how many more is the host's business
FORKS = "while :; do true | true; done"


def timer_interrupts(linux):
    return sum(map(int, linux.shell("awk '/arch_timer|LOC:/ {print $2 + $3}' /proc/interrupts").split()))


def processes(linux):
    return int(linux.shell("awk '/processes/ {print $2}' /proc/stat"))


def work(linux, seconds_of):
    """Idle, then 1 kHz timers, then forks; `seconds_of` waits through each phase."""
    linux.shell("ip link set lo up")
    seconds_of("idle")

    before = timer_interrupts(linux)
    linux.start(f"{PING} >/dev/null & {PING} >/dev/null &")
    linux.shell(f"until [ $(grep -c : {SOCKETS}) = 2 ]; do true; done")
    seconds_of("1 kHz timers")
    assert timer_interrupts(linux) - before > WORKED
    linux.shell("killall ping")

    before = processes(linux)
    linux.start(f"({FORKS}) & forks=$!")
    linux.shell("true")
    seconds_of("forks")
    assert processes(linux) - before > WORKED
    linux.shell("kill $forks")


@pytest.mark.parametrize("name", ["ivi-rtos", "ivi-rtos-x86"])
def test_rtos_loop(run, system, table, name):
    """10 s of the 1 kHz loop: no exit of its core, while Linux idles and works."""
    machine = run(system(name))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    first = rtos.line()
    ivi.wait_for_shell()

    def seconds_of(phase):
        before = rtos.line_from_now()
        while (after := rtos.line())["releases"] < before["releases"] + 4 * PERIODS:
            assert after["new"] == 0
        exits = after["exits"] - before["exits"]
        releases = after["releases"] - before["releases"]
        table(TITLE, f"RTOS of {name}", f"1 kHz loop, Linux: {phase}", f"{exits} in {releases} periods, {after['lost']} lost")

    work(ivi, seconds_of)
    last = rtos.line_from_now()
    assert last["releases"] - first["releases"] >= SECONDS * PERIODS
    assert last["exits"] == first["exits"]


def totals(cores):
    """SGIs and all other exits of a partition's cores together."""
    sgis = sum(core["sgi"] for core in cores)
    return sgis, sum(sum(core.values()) for core in cores) - sgis


class Watch:
    """The exits of a Linux through its work, as another partition counts them."""

    def __init__(self, neighbour, table, name):
        self.neighbour = neighbour
        self.table = table
        self.name = name
        self.sgis = []
        self.others = []

    def __call__(self, phase):
        before = totals(self.neighbour.exits(IVI))
        for _ in range(3):
            self.neighbour.machine.expect("neighbour", r"^NEIGHBOUR pattern ok .* lost 0 exits 0\r?\n")
        after = totals(self.neighbour.exits(IVI))
        self.sgis.append(after[0] - before[0])
        self.others.append(after[1] - before[1])
        self.table(TITLE, self.name, phase, f"{self.sgis[-1]} SGIs, {self.others[-1]} other in 3 s")


@pytest.mark.parametrize("file", BOOT_BUDGETS, ids=lambda file: file.stem)
def test_linux(run, table, file):
    """Two CPUs: SGIs and nothing else; one CPU: nothing at all. Few exits until the shell."""
    machine = run(file)
    name = f"Linux of {file.stem}"
    ivi, neighbour = Linux(machine, "ivi"), Neighbour(machine)
    neighbour.wait_for_start()
    assert ivi.wait_for_shell()[0] == 2
    sgis, others = totals(neighbour.exits(IVI))
    table(TITLE, f"{name}, 2 CPUs", "to the shell", f"{sgis} SGIs, {others} other")
    assert others <= BOOT_BUDGETS[file]

    two = Watch(neighbour, table, f"{name}, 2 CPUs")
    work(ivi, two)
    assert two.others == [0, 0, 0]

    ivi.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
    one = Watch(neighbour, table, f"{name}, 1 CPU")
    work(ivi, one)
    assert (one.sgis, one.others) == ([0, 0, 0], [0, 0, 0])
    machine.stop()
    machine.check_log()
