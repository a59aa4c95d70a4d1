#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Wrong systems and what the planner says about them, word for word.

Each .dts file here is one case. Its comments `// expect: LINE` are the whole of standard error; with an error among
them the exit status is 1, otherwise 0. Cases include system.dtsi, a right system, and change one thing. Not here: what
is built.
"""

import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest

from kernels import IMAGES, bzimage, elf, elf32, linux_image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get("BULKHEAD", ROOT / "build/asan/bulkhead"))
CASES = sorted(HERE.glob("*.dts"))
SHIPPED = sorted((ROOT / "configs/partitions").glob("*.dts"))


@pytest.fixture(scope="session")
def planner(tmp_path_factory):
    """Runs the planner with a build folder of its own and returns the finished process."""
    build = tmp_path_factory.mktemp("build")
    (build / "own").mkdir()
    for name, content in IMAGES.items():
        (build / name).write_bytes(content)
    for source in (HERE / "own").glob("*.dts"):
        subprocess.run(["dtc", "-q", "-o", build / "own" / f"{source.stem}.dtb", source], check=True)
    environment = dict(os.environ, BULKHEAD_BOARDS=str(ROOT / "config/boards"), BULKHEAD_BUILD=str(build))

    def run(*arguments, command=(PROGRAM,), **more):
        return subprocess.run(
            [*command, *arguments],
            env=dict(environment, **more),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=20,
            check=False,
        )

    run.build = build
    return run


def expected(case):
    mark = "// expect: "
    lines = case.read_text().splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(planner, case):
    lines = expected(case)
    result = planner("check", case)
    assert result.stderr.splitlines() == lines
    assert result.stdout == ""
    assert result.returncode == (1 if any(": error: " in line for line in lines) else 0)


@pytest.mark.parametrize(
    ("kernel", "refusal"),
    [
        (elf(wide=7), "is an ELF whose header is cut short or corrupt"),
        (elf()[:40], "is an ELF whose header is cut short or corrupt"),
        (elf(machine=3, wide=1), "is an ELF for 32-bit x86, not Arm"),
        (elf(machine=62), "is an ELF for x86-64, not Arm"),
        (elf(machine=243), "is an ELF for RISC-V, not Arm"),
        (elf(machine=8), "is an ELF for another machine than Arm"),
        (elf(kind=1), "is an ELF object file; link it to an executable"),
        (
            elf(kind=3),
            "is a position-independent ELF; link it statically at a fixed address (-static -no-pie)",
        ),
        (elf(kind=4), "is an ELF, but not an executable"),
        (elf(wide=1), "is a 32-bit ELF for AArch64 (ILP32); only 64-bit ones are supported"),
        (elf(machine=40), "is a corrupt ELF: a 64-bit one for AArch32"),
        (elf(data=2), "is a big-endian ELF; only little-endian ones are supported"),
        (elf(programs=0), "is an ELF without program headers"),
        (elf(programs=9), "is a truncated ELF: its program headers lie behind the end of the file"),
        (elf(offset=1 << 40), "is a truncated ELF: a segment lies behind the end of the file"),
        (elf(memory_size=8), "is a corrupt ELF: a segment is larger in the file than in memory"),
        (elf(address=(1 << 64) - 16), "is a corrupt ELF: a segment wraps around the end of the address space"),
        (elf(type=3), "is a dynamically linked ELF; link it statically"),
        (elf(type=4), "is an ELF without a loadable segment"),
        (elf(flags=6), "is an ELF whose entry lies in none of its executable segments"),
        (
            elf(segments=[(0x40000000 + 64 * i, 64) for i in range(65)]),
            "is an ELF with more than 64 segments to load",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_elf(planner, kernel, refusal):
    """Whatever a linker was told wrong."""
    (planner.build / "rtos.elf").write_bytes(kernel)
    result = planner("check", HERE / "right.dts")
    (planner.build / "rtos.elf").write_bytes(IMAGES["rtos.elf"])
    assert (result.stderr, result.returncode) == (f"system.dtsi:25: error: rtos.elf {refusal}\n", 1)


@pytest.mark.parametrize("system", SHIPPED, ids=lambda system: system.stem)
def test_shipped_system(planner, tmp_path, system):
    """Shipped systems are right, once their images are there."""
    for folder in ("linux", "linux-x86", "guests"):
        (tmp_path / folder).mkdir()
    for name in re.findall(r'(?:kernel|ramdisk) = "([^"]*)"', system.read_text()):
        kernel = elf(0x100000, machine=62) if "x86" in name else elf()
        image = bzimage() if "bzImage" in name else linux_image()
        content = kernel if name.endswith(".elf") else image if "Image" in name else b"\x1f\x8b"
        (tmp_path / name).write_bytes(content)
    (tmp_path / "vendor").symlink_to(ROOT / "build/vendor")
    result = planner("check", system, BULKHEAD_BUILD=str(tmp_path))
    assert (result.stderr, result.returncode) == ("", 0)


@pytest.fixture(scope="session")
def flattened(tmp_path_factory):
    """The right system as a flattened tree."""
    tree = tmp_path_factory.mktemp("tree") / "system.dtb"
    folders = ["-i", str(HERE), "-i", str(ROOT / "config/boards")]
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, *folders, HERE / "right.dts"], check=True)
    return tree.read_bytes()


def test_flattened(planner, tmp_path, flattened):
    """A flattened tree has lost the board's file name, and nothing else."""
    tree = tmp_path / "system.dtb"
    tree.write_bytes(flattened)
    result = planner("check", tree)
    assert result.stderr == (
        "system.dtb:/bulkhead: error: bulkhead: the name of the board is not known: "
        'write this node in a file NAME.dtsi, or add `board = "NAME"`\n'
    )
    assert result.returncode == 1


