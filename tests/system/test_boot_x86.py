# SPDX-License-Identifier: Apache-2.0
"""The shipped systems for x86-64: what is x86's own there, beside test_boot.py, which boots them, too."""

import re

import pytest

from guests import Linux, Rtos
from machine import ROOT

SELFTEST = ROOT / "tests" / "guests" / "selftest-x86.dts"

HISTOGRAM = r"rtos: \d+ s  releases (\d+)  late \d+ lost \d+  jitter us ((?:[<>]=?\d+:\d+ )+)max \d+\.\d+  exits"
TICKS = 5000  # of the RTOS's loop, that a window has at least
CRASH = 0x800000  # the first address behind an RTOS's memory


def check_histogram(rtos):
    """All releases are in it."""
    line = rtos.machine.expect(rtos.name, HISTOGRAM)
    assert sum(map(int, re.findall(r":(\d+) ", line[2]))) == int(line[1])


def test_linux_takes_what_it_was_given(run, system):
    """One clock without calibration, the interrupt of its UART, its memory, and both cores in ACPI's words."""
    machine = run(system("ivi-rtos-x86"))
    ivi = Linux(machine, "ivi")
    ivi.wait_for_shell()
    ivi.shell("C=/sys/devices/system/clocksource")  # or the next line would be longer than the terminal
    assert ivi.shell("cat $C/*/current_clocksource") == "tsc"
    assert ivi.shell("dmesg | grep -ci unstable | cat") == "0"
    interrupts = ivi.shell("cat /proc/interrupts")
    assert re.search(r"^ *\d+: +\d{2,} +\d+ +\S*IO-APIC +4-edge +ttyS0$", interrupts, re.M)
    assert int(ivi.shell("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 600 << 10
    assert int(ivi.shell("grep -c ^apicid /proc/cpuinfo")) == 2
    machine.stop()
    machine.check_log()


def test_crash_of_the_rtos_is_not_linuxs(run, system):
    machine = run(system("ivi-rtos-x86"))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    rtos.command("crash", f"reading 0x{CRASH:x}, which is not ours")
    machine.expect_hypervisor("partition rtos faulted: stopped")
    assert ivi.shell("echo $((6 * 7))") == "42"
    assert ivi.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    ivi.start("poweroff")
    assert machine.wait() == 0
    machine.check_log()


def test_rtos_rtos(run, system):
    """Each has its shell and its timer; one resets itself, then the other switches off, and with it the board."""
    machine = run(system("rtos-rtos-x86"))
    steering, brakes = Rtos(machine, "steering"), Rtos(machine, "brakes")
    for rtos in (steering, brakes):
        rtos.line()
        rtos.check_input()
        check_histogram(rtos)
    steering.check_window(TICKS)
    machine.send("steering", "reset\r")
    machine.expect_hypervisor("partition steering reset itself: stopped")
    brakes.check_goes_on()
    brakes.check_input()
    machine.send("brakes", "off\r")
    machine.expect_hypervisor("partition brakes switched itself off")
    assert machine.wait() == 0
    machine.check_log()


def test_no_release_is_late(run, system):
    """By instructions, on two cores in turn: every release begins in the microsecond in which it is due."""
    machine = run(system("rtos-rtos-x86"), "--icount")
    for name in ("steering", "brakes"):
        found = machine.expect(name, r"rtos: 10 s  releases 10000  late 0 lost 0  jitter us (.*)max ")
        assert found[1].strip() == "<1:10000"
    machine.stop()
    machine.check_log()


def test_exits_are_counted(run, system):
    """By their reasons: those of the start stay as they are; looking at them is counted apart."""
    machine = run(system("rtos-rtos-x86"))
    rtos = Rtos(machine, "steering")
    rtos.line()
    counts = [look(rtos) for _ in range(2)]
    assert counts[0]["cpuid"] > 0 and counts[0]["gicd"] > 0 and counts[0]["sysreg"] > 0
    assert counts[1].pop("observe") > counts[0].pop("observe")
    assert counts[0] == counts[1]
    machine.stop()
    machine.check_log()


def look(rtos):
    """The exits of its core by reason."""
    found = rtos.command("exits", r"^((?:\w+ +\d+\r?\n){12})")
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)", found[1], re.M)}


@pytest.mark.parametrize("victim, other", [("steering", "brakes"), ("brakes", "steering")])
def test_crash_of_one_stops_it_alone(run, system, victim, other):
    machine = run(system("rtos-rtos-x86"))
    rtos, survivor = Rtos(machine, victim), Rtos(machine, other)
    for each in (rtos, survivor):
        each.line()
    rtos.command("crash", f"reading 0x{CRASH:x}, which is not ours")
    machine.expect_hypervisor(
        rf"partition {victim} virtual core 0: a read outside its memory and devices "
        rf"at guest-physical 0x{CRASH:012x}, pc 0x0000000000[0-9a-f]{{6}}, instruction 0x[0-9a-f]{{8}}, syndrome 0x[0-9a-f]{{8}}\n"
    )
    machine.expect_hypervisor(f"partition {victim} faulted: stopped")
    survivor.check_goes_on()
    survivor.check_input()
    assert "nothing stopped us" not in machine.text(victim)
    machine.send(other, "off\r")
    assert machine.wait() == 0
    machine.check_log()


def test_selftest(run):
    """The runtime's own test finds its second core, starts it twice, and its neighbour does not notice."""
    machine = run(SELFTEST)
    rtos = Rtos(machine)
    rtos.line()
    assert int(machine.expect("selftest", r"^cores: (\d+) checks\r?\n")[1]) == 13
    assert int(machine.expect("selftest", r"^RT-SELFTEST ok (\d+) checks\r?\n")[1]) >= 148
    machine.expect_hypervisor("partition selftest switched itself off")
    rtos.check_goes_on()
    machine.send("rtos", "off\r")
    assert machine.wait() == 0
    machine.check_log()
