# SPDX-License-Identifier: Apache-2.0
"""The shipped systems: each boots, its consoles take input, and what one partition does to itself ends with it."""

import os
import re
import subprocess

import pytest

import sights
from guests import Linux, Rtos
from machine import BUILD, BULKHEAD, ROOT

SHIPPED = {path.stem for path in (ROOT / "configs" / "partitions").glob("*.dts") if not path.stem.endswith("-bochs")}
KERNEL = (BUILD / "linux" / "Image.release").read_text().strip()
KERNEL_RT = (BUILD / "linux" / "Image-rt.release").read_text().strip()
KERNEL_GENERIC = (BUILD / "linux" / "Image-generic.release").read_text().strip()
KERNEL_X86 = (BUILD / "linux-x86" / "bzImage.release").read_text().strip()

# Linux beside the RTOS, by board: how many cores it has, and its kernel.
IVI_RTOS = {
    "ivi-rtos": (2, KERNEL),
    "ivi-rtos-gicv2": (2, KERNEL),
    "ivi-rtos-imx8mp-evk": (2, KERNEL_GENERIC),
    "ivi-rtos-raspi4b": (2, KERNEL_GENERIC),
    "ivi-rtos-versal": (1, KERNEL_GENERIC),
    "ivi-rtos-x86": (2, KERNEL_X86),
    "ivi-rtos-zcu102": (2, KERNEL_GENERIC),
}
FURTHER = ("ivi-rtos-imx8mp-evk", "ivi-rtos-raspi4b", "ivi-rtos-versal")  # for `make test-boards`
PARKS = ("ivi-rtos-raspi4b",)  # without firmware that could switch the board off
NAMES = [pytest.param(name, marks=[pytest.mark.boards] if name in FURTHER else []) for name in IVI_RTOS]
NAMES_SMP = [name for name in NAMES if IVI_RTOS[name.values[0]][0] > 1]

# How a partition ends itself, and what the hypervisor says.
LINUX_ENDS = {"poweroff": "switched itself off", "reboot": "reset itself: stopped"}
PANIC = "echo c > /proc/sysrq-trigger"


def linux_seen(cores, kernel):
    """Debian's kernel without its version."""
    return f"{re.sub(r'^[0-9.]+-[0-9]+-', '', kernel)} on {cores} CPU{'s' if cores > 1 else ''}"


def test_no_system_is_forgotten():
    assert SHIPPED == {*IVI_RTOS, "linux-linux", "rt-linux", "rtos-rtos", "rtos-rtos-x86", "rtos32-rtos64"}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_verified(build, system, seen, name):
    """What boots here is what `verify` finds right beside its configuration."""
    image = build(system(name))
    result = subprocess.run([BULKHEAD, "verify", image, system(name)], capture_output=True, text=True, timeout=60)
    assert (result.stderr, result.returncode) == ("", 0)
    assert f"kernels and ramdisks as {name}.dts gives them\n" in result.stdout
    seen(result.stdout, sights.VERIFIED)


@pytest.mark.parametrize("end", LINUX_ENDS)
@pytest.mark.parametrize("name", NAMES)
def test_ivi_rtos(run, system, seen, name, end):
    machine = run(system(name))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    rtos.line()
    assert ivi.wait_for_shell() == IVI_RTOS[name]
    assert ivi.shell("echo $((6 * 7))") == "42"
    rtos.check_input()
    rtos.check_goes_on()
    ivi.start(end)
    machine.expect_hypervisor(f"partition ivi {LINUX_ENDS[end]}")
    rtos.check_goes_on()
    rtos.check_input()
    machine.send("rtos", "off\r")
    if name in PARKS:
        machine.expect_hypervisor("partition rtos switched itself off")
        machine.stop()
    else:
        assert machine.wait() == 0
    machine.check_log()
    said = machine.text("stdout")
    assert "[qemu]" not in said
    seen(said, sights.SHELL, linux_seen(*IVI_RTOS[name]))
    seen(said, sights.ENDS[end])
    seen(said, sights.RTOS, "x86-64" if name.endswith("-x86") else "AArch64")
    seen(said, sights.OFF, "parks" if name in PARKS else "switches off")


@pytest.mark.parametrize("name", NAMES)
def test_panic_of_linux_is_its_own(run, system, seen, name):
    """It spins for ever then, which is nobody else's business."""
    machine = run(system(name))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    ivi.start(PANIC)
    machine.expect("ivi", "end Kernel panic - not syncing: sysrq triggered crash")
    rtos.check_goes_on()
    rtos.check_input()
    machine.stop()
    machine.check_log()
    seen(machine.text("stdout"), sights.PANIC)


@pytest.mark.parametrize("name", NAMES_SMP)
def test_cores_go_off_and_on(run, system, seen, name):
    machine = run(system(name))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    for _ in range(3):
        ivi.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
        assert ivi.shell("cat /sys/devices/system/cpu/online") == "0"
        ivi.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
        assert ivi.shell("cat /sys/devices/system/cpu/online") == "0-1"
        assert ivi.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    rtos.check_goes_on()
    machine.stop()
    machine.check_log()
    seen(machine.text("stdout"), sights.HOTPLUG)


def test_crash_of_the_rtos_stops_it_alone(run, system):
    machine = run(system("ivi-rtos"))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    ivi.wait_for_shell()
    rtos.command("crash", "reading 0x40800000, which is not ours")
    machine.expect_hypervisor(
        r"partition rtos virtual core 0: a read outside its memory and devices "
        r"at guest-physical 0x000040800000, pc 0x[0-9a-f]{16}, syndrome 0x[0-9a-f]{8}\n"
    )
    for first in range(0, 30, 6):
        machine.expect_hypervisor(rf"  x{first}\.\.( [0-9a-f]{{16}}){{6}}\n")
    machine.expect_hypervisor(r"  x30\.\. [0-9a-f]{16}\n")
    machine.expect_hypervisor("partition rtos faulted: stopped")
    assert ivi.shell("echo $((6 * 7))") == "42"
    assert ivi.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    assert "nothing stopped us" not in machine.text("rtos")
    ivi.start("poweroff")
    assert machine.wait() == 0
    machine.check_log()