@pytest.mark.parametrize("size", [4, 39, 40, 41, 100, 1000, -1])
def test_flattened_truncated(planner, tmp_path, flattened, size):
    tree = tmp_path / "short.dtb"
    tree.write_bytes(flattened[:size])
    result = planner("check", tree)
    assert re.fullmatch(
        r"short\.dtb: error: not a whole devicetree: FDT_ERR_\w+; make it anew from its source\n", result.stderr
    )
    assert result.returncode == 1


def test_flattened_corrupt(planner, tmp_path, flattened):
    """Whatever bit flips, the planner ends by itself: done or refused, and refusals say why."""
    tree = tmp_path / "flipped.dtb"
    for position in range(0, len(flattened), 131):
        content = bytearray(flattened)
        content[position] ^= 1 << position % 8
        tree.write_bytes(content)
        result = planner("check", tree)
        assert result.returncode == 1
        assert re.fullmatch(r"((flipped\.dtb|bulkhead)\S*: (error|warning): .+\n)+", result.stderr) or position < 4


@pytest.mark.parametrize("depth", [62, 63, 200000])
def test_depth(planner, tmp_path, depth):
    """A tree of nodes in nodes: as deep as Linux takes them, or refused."""
    nodes = struct.pack(">I4s", 1, b"n\0\0\0") * depth + struct.pack(">I", 2) * depth
    structure = struct.pack(">II", 1, 0) + nodes + struct.pack(">II", 2, 9)
    header = struct.pack(">10I", 0xD00DFEED, 56 + len(structure), 56, 56 + len(structure), 40, 17, 16, 0, 0, len(structure))
    tree = tmp_path / "deep.dtb"
    tree.write_bytes(header + bytes(16) + structure)
    result = planner("devices", tree)
    place = "deep.dtb:" + 63 * "/n"
    refusal = f"{place}: error: nodes lie in each other too deep for Linux, too: at most 62 can\n"
    assert refusal in result.stderr if depth > 62 else "too deep" not in result.stderr
    assert (result.stdout, result.returncode) == ("", depth > 62)


@pytest.mark.parametrize("case", ["core-twice", "kernel-format", "memory-no-room"])
def test_no_output(planner, tmp_path, case):
    """A mistake leaves no image, half an image, or anything else behind, and the image of before as it was."""
    image = tmp_path / "image"
    for content in (None, b"before"):
        if content is not None:
            image.write_bytes(content)
        result = planner("build", HERE / f"{case}.dts", "-o", image)
        assert (result.stderr.splitlines(), result.returncode) == (expected(HERE / f"{case}.dts"), 1)
        assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if content is None else [content])


