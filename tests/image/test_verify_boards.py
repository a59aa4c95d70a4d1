#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify IMAGE FILE.dts` where one partition takes whatever the other does not name: on vendors' boards, with
their nested buses, PCI hosts and nexus nodes. The hypervisor is a stand-in. Not here: one device at a time
(test_verify_config.py), all boards (tests/trees/compare.c).
"""

import collections

import pytest
from corrupt import corrupted, remap, verify
from test_image import ENDLESS_LOOP, IMAGES, ROOT, hypervisor, run

# `port` is the RTOS's, with interrupt `line`, `spare` another's; `gone` is what the taker has by `host`.
Board = collections.namedtuple("Board", "load port line spare host gone")
BOARDS = {
    "zcu102": Board(
        0x00200000,
        "/axi/serial@ff010000",
        22,
        0xFF000000,
        "/axi/pcie@fd0e0000",
        ["0xe0000000", "0xfd0e0000", "0xfd480000", "0x600000000", "0x8000000000", 146, 147, 148, 149, 150],
    ),
    "imx8mp-evk": Board(
        0x40200000,
        "/soc@0/bus@30800000/serial@30880000",
        28,
        0x30890000,
        "/soc@0/pcie@33800000",
        ["0x18000000", "0x1ff00000", "0x1ff80000", "0x33800000", 155, 156, 157, 158, 172],
    ),
    "qemu-virt-gicv3": Board(0x40200000, "/serial@9040000", 8, 0x09000000, "/rtc@9010000", ["0x9010000", 34]),
}

SYSTEM = """/dts-v1/;
/include/ "{board}.dtsi"
/ {{
	domains {{
		compatible = "bulkhead,partitions-v1";
		all {{
			compatible = "bulkhead,partition";
			cpus = <&cpu0 &cpu1>;
			memory = <0x0 0x60000000 0x0 0x1000000>;
			direct-map;
			take = "everything";
			{more}
			kernel = "all.bin";
			load-address = <0x0 0x60000000>;
			entry = <0x0 0x60000000>;
			criticality = "QM";
		}};
		rtos {{
			compatible = "bulkhead,partition";
			cpus = <&cpu2>;
			memory = <0x0 0x40000000 0x0 0x800000>;
			access = <{access}>;
			kernel = "rtos.elf";
			criticality = "ASIL-D";
		}};
	}};
}};
{nodes}
"""


def write(folder, name, more="", access="", nodes=""):
    """A system of the board, with more properties of its taker, other devices of the RTOS, and nodes behind it."""
    board = BOARDS[folder.name]
    path = folder / name
    access = access or f"&{{{board.port}}}"
    path.write_text(SYSTEM.format(board=folder.name, more=more, access=access, nodes=nodes))
    return path


@pytest.fixture(name="image", scope="module", params=BOARDS)
def good_image(request, tmp_path_factory):
    """The build folder, named as the board, and the image's bytes."""
    folder = tmp_path_factory.mktemp("boards") / request.param
    folder.mkdir()
    (folder / "vendor").symlink_to(ROOT / "build/vendor")
    (folder / "rtos.elf").write_bytes(IMAGES["rtos.elf"])
    (folder / "all.bin").write_bytes(ENDLESS_LOOP)
    (folder / f"bulkhead-{request.param}.elf").write_bytes(hypervisor(BOARDS[request.param].load))
    result = run(folder, "build", write(folder, "system.dts"), "-o", folder / "image")
    assert (result.stdout, result.returncode) == ("", 0), result.stderr
    return folder, (folder / "image").read_bytes()


def test_right(image):
    folder, content = image
    assert verify(folder, content) == []
    assert verify(folder, content, folder / "system.dts") == []


def gone(image, path):
    """The findings beside this configuration, shortened: the taker has the PCI host, which is not given to it."""
    folder, content = image
    lines = verify(folder, content, path)
    ends = "partition 'all' has ", ", which the configuration does not give it"
    assert all(line.startswith(ends[0]) and line.endswith(ends[1]) for line in lines), lines
    words = [line[len(ends[0]) : -len(ends[1])].split() for line in lines]
    return [int(word[1].rstrip(",")) if word[0] == "interrupt" else word[2] for word in words]


def test_excepted(image):
    """The configuration leaves a device to nobody that the image's taker has."""
    board = BOARDS[image[0].name]
    assert gone(image, write(image[0], "except.dts", more=f"except = <&{{{board.host}}}>;")) == board.gone