QUIET = """/include/ "qemu-virt-gicv3.dtsi"
/ {
	bulkhead {
		board = "quiet";
		/delete-property/ console;
	};
};
"""


def test_board_without_a_console(run, folder, system):
    """What the hypervisor says is in the log rings, and nowhere else. The board's file lies anywhere."""
    board, file = folder / "quiet.dtsi", folder / "quiet.dts"
    board.write_text(QUIET)
    file.write_text(system("rtos-rtos").read_text().replace("qemu-virt-gicv3.dtsi", "quiet.dtsi"))
    names = ("MAKE", "MFLAGS", "BOARD")  # what an outer make has been told is not meant for this one
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    subprocess.run(["make", "hypervisor", f"BOARD_FILE={board}"], cwd=ROOT, env=environment, check=True, timeout=300)
    machine = run(file)
    rtos = Rtos(machine, "steering")
    machine.expect_hypervisor("on quiet, plan")
    rtos.check_goes_on()
    assert "bulkhead:" not in machine.text("steering")
    machine.stop()
    machine.check_log()


def test_memory_beyond_4_gib(run):
    """Linux has it, and takes from the highest memory what it copies here."""
    machine = run(ROOT / "tests" / "guests" / "high.dts")
    linux = Linux(machine, "linux")
    assert linux.wait_for_shell() == (1, KERNEL_GENERIC)
    assert int(linux.shell("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 2800 << 10
    linux.shell("head -c 16m /dev/urandom > /tmp/a && cp /tmp/a /tmp/b && cmp /tmp/a /tmp/b")
    linux.start("poweroff")
    assert machine.wait() == 0
    machine.check_log()


def test_rt_linux(run, system, seen):
    machine = run(system("rt-linux"))
    gateway, rtos = Linux(machine, "gateway"), Rtos(machine)
    rtos.line()
    assert gateway.wait_for_shell() == (2, KERNEL_RT)
    assert gateway.shell("cat /sys/kernel/realtime") == "1"
    gateway.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")
    gateway.shell("echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert gateway.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    rtos.check_goes_on()
    machine.send("rtos", "off\r")
    machine.expect_hypervisor("partition rtos switched itself off")
    assert gateway.shell("echo $((6 * 7))") == "42"
    gateway.start("poweroff")
    assert machine.wait() == 0
    machine.check_log()
    seen(machine.text("stdout"), sights.SHELL, linux_seen(2, KERNEL_RT))


def test_linux_linux(run, system):
    machine = run(system("linux-linux"))
    ivi, cluster = Linux(machine, "ivi"), Linux(machine, "cluster")
    assert ivi.wait_for_shell() == (2, KERNEL)
    assert cluster.wait_for_shell() == (2, KERNEL)
    assert ivi.shell("echo $((6 * 7))") == "42"
    assert cluster.shell("echo $((6 * 9))") == "54"
    assert int(ivi.shell("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 600000
    assert int(cluster.shell("awk '/MemTotal/ {print $2}' /proc/meminfo")) < 524288
    ivi.start("reboot")
    machine.expect_hypervisor("partition ivi reset itself: stopped")
    assert cluster.shell("taskset 2 cut -d' ' -f39 /proc/self/stat") == "1"
    cluster.start("poweroff")
    assert machine.wait() == 0
    machine.check_log()


def test_rtos_rtos(run, system):
    machine = run(system("rtos-rtos"))
    steering, brakes = Rtos(machine, "steering"), Rtos(machine, "brakes")
    for rtos in (steering, brakes):
        rtos.line()
        rtos.check_input()
    machine.send("steering", "reset\r")
    machine.expect_hypervisor("partition steering reset itself: stopped")
    brakes.check_goes_on()
    brakes.check_input()
    machine.send("brakes", "off\r")
    assert machine.wait() == 0
    machine.check_log()


def test_rtos32_rtos64(run, system, seen):
    """The two execution states side by side: input, exits, and a crash in AArch32 that its neighbour does not notice."""
    machine = run(system("rtos32-rtos64"))
    narrow, wide = Rtos(machine, "rtos32"), Rtos(machine, "rtos64")
    for rtos in (narrow, wide):
        rtos.line()
        rtos.check_input()
        rtos.check_goes_on()
    narrow.command("crash", "reading 0x40800000, which is not ours")
    machine.expect_hypervisor(
        r"partition rtos32 virtual core 0: a read outside its memory and devices "
        r"at guest-physical 0x000040800000, pc 0x00000000400[0-9a-f]{5}, syndrome 0x[0-9a-f]{8}\n"
    )
    machine.expect_hypervisor("partition rtos32 faulted: stopped")
    assert "nothing stopped us" not in machine.text("rtos32")
    wide.check_goes_on()
    machine.send("rtos64", "off\r")
    assert machine.wait() == 0
    machine.check_log()
    seen(machine.text("stdout"), sights.RTOS, "AArch32")


def test_aarch32_ends_itself(run, system):
    machine = run(system("rtos32-rtos64"))
    narrow, wide = Rtos(machine, "rtos32"), Rtos(machine, "rtos64")
    narrow.line()
    machine.send("rtos32", "reset\r")
    machine.expect_hypervisor("partition rtos32 reset itself: stopped")
    wide.check_goes_on()
    machine.stop()
    machine.check_log()