def test_no_hypervisor(planner, tmp_path):
    """Without the hypervisor's own ELF there is no image, but the system can be checked."""
    result = planner("build", HERE / "right.dts", "-o", tmp_path / "image")
    assert result.stderr == (
        f"bulkhead: error: cannot read the hypervisor {planner.build}/bulkhead-qemu-virt-gicv3.elf: "
        "No such file or directory; build it first: make hypervisor BOARD=qemu-virt-gicv3 "
        "(or BOARD_FILE=DIR/qemu-virt-gicv3.dtsi)\n"
    )
    assert result.returncode == 1
    assert not list(tmp_path.iterdir())


LOAD_ADDRESS = 0x40200000


@pytest.mark.parametrize(
    ("hypervisor", "refusal"),
    [
        (elf32(LOAD_ADDRESS), "HYPERVISOR is an ELF for AArch32; the hypervisor's is for AArch64"),
        (
            elf(LOAD_ADDRESS + 8),
            "HYPERVISOR has a segment that is not page-aligned, or not linked where it is loaded; it is no hypervisor "
            "of this release",
        ),
        (
            elf(LOAD_ADDRESS, flags=7),
            "HYPERVISOR has a segment that is both writable and executable; it is no hypervisor of this release",
        ),
        (
            elf(segments=[(LOAD_ADDRESS, 64), (LOAD_ADDRESS, 64)]),
            "HYPERVISOR has segments that share a page or do not ascend; it is no hypervisor of this release",
        ),
        (
            elf(LOAD_ADDRESS),
            "HYPERVISOR does not begin with an arm64 Image header; it is no hypervisor of this release",
        ),
        (
            elf(LOAD_ADDRESS + 0x1000, code=linux_image(0)),
            "HYPERVISOR is linked at 0x40201000, but load-address is 0x40200000; build it anew: "
            "make hypervisor BOARD=qemu-virt-gicv3",
        ),
        (
            elf(0x7FE00000, code=linux_image(0)),
            "hypervisor and its devices do not fit between load-address and the next multiple of 1 GiB, less 2 MiB; "
            "choose a lower load-address",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_hypervisor(planner, tmp_path, hypervisor, refusal):
    file = tmp_path / "hypervisor"
    file.write_bytes(hypervisor)
    system = HERE / "right.dts"
    if "devices" in refusal:
        system = tmp_path / "high.dts"
        system.write_text((HERE / "right.dts").read_text() + "&{/bulkhead} { load-address = <0x0 0x7fe00000>; };\n")
    result = planner("build", system, "-I", HERE, "-o", tmp_path / "image", BULKHEAD_ELF=str(file))
    assert result.stderr.split(": error: ", 1)[1] == refusal.replace("HYPERVISOR", str(file)) + "\n"
    assert result.returncode == 1
    assert not (tmp_path / "image").exists()


LOAD_ADDRESS_X86 = 0x1000000
MULTIBOOT_MAGIC, MULTIBOOT_ADDRESSES = 0x1BADB002, 1 << 16


def multiboot(at=4, flags=MULTIBOOT_ADDRESSES, checksum=0, size=0x4000, **fields):
    """Code with a multiboot header (Multiboot Specification 0.6.96, 3.1) at an offset of it."""
    place = {"header": LOAD_ADDRESS_X86 + at, "load": LOAD_ADDRESS_X86, "load_end": 0, "bss_end": 0}
    place |= {"entry": LOAD_ADDRESS_X86} | fields
    header = struct.pack("<8I", MULTIBOOT_MAGIC, flags, -(MULTIBOOT_MAGIC + flags) + checksum & 0xFFFFFFFF, *place.values())
    code = bytes(at) + header + bytes(max(size - at - len(header), 0))
    return elf(LOAD_ADDRESS_X86, machine=62, size=size, code=code[:size])


NO_MULTIBOOT = "does not begin with a multiboot header"
NOT_WHOLE = "has a multiboot header that does not load the whole file where it is linked"


@pytest.mark.parametrize(
    ("hypervisor", "refusal"),
    [
        (multiboot(at=8192), NO_MULTIBOOT),
        (multiboot(at=6), NO_MULTIBOOT),
        (multiboot(size=32), NO_MULTIBOOT),
        (multiboot(checksum=1), "has a multiboot header with a wrong checksum"),
        (multiboot(flags=0), NOT_WHOLE),
        (multiboot(header=LOAD_ADDRESS_X86), NOT_WHOLE),
        (multiboot(load=LOAD_ADDRESS_X86 + 4), NOT_WHOLE),
        (multiboot(load_end=LOAD_ADDRESS_X86 + 0x1000), NOT_WHOLE),
        (multiboot(bss_end=LOAD_ADDRESS_X86 + 0x1000), NOT_WHOLE),
        (multiboot(entry=LOAD_ADDRESS_X86 - 1), "has a multiboot header that enters outside its code"),
        (multiboot(entry=LOAD_ADDRESS_X86 + 0x4000), "has a multiboot header that enters outside its code"),
        (elf(LOAD_ADDRESS_X86), "is an ELF for Arm, not x86-64"),
    ],
)
def test_wrong_hypervisor_x86(planner, tmp_path, hypervisor, refusal):
    file = tmp_path / "hypervisor"
    file.write_bytes(hypervisor)
    result = planner("build", HERE / "x86-right.dts", "-o", tmp_path / "image", BULKHEAD_ELF=str(file))
    assert result.stderr.startswith(f"bulkhead: error: {file} {refusal}")
    assert result.stderr.count("\n") == 1
    assert result.returncode == 1
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("at", [0, 4, 8188])
def test_right_hypervisor_x86(planner, tmp_path, at):
    """Loaders look for the header in the first 8 KiB."""
    file = tmp_path / "hypervisor"
    file.write_bytes(multiboot(at=at))
    result = planner("build", HERE / "x86-right.dts", "-o", tmp_path / "image", BULKHEAD_ELF=str(file))
    assert (result.stderr, result.returncode) == ("", 0)
    assert (tmp_path / "image").read_bytes()[at : at + 4] == struct.pack("<I", MULTIBOOT_MAGIC)


@pytest.mark.parametrize(
    ("kernel", "refusal"),
    [
        (elf(0x100000, machine=62, wide=1), "is a 32-bit ELF for x86-64 (x32); only 64-bit ones are supported"),
        (elf(0x100000, machine=3, wide=1), "is an ELF for 32-bit x86, not x86-64"),
        (elf(0x100000, machine=40), "is an ELF for Arm, not x86-64"),
        (elf(0x100000, machine=8), "is an ELF for another machine than x86-64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_elf_x86(planner, kernel, refusal):
    (planner.build / "pc.elf").write_bytes(kernel)
    result = planner("check", HERE / "x86-right.dts")
    (planner.build / "pc.elf").write_bytes(IMAGES["pc.elf"])
    assert (result.stderr, result.returncode) == (f"system-x86.dtsi:24: error: pc.elf {refusal}\n", 1)


def test_iasl_missing(planner, tmp_path):
    (tmp_path / "dtc").symlink_to(shutil.which("dtc"))
    result = planner("check", HERE / "x86-right.dts", PATH=str(tmp_path))
    message = "cannot run iasl (Debian package acpica-tools): No such file or directory"
    assert result.stderr == f"bulkhead: error: {message}\n" * 2
    assert result.returncode == 1


def test_no_room_for_iasl(planner, tmp_path):
    result = planner("check", HERE / "x86-right.dts", TMPDIR=str(tmp_path / "none"))
    message = f"cannot make a folder in {tmp_path}/none: No such file or directory"
    assert result.stderr == f"bulkhead: error: {message}\n" * 2
    assert result.returncode == 1


def test_nothing_left_of_iasl(planner, tmp_path):
    assert planner("check", HERE / "x86-right.dts", TMPDIR=str(tmp_path)).returncode == 0
    assert not list(tmp_path.iterdir())


def test_dtc_missing(planner, tmp_path):
    result = planner("check", HERE / "right.dts", PATH=str(tmp_path))
    message = "cannot run dtc (Debian package device-tree-compiler): No such file or directory"
    assert message in result.stderr
    assert result.returncode == 1


def test_missing_file(planner):
    result = planner("check", "/nowhere/system.dts")
    assert result.stderr == "bulkhead: error: cannot read /nowhere/system.dts: No such file or directory\n"
    assert result.returncode == 1


def test_folder(planner, tmp_path):
    result = planner("check", tmp_path)
    assert result.stderr == f"bulkhead: error: cannot read {tmp_path}: it is not a file\n"
    assert result.returncode == 1


def test_too_many_cores(planner, tmp_path):
    cores = "".join(
        f'cpu@{i:x} {{ device_type = "cpu"; reg = <{i:#x}>; enable-method = "psci"; }};\n' for i in range(4, 65)
    )
    system = tmp_path / "cores.dts"
    system.write_text(
        f'/dts-v1/;\n/include/ "{HERE}/system.dtsi"\n'
        "&gic { reg = <0x0 0x08000000 0x0 0x10000>, <0x1 0x00000000 0x0 0x2000000>; };\n"
        f"&{{/bulkhead/qemu}} {{ smp = <65>; }};\n&{{/cpus}} {{\n{cores}}};\n"
    )
    result = planner("check", system)
    assert result.stderr == "cores.dts:66: error: the board has 65 cores; 64 are the most\n"
    assert result.returncode == 1


def test_long_bootargs(planner, tmp_path):
    """As many as arm64's Linux takes, and one more, which it would cut off without a word; another kernel may take it."""
    file = tmp_path / "long.dts"
    for partition, length in (("ivi", 2047), ("ivi", 2048), ("rtos", 2048)):
        text, tree = "x" * length, 'dtb = "auto";' if partition == "rtos" else ""
        start = f'/dts-v1/;\n/include/ "{HERE}/system.dtsi"\n'
        file.write_text(f'{start}&{partition} {{ bootargs = "{text}"; {tree} }};\n')
        result = planner("check", file)
        refusal = "long.dts:3: error: partition 'ivi': bootargs have 2048 characters; 2047 are the most\n"
        refused = (partition, length) == ("ivi", 2048)
        assert (result.stderr, result.returncode) == ((refusal, 1) if refused else ("", 0))


@pytest.mark.parametrize("count", [1023, 1024, 70000])
def test_many_pieces(planner, tmp_path, count):
    """Memory of `count` pieces, beside the one piece of the other partition."""
    pieces = "".join(f"0x1 {0x2000 * i:#x} 0x0 0x1000 " for i in range(count - 1))
    system = tmp_path / "pieces.dts"
    start = f'/dts-v1/;\n/include/ "{HERE}/system.dtsi"\n'
    system.write_text(start + f"&rtos {{ memory = <0x0 0x40000000 0x0 0x800000 {pieces}>; }};\n")
    result = planner("check", system)
    refusal = (
        "pieces.dts:3: error: partition 'rtos': with its memory the partitions have "
        f"{count + 1} pieces; 1024 are the most\n"
    )
    assert (result.stderr, result.returncode) == ((refusal, 1) if count > 1023 else ("", 0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chekc"], "unknown command 'chekc'; did you mean 'check'?"),
        (["--verbose"], "unknown option '--verbose'; see bulkhead --help"),
        (["check"], "check takes one file, not 0; see bulkhead --help"),
        (["check", "a.dts", "b.dts"], "check takes one file, not 2; see bulkhead --help"),
        (["check", "a.dts", "--verbose"], "check: unknown option --verbose; see bulkhead --help"),
        (["check", "--include=DIR", "-xy", "a.dts"], "check: unknown option -x; see bulkhead --help"),
        (["check", "a.dts", "-I"], "check: -I needs a value; see bulkhead --help"),
        (["check", "a.dts", "-o", "image"], "check: unknown option -o; see bulkhead --help"),
        (["check", "a.dts", "--output=image"], "check: unknown option --output=image; see bulkhead --help"),
        (["build", "a.dts", "--output"], "build: --output needs a value; see bulkhead --help"),
        (["build", "a.dts"], "build needs to know what to write: -o IMAGE or --json FILE"),
    ],
)
def test_command_line(planner, arguments, message):
    result = planner(*arguments)
    assert (result.stderr, result.stdout) == (f"bulkhead: error: {message}\n", "")
    assert result.returncode == 2


def test_closed_streams(planner):
    """What is opened takes no standard stream's place."""
    command = ["sh", "-c", 'exec "$0" "$@" <&- >&-', PROGRAM]
    result = planner("check", HERE / "syntax.dts", command=command)
    assert (result.stderr.splitlines(), result.returncode) == (expected(HERE / "syntax.dts"), 1)
    result = planner("devices", HERE / "right.dts", command=command)
    refusal = "bulkhead: error: cannot write standard output: Bad file descriptor\n"
    assert (result.stderr, result.returncode) == (refusal, 1)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_information(planner, option):
    result = planner(option)
    assert result.stdout.splitlines()[0].startswith(("usage: bulkhead COMMAND", "bulkhead 0."))
    assert (result.stderr, result.returncode) == ("", 0)