def test_disabled(image):
    board = BOARDS[image[0].name]
    nodes = f'&{{{board.host}}} {{ status = "disabled"; }};'
    assert gone(image, write(image[0], "disabled.dts", nodes=nodes)) == board.gone


def test_named_by_other(image):
    """Or to the RTOS, which the image does not give it."""
    folder, content = image
    board = BOARDS[folder.name]
    path = write(folder, "other.dts", access=f"&{{{board.port}}} &{{{board.host}}}")
    lines = verify(folder, content, path)
    lacks = [line for line in lines if line.startswith("partition 'rtos' lacks ")]
    assert len(lines) == len(lacks) + len(board.gone)
    assert len(lacks) >= len(board.gone)  # ranges with one page in common are told apart here
    assert f"partition 'rtos' lacks interrupt {board.gone[-1]}, which the configuration gives it" in lacks


def test_too_little(image):
    """The image was built when the host was excepted."""
    folder, _ = image
    board = BOARDS[folder.name]
    path = write(folder, "except.dts", more=f"except = <&{{{board.host}}}>;")
    assert run(folder, "build", path, "-o", folder / "less").returncode == 0
    content = (folder / "less").read_bytes()
    assert verify(folder, content, path) == []
    lines = verify(folder, content, folder / "system.dts")
    assert all(line.startswith("partition 'all' lacks ") for line in lines)
    assert f"partition 'all' lacks interrupt {board.gone[-1]}, which the configuration gives it" in lines


def test_neighbours_left(image):
    """What shares a page or an interrupt with a named device is not taken, nor what cannot be followed."""
    folder, _ = image
    board = BOARDS[folder.name]
    base = int(board.port.split("@")[-1], 16)
    nodes = f"""/ {{
        #address-cells = <2>;
        #size-cells = <2>;
        page@{base + 0x800:x} {{ reg = <0x0 {base + 0x800:#x} 0x0 0x100>; }};
        wire@9000010000 {{ reg = <0x90 0x10000 0x0 0x1000>; interrupts = <0 {board.line} 4>; }};
        broken@9000011000 {{ reg = <0x90 0x11000 0x0 0x1000>; interrupts = <0 999 4>; }};
        whole@9000012000 {{ reg = <0x90 0x12000 0x0 0x1000>; }};
    }};"""
    path = write(folder, "neighbours.dts", nodes=nodes)
    result = run(folder, "build", path, "-o", folder / "neighbours")
    assert result.returncode == 0, result.stderr
    content = (folder / "neighbours").read_bytes()
    assert verify(folder, content, path) == []
    assert verify(folder, content, folder / "system.dts") == [
        "partition 'all' has device registers 0x9000012000 at 0x9000012000, which the configuration does not give it"
    ]


def test_port_corrupted(image):
    """The first page of the RTOS's port leads to another's."""
    folder, content = image
    board = BOARDS[folder.name]
    base = int(board.port.split("@")[-1], 16)
    changed = corrupted(content, lambda changed: remap(changed, 1, base, board.spare))
    lines = verify(folder, changed, folder / "system.dts")
    assert lines == [
        f"partition 'rtos' reaches {board.spare:#x}, a device of partition 'all' (4 KiB at {base:#x})",
        lines[1],
    ]
    assert lines[1].startswith(f"partition 'rtos' does not reach all of {base:#x}, a device of partition 'rtos' (")


def test_trigger_corrupted(image):
    folder, content = image
    line = BOARDS[folder.name].gone[-1]

    def corrupt(changed):
        next(row for row in changed.rows("interrupts") if row.id == line).edge ^= 1

    changed = corrupted(content, corrupt)
    assert verify(folder, changed) == []
    assert verify(folder, changed, folder / "system.dts") == [
        f"partition 'all' has interrupt {line}, or its trigger, which the configuration does not give it"
    ]


def test_two_takers(image):
    """What `check` would refuse is no configuration to compare with."""
    folder, content = image
    path = write(folder, "twice.dts")
    path.write_text(path.read_text().replace("access =", 'take = "everything"; access ='))
    (folder / "changed").write_bytes(content)
    result = run(folder, "verify", folder / "changed", path)
    assert (result.stdout, result.returncode) == ("", 1)
    assert "verify: rtos: its `take` is none that verify knows, or not the only one\n" in result.stderr
