# SPDX-License-Identifier: Apache-2.0
"""The shipped systems for x86-64, and what one partition does to itself there: it ends with it."""

import re
import subprocess

import pytest

import sights
from guests import Linux, Rtos
from machine import BUILD, BULKHEAD, ROOT

KERNEL = (BUILD / "linux-x86" / "bzImage.release").read_text().strip()
SELFTEST = ROOT / "tests" / "guests" / "selftest-x86.dts"
SHIPPED = {path.stem for path in (ROOT / "configs" / "partitions").glob("*-x86.dts")}

# How Linux ends itself, and what the hypervisor says.
LINUX_ENDS = {"poweroff": "switched itself off", "reboot": "reset itself: stopped"}

LATE = r"rtos: \d+ s  releases (\d+)  late \d+ lost 0  jitter us ((?:[<>]=?\d+:\d+ )+)max \d+\.\d+  exits \d+ \(\+0\)"
TICKS = 5000  # of the RTOS's loop, that a window has at least
CRASH = 0x800000  # the first address behind an RTOS's memory


def check_log(machine):
    """Once the machine has ended: nothing that the hypervisor said is its own mistake."""
    assert "panic" not in machine.log("hypervisor")


def check_goes_on(rtos):
    """New lines come, no period is lost, no exit is made."""
    line = rtos.line_from_now()
    assert (line["lost"], line["new"]) == (0, 0)


def check_input(rtos):
    """A shell that takes input by an interrupt of its own."""
    rtos.command("help", r"^crash +\[address\]")
    rtos.command("exits", r"^recall +0\r?\n")


def check_window(rtos):
    """Many ticks of the timer, and of the core's exits not one more than before."""
    first = rtos.line_from_now()
    while (last := rtos.line())["releases"] < first["releases"] + TICKS:
        assert (last["new"], last["lost"]) == (0, 0)
    assert last["exits"] == first["exits"]


def check_histogram(rtos):
    """All releases are in it."""
    line = rtos.machine.expect(rtos.name, LATE)
    assert sum(map(int, re.findall(r":(\d+) ", line[2]))) == int(line[1])


def test_no_system_is_forgotten():
    assert SHIPPED == {"ivi-rtos-x86", "rtos-rtos-x86"}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_verified(build, system, seen, name):
    command = [BULKHEAD, "verify", build(system(name)), system(name)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1].endswith(f"as {name}.dts gives them")
    seen(result.stdout, sights.VERIFIED)


@pytest.mark.parametrize("end", LINUX_ENDS)
def test_ivi_rtos(run, system, seen, end):
    """Debian's kernel on two CPUs beside the RTOS: both shells answer, and Linux's end is its own."""
    machine = run(system("ivi-rtos-x86"))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    assert rtos.line()["lost"] == 0
    assert ivi.wait_for_shell() == (2, KERNEL)
    assert ivi.shell("echo $((6 * 7))") == "42"
    check_input(rtos)
    check_window(rtos)
    ivi.start(end)
    machine.expect_hypervisor(f"partition ivi {LINUX_ENDS[end]}")
    check_goes_on(rtos)
    check_input(rtos)
    machine.send("rtos", "off\r")
    assert machine.wait() == 0
    check_log(machine)
    said = machine.text("stdout")
    seen(said, sights.SHELL, "cloud-amd64 on 2 CPUs")
    seen(said, sights.ENDS[end])
    seen(said, sights.RTOS, "x86-64")
    seen(said, sights.OFF, "switches off")


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
    check_log(machine)


def test_panic_of_linux_is_its_own(run, system, seen):
    """It spins for ever then, which is nobody else's business."""
    machine = run(system("ivi-rtos-x86"))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    ivi.start("echo c > /proc/sysrq-trigger")
    machine.expect("ivi", "end Kernel panic - not syncing: sysrq triggered crash")
    check_goes_on(rtos)
    check_input(rtos)
    machine.stop()
    check_log(machine)
    seen(machine.text("stdout"), sights.PANIC)


def test_cores_go_off_and_on(run, system, seen):
    """By INIT and SIPI to a core that is on."""
    machine = run(system("ivi-rtos-x86"))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    for _ in range(3):
        ivi.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
        assert ivi.shell("cat /sys/devices/system/cpu/online") == "0"
        ivi.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
        assert ivi.shell("cat /sys/devices/system/cpu/online") == "0-1"
        assert ivi.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    check_goes_on(rtos)
    machine.stop()
    check_log(machine)
    seen(machine.text("stdout"), sights.HOTPLUG)


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
    check_log(machine)


def test_rtos_rtos(run, system):
    """Each has its shell and its timer; one resets itself, then the other switches off, and with it the board."""
    machine = run(system("rtos-rtos-x86"))
    steering, brakes = Rtos(machine, "steering"), Rtos(machine, "brakes")
    for rtos in (steering, brakes):
        assert rtos.line()["lost"] == 0
        check_input(rtos)
        check_histogram(rtos)
    check_window(steering)
    machine.send("steering", "reset\r")
    machine.expect_hypervisor("partition steering reset itself: stopped")
    check_goes_on(brakes)
    check_input(brakes)
    machine.send("brakes", "off\r")
    machine.expect_hypervisor("partition brakes switched itself off")
    assert machine.wait() == 0
    check_log(machine)


def test_no_release_is_late(run, system):
    """By instructions, on two cores in turn: every release begins in the microsecond in which it is due."""
    machine = run(system("rtos-rtos-x86"), "--icount")
    for name in ("steering", "brakes"):
        found = machine.expect(name, r"rtos: 10 s  releases 10000  late 0 lost 0  jitter us (.*)max ")
        assert found[1].strip() == "<1:10000"
    machine.stop()
    check_log(machine)


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
    check_log(machine)


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
    check_goes_on(survivor)
    check_input(survivor)
    assert "nothing stopped us" not in machine.text(victim)
    machine.send(other, "off\r")
    assert machine.wait() == 0
    check_log(machine)


def test_selftest(run):
    """The runtime's own test finds its second core, starts it twice, and its neighbour does not notice."""
    machine = run(SELFTEST)
    rtos = Rtos(machine)
    rtos.line()
    assert int(machine.expect("selftest", r"^cores: (\d+) checks\r?\n")[1]) == 13
    assert int(machine.expect("selftest", r"^RT-SELFTEST ok (\d+) checks\r?\n")[1]) >= 148
    machine.expect_hypervisor("partition selftest switched itself off")
    check_goes_on(rtos)
    machine.send("rtos", "off\r")
    assert machine.wait() == 0
    check_log(machine)
