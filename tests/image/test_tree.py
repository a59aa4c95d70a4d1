#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead tree`: the whole trees of partitions that share a board's providers. Not here: trees inside images."""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get("BULKHEAD", ROOT / "build/asan/bulkhead"))
SYSTEM = HERE / "providers.dts"
# What is said of each partition although its tree can be written.
SAID = {
    "back": "",
    "front": "providers.dts:79: warning: partition 'front': watchdog@b000 lies behind bridge@a000 (providers.dts:57), "
    "which the partition does not own\n",
}


def tree(*arguments):
    environment = dict(os.environ, BULKHEAD_BOARDS=str(ROOT / "config/boards"))
    command = [PROGRAM, "tree", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["back", "front"])
def test_source(name):
    """What is in the tree stands in NAME-tree.dts."""
    result = tree(SYSTEM, name)
    assert (result.stderr, result.returncode) == (SAID[name], 0)
    wanted = (HERE / f"{name}-tree.dts").read_text()
    assert result.stdout == wanted[wanted.index("/dts-v1/") :]


@pytest.mark.parametrize("name", ["back", "front"])
def test_flattened(tmp_path, name):
    """The flattened tree is the same, twice the same, and dtc takes it without a warning."""
    for file in ("first", "second"):
        result = tree(SYSTEM, name, "-o", tmp_path / file)
        assert (result.stdout, result.stderr, result.returncode) == ("", SAID[name], 0)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    command = ["dtc", "-I", "dtb", "-O", "dts", tmp_path / "first"]
    source = subprocess.run(command, capture_output=True, text=True, check=True)
    wanted = (HERE / f"{name}-tree.dts").read_text()
    assert (source.stdout, source.stderr) == (wanted[wanted.index("/dts-v1/") :], "")


def test_nothing_foreign():
    """Neither names nor addresses of what the other partition owns are in a partition's tree."""
    front = tree(SYSTEM, "front").stdout
    foreign = "pcie pinctrl clock-controller gpio i2c leds sound bridge".split()
    foreign += "e0001000 e0002000 e0003000 e0006000 e0009000 e000a000 f0000000 20000000".split()
    assert [text for text in foreign if text in front] == []
    back = tree(SYSTEM, "back").stdout
    foreign = "serial watchdog 9000000 e0004000 e000b000 bluetooth 3v3 sound bridge".split()
    assert [text for text in foreign if text in back] == []


def test_extended_interrupts(tmp_path):
    """Timers and monitors of the cores may name the interrupt controller beside each interrupt: the tree is the same."""
    pmu = 'pmu {{ compatible = "arm,cortex-a53-pmu"; {} }};'
    plain = variant(tmp_path, "/ { " + pmu.format("interrupts = <1 7 4>;") + " };")
    wanted = tree(plain, "back")
    assert "pmu {" in wanted.stdout and "interrupts = <0x01 0x07 0x04" in wanted.stdout
    timer = " ".join(f"<&gic 1 {number} 8>" for number in (13, 14, 11, 10)).replace("> <", ">, <")
    extended = variant(
        tmp_path,
        "/ { timer { /delete-property/ interrupts; interrupts-extended = " + timer + "; }; "
        + pmu.format("interrupts-extended = <&gic 1 7 4>;") + " };",
    )
    result = tree(extended, "back")
    assert (result.stdout, result.stderr, result.returncode) == (wanted.stdout, "", 0)


def refused(tmp_path, *arguments):
    output = tmp_path / "tree.dtb"
    result = tree(*arguments, "-o", output)
    assert result.returncode == 1
    assert not output.exists()
    return result.stderr


def test_no_partition(tmp_path):
    message = "bulkhead: error: there is no partition 'fron' in providers.dts; did you mean 'front'?\n"
    assert refused(tmp_path, SYSTEM, "fron") == message


def variant(tmp_path, change):
    """The system with a change behind it."""
    path = tmp_path / "variant.dts"
    path.write_text(f'/include/ "{SYSTEM}"\n{change}\n')
    return path


def test_no_interrupt_controller(tmp_path):
    path = variant(tmp_path, '&gic { compatible = "test,gic"; };')
    message = "bulkhead: error: variant.dts has no interrupt controller that is known (a GICv2 or GICv3)\n"
    assert refused(tmp_path, path, "front") == message


def test_no_tree_on_x86(tmp_path):
    message = "bulkhead: error: partitions of rtos-rtos-x86.dts have no device tree: on x86 guests get ACPI tables\n"
    assert refused(tmp_path, ROOT / "configs" / "partitions" / "rtos-rtos-x86.dts", "brakes") == message


