# SPDX-License-Identifier: Apache-2.0
"""Intel's VMX, on the Bochs emulator: systems run there, cores come back whatever they do, and the wrong images are refused.

The hypervisor's console is a partition's, which keeps its words from being seen once that runs: ends are seen by the board
switching itself off when the last partition has ended, and by a neighbour.
"""

import pytest

import sights
from bochs import BochsMachine
from flashing.plan import Plan
from guests import Linux, Neighbour, Rtos
from machine import BUILD, QEMU_X86, ROOT
from refusals import TEXTS, TITLE, expect_refusal

pytestmark = pytest.mark.bochs

COM1, COM2 = "com1", "com2"
SYSTEMS = ROOT / "configs" / "partitions"
DEAF = ROOT / "tests" / "guests" / "deaf-bochs.dts"
PARTITION_DEAF = 0
TICKS = 1000  # of the RTOS's loop, that a window has at least
SWITCHED_OFF = "ACPI control: soft power off"
RESERVED = 1 << 31  # of the pin controls: no processor has it
KERNEL = (BUILD / "linux-x86" / "bzImage.release").read_text().strip()


@pytest.fixture
def bochs(machines, folder):
    """Starts a PC with an image."""

    def start(image, **options):
        machine = BochsMachine(image, folder, **options)
        machines.append(machine)
        return machine

    return start


def check_end(machine):
    """Bochs ends when the board is switched off, always with the same status."""
    machine.wait()
    assert SWITCHED_OFF in machine.text("stderr")
    assert "panic" not in machine.text(COM1)


def check_window(rtos):
    """Bochs has the machine's time alone, so that no release may be late, either."""
    rtos.check_window(TICKS)
    last = rtos.line()
    assert (last["late"], last["lost"]) == (0, 0)


def test_rtos_rtos(bochs, build, table):
    """Two cores, two timers, two consoles that take input; one resets itself, the other switches the board off."""
    machine = bochs(build(SYSTEMS / "rtos-rtos-bochs.dts"))
    steering, brakes = Rtos(machine, COM1), Rtos(machine, COM2)
    for rtos in (steering, brakes):
        check_window(rtos)
        rtos.command("exits", r"^recall +0\r?\n")
    machine.send(COM1, "reset\r")
    machine.expect(COM1, r"^resetting\r?\n")
    check_window(brakes)
    table("VMX", "rtos-rtos-bochs", f"{TICKS} ticks, 0 exits, 0 late")
    machine.send(COM2, "off\r")
    check_end(machine)


@pytest.mark.parametrize("key, how", [("s", "spins"), ("h", "sleeps"), ("x", "makes exits")])
def test_recall(bochs, build, table, key, how):
    """A core whose interrupts are off comes back from its guest by an NMI, and stays away."""
    machine = bochs(build(DEAF))
    neighbour = Neighbour(machine, COM2)
    machine.expect(COM1, "DEAF ready")
    neighbour.wait_for_start()
    machine.send(COM1, key)
    machine.expect(COM1, f"DEAF {how}")
    assert int(machine.command_line(COM2, "cores 0", r"^CORES 0 (0x\w+)\s")[1], 16) == 3
    machine.send(COM1, "e")
    while int(machine.command_line(COM2, "cores 0", r"^CORES 0 (0x\w+)\s")[1], 16) != 0:
        pass  # on their way
    machine.command_line(COM2, "state 0", r"^STATE 0 stopped\r?\n")
    assert neighbour.exits(PARTITION_DEAF)[1]["recall"] == 1
    table("VMX", "recall", f"a core that {how} with interrupts off")
    machine.send(COM2, "off\r")
    check_end(machine)


@pytest.mark.boards
def test_ivi_rtos(bochs, build, seen):
    """Debian's kernel on two CPUs beside the RTOS."""
    machine = bochs(build(SYSTEMS / "ivi-rtos-bochs.dts"))
    ivi, rtos = Linux(machine, COM1), Rtos(machine, COM2)
    assert ivi.wait_for_shell() == (2, KERNEL)
    check_window(rtos)
    assert ivi.shell("echo $((6 * 7))") == "42"
    assert ivi.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    ivi.start("poweroff")
    check_window(rtos)
    machine.send(COM2, "off\r")
    check_end(machine)
    said = machine.text(COM1)
    seen(said, sights.SHELL, "cloud-amd64 on 2 CPUs")
    seen(said, sights.ENDS["poweroff"])
    seen(said, sights.RTOS, "x86-64")
    seen(said, sights.OFF, "switches off")


# ---- refusals ----


def check_refusal(machine, number, table, name):
    line = f"{number} {TEXTS[number]}"
    machine.expect(COM1, rf"^bulkhead: {line}\r?\n")
    table(TITLE, name, line)


def test_image_for_amd(bochs, build, table):
    check_refusal(bochs(build(SYSTEMS / "rtos-rtos-x86.dts")), "E28", table, "amd-on-intel")


def test_image_for_intel(qemu, build, table):
    image = build(SYSTEMS / "rtos-rtos-bochs.dts")
    machine = qemu(image, machine="q35", cpu="qemu64,+svm,+npt,+x2apic", smp=4, program=QEMU_X86)
    table(TITLE, "intel-on-amd", expect_refusal(machine, "E28"))


@pytest.mark.parametrize(
    "model, number", [("p4_prescott_celeron_336", "E33"), ("core2_penryn_t9600", "E29"), ("corei5_lynnfield_750", "E35")]
)
def test_core_without(bochs, build, table, model, number):
    """Virtualization, nested paging, real mode in guests."""
    check_refusal(bochs(build(SYSTEMS / "rtos-rtos-bochs.dts"), model=model), number, table, f"without-{model}")


def test_control_that_is_missing(bochs, build, folder, table):
    """A plan that demands what no processor has."""
    plan = Plan(bytearray(build(SYSTEMS / "rtos-rtos-bochs.dts").read_bytes()))
    row = plan.rows("vmcs")[0]
    row.value |= RESERVED
    row.required |= RESERVED
    plan.seal()
    (folder / "changed").write_bytes(plan.data)
    check_refusal(bochs(folder / "changed"), "E35", table, "control-missing")