def test_own(tmp_path):
    """A partition that brings its tree is shown that one, if it tells of nothing but the partition's."""
    source = """/dts-v1/; / {{ interrupt-parent = <&gic>; chosen {{ bootargs = "quiet"; }};
        gic: gic {{ compatible = "arm,gic-400"; #interrupt-cells = <3>; interrupt-controller;
            reg = <0x0 0xf9010000 0x1000 0x0 0xf9020000 0x2000>; }};
        serial@9000000 {{ reg = <0x0 0x09000000 {size:#x}>; interrupts = <0 4 4>; }}; }};"""
    path = variant(tmp_path, '/ { domains { front { dtb = "./own.dtb"; bootargs = "loud"; }; }; };')
    for size, said in ((0x1000, ""), (0x1001, "which go beyond its serial@4000, 0x9000000 +0x1000\n")):
        command = ["dtc", "-q", "-o", tmp_path / "own.dtb"]
        subprocess.run(command, input=source.format(size=size), text=True, check=True)
        result = tree(path, "front")
        assert result.stderr.endswith(said) and result.returncode == bool(said)
        assert ('bootargs = "loud";' in result.stdout) == (not said)


def test_device_not_there(tmp_path):
    """A device that nobody can own has no place in a tree: said as `check` says it."""
    path = variant(tmp_path, '&uart { status = "disabled"; };')
    assert refused(tmp_path, path, "front") == (
        "providers.dts:79: error: partition 'front': serial@4000 is disabled (status, variant.dts:2); if the board has "
        'it, say status = "okay" in its file\n'
    )
    path = variant(tmp_path, "&uart { interrupts-extended = <&gic 1 21 4>; };")
    assert refused(tmp_path, path, "front") == (
        "variant.dts:2: error: serial@4000 has interrupt <1 21 4>, which does not exist: SPIs are <0 0..987 FLAGS>, "
        "PPIs <1 0..15 FLAGS>, but partition 'front' owns it (providers.dts:79)\n"
    )


def test_no_rate(tmp_path):
    """A rate that nobody gave is asked for, where the clock is named; and only of the partition in question."""
    path = variant(tmp_path, "&uart { bulkhead,clock-rates = <48000000>; };")
    assert refused(tmp_path, path, "front") == SAID["front"] + (
        "providers.dts:87: error: partition 'front': clock 1 of serial@4000 comes from clock-controller@1000, which "
        "partition 'back' owns; say at what rate it runs, in Hz: add bulkhead,clock-rates = <RATE ...>, one for each "
        "of its clocks, to /soc/serial@4000\n"
    )
    assert tree(path, "back").returncode == 0


@pytest.mark.parametrize("arguments", [["tree", SYSTEM, "back"], ["devices", SYSTEM], ["--help"], ["--version"]], ids=str)
def test_printed_to_a_full_disk(arguments):
    """Whatever prints says when that did not arrive."""
    environment = dict(os.environ, BULKHEAD_BOARDS=str(ROOT / "config/boards"))
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [PROGRAM, *arguments], env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    message = "bulkhead: error: cannot write standard output: No space left on device\n"
    assert (result.stderr, result.returncode) == (message, 1)


def test_output_not_begun(tmp_path):
    """What could not be begun is not removed: it is somebody else's."""
    (tmp_path / "tree.dtb.unfinished").mkdir()
    result = tree(SYSTEM, "back", "-o", tmp_path / "tree.dtb")
    assert result.stderr == f"bulkhead: error: cannot write {tmp_path}/tree.dtb: Is a directory\n"
    assert (tmp_path / "tree.dtb.unfinished").is_dir()


def test_output_replaced(tmp_path):
    """It is written beside the file that is there, which stays as it is when a disk fills up."""
    (tmp_path / "before").write_bytes(b"before")
    os.link(tmp_path / "before", tmp_path / "tree.dtb")
    assert tree(SYSTEM, "back", "-o", tmp_path / "tree.dtb").returncode == 0
    assert (tmp_path / "before").read_bytes() == b"before"
    assert (tmp_path / "tree.dtb").read_bytes().startswith(b"\xd0\x0d\xfe\xed")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["before", "tree.dtb"]


def test_output_refused(tmp_path):
    result = tree(SYSTEM, "front", "-o", tmp_path / "none" / "tree.dtb")
    message = f"bulkhead: error: cannot write {tmp_path}/none/tree.dtb: No such file or directory\n"
    assert result.stderr == SAID["front"] + message
    assert result.returncode == 1
