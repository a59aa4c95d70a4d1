# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead flash` writes, and what it refuses: one line each, and no file left behind."""

import concurrent.futures
import hashlib
import os
import re
import shutil
import signal
import struct
import subprocess

import pytest
from conftest import BULKHEAD, ROOT, SYSTEM

from flashing.pieces import Pieces

BOARD = "qemu-virt-gicv3"
MEBIBYTE = 1 << 20


def property_of(tree, node, name, kind="x"):
    said = subprocess.run(["fdtget", "-t", kind, tree, node, name], check=True, capture_output=True, text=True)
    return said.stdout.split()


def bytes_of(tree, node, name):
    return bytes(int(word, 16) for word in property_of(tree, node, name, "bx"))


# ---- what is written ----


def test_image_is_what_build_makes(flash, image, tmp_path):
    assert flash(SYSTEM, "--format", "image", "-o", "flat").stdout == "flat\n"
    assert (tmp_path / "flat").read_bytes() == image.read_bytes()


def test_fit_holds_all_of_the_image(flash, image, key, tmp_path):
    """Each piece where the plan wants it; together they are the image."""
    assert flash(image, "--format", "fit", "--key", key, "-o", "itb").returncode == 0
    tree, pieces = tmp_path / "itb", Pieces(image.read_bytes())
    rebuilt = bytearray(len(pieces.image))
    names = property_of(tree, "/configurations/conf", "loadables", "s")
    assert len(names) == len(pieces.golden) >= 6
    for name in ["hypervisor", *names]:
        high, low = (int(cell, 16) for cell in property_of(tree, f"/images/{name}", "load"))
        data = bytes_of(tree, f"/images/{name}", "data")
        assert bytes_of(tree, f"/images/{name}/hash-1", "value") == hashlib.sha256(data).digest()
        place = (high << 32 | low) - pieces.plan.image_base
        rebuilt[place : place + len(data)] = data
    assert bytes(rebuilt) == pieces.image


def test_signature_names_all_that_is_loaded(flash, image, key, tmp_path):
    assert flash(image, "--format", "fit", "--key", key, "-o", "itb").returncode == 0
    signature = "/configurations/conf/signature-1"
    assert property_of(tmp_path / "itb", signature, "sign-images", "s") == ["kernel", "loadables"]
    hashed = " ".join(property_of(tmp_path / "itb", signature, "hashed-nodes", "s"))
    for name in ["hypervisor", *property_of(tmp_path / "itb", "/configurations/conf", "loadables", "s")]:
        assert f"/images/{name} /images/{name}/hash-1" in hashed


@pytest.mark.parametrize("kind", ["fit", "sdcard"])
def test_same_input_same_bytes(flash, image, key, tmp_path, kind):
    for name in ("first", "second"):
        assert flash(image, "--format", kind, "--key", key, "-o", name).returncode == 0
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_card_holds_script_fit_and_filesystem(flash, image, key, tmp_path):
    rootfs = tmp_path / "rootfs"
    rootfs.write_bytes(bytes(range(256)) * 4096)
    made = flash(image, "--format", "sdcard", "--key", key, "--rootfs", "rootfs", "--card-size", "32M", "-o", "card")
    assert (made.returncode, made.stderr) == (0, "")
    assert flash(image, "--format", "fit", "--key", key, "-o", "itb").returncode == 0
    card = (tmp_path / "card").read_bytes()
    kinds = [card[446 + 16 * row + 4] for row in range(4)]
    starts = [512 * int.from_bytes(card[454 + 16 * row : 458 + 16 * row], "little") for row in range(2)]
    assert kinds == [0x0C, 0x83, 0, 0]
    assert card[starts[1] :].startswith(rootfs.read_bytes())
    for name, expected in (("bulkhead.itb", (tmp_path / "itb").read_bytes()), ("boot.scr", b"bootm 0x")):
        found = subprocess.run(["mtype", "-i", f"{tmp_path}/card@@{starts[0]}", f"::{name}"], capture_output=True)
        assert expected in found.stdout


def test_trust_is_written_only_with_the_image(flash, image, key, tmp_path):
    (tmp_path / "own.dts").write_text('/dts-v1/; / { compatible = "x"; };')
    subprocess.run(["dtc", "-q", "-o", tmp_path / "own.dtb", tmp_path / "own.dts"], check=True)
    before = (tmp_path / "own.dtb").read_bytes()
    options = ["--format", "fit", "--key", key, "--trust", "own.dtb"]
    assert flash(image, *options, "-o", "missing/itb").returncode == 1
    assert (tmp_path / "own.dtb").read_bytes() == before
    assert flash(image, *options, "-o", "itb").returncode == 0
    assert property_of(tmp_path / "own.dtb", "/signature/key-bulkhead", "required", "s") == ["conf"]


# ---- every board ----


def formats():
    """(board, format) of all that the boards' files name."""
    for file in sorted((ROOT / "config" / "boards").glob("*.dtsi")):
        said = subprocess.run([BULKHEAD, "board", file.stem], check=True, capture_output=True, text=True).stdout
        for name in re.search(r"^BOARD_FORMATS := (.*)$", said, re.M)[1].split():
            yield file.stem, name


@pytest.fixture(name="board_image", scope="module")
def make_board_image(tmp_path_factory):
    """The image of Linux and the RTOS on a board, made once."""
    folder, made = tmp_path_factory.mktemp("boards"), {}

    def make(board):
        if board not in made:
            systems = sorted((ROOT / "configs" / "partitions").glob("ivi-rtos*.dts"))
            system = next(path for path in systems if f'"{board}.dtsi"' in path.read_text())
            made[board] = folder / board
            subprocess.run([BULKHEAD, "build", system, "-o", made[board]], check=True)
        return made[board]

    return make


@pytest.mark.parametrize("board, kind", formats())
def test_formats_of_the_boards(flash, board_image, key, tmp_path, board, kind):
    """Each is made of the board's own image, for the board's own RAM."""
    image = board_image(board)
    signing = ["--key", key] if kind != "image" else []
    made = flash(image, "--board", board, "--format", kind, *signing, "-o", "out")
    assert (made.stderr, made.returncode) == ("", 0)
    pieces = Pieces(image.read_bytes())
    if kind == "image":
        assert (tmp_path / "out").read_bytes() == pieces.image
        magic = struct.pack("<I", 0x1BADB002)  # x86: of multiboot, which loaders look for
        assert pieces.image[56:60] == b"ARM\x64" or magic in pieces.image[:8192]
    elif kind == "fit":
        load = property_of(tmp_path / "out", "/images/hypervisor", "load")
        assert [int(cell, 16) for cell in load] == [0, pieces.hypervisor.address]
    else:
        script = subprocess.run(["mtype", "-i", f"{tmp_path}/out@@8M", "::boot.scr"], check=True, capture_output=True)
        assert f"# Bulkhead for {board}, plan {pieces.hash}\n".encode() in script.stdout


# ---- what is refused ----


@pytest.fixture
def refused(flash, tmp_path):
    """Calls flash, and expects this message and nothing written."""

    def expect(message, status, *arguments, **options):
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        said = flash(*arguments, **options)
        assert (said.stdout, said.stderr, said.returncode) == ("", f"bulkhead: error: {message}\n", status)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    return expect


def test_unknown_format(refused, image):
    refused("flash: unknown format 'tar'; it can be image, fit, sdcard; see bulkhead flash --help", 2,
            image, "--format", "tar", "-o", "out")  # fmt: skip


@pytest.mark.parametrize("kind", ["fit", "sdcard"])
def test_no_key(refused, image, kind):
    refused(f"flash: --format {kind} needs --key PEM: what is not signed would be refused at boot; "
            "see bulkhead flash --help", 2, image, "--format", kind, "-o", "out")  # fmt: skip


def test_missing_key(refused, image):
    refused("there is no file none.pem", 1, image, "--format", "fit", "--key", "none.pem", "-o", "out")


@pytest.mark.parametrize("command", [["genrsa", "1024"], ["ecparam", "-name", "prime256v1", "-genkey", "-noout"], None])
def test_key_of_another_kind(refused, image, tmp_path, command):
    text = subprocess.run(["openssl", *command], capture_output=True).stdout if command else b"no key"
    (tmp_path / "other.pem").write_bytes(text)
    refused("other.pem is no private RSA key of 2048 bits, as `openssl genrsa 2048` makes it", 1,
            image, "--format", "fit", "--key", "other.pem", "-o", "out")  # fmt: skip


def test_card_too_small(refused, image, key):
    refused("the card has 8 MiB, but 24 are needed: 16 to boot", 1,
            image, "--format", "sdcard", "--key", key, "--card-size", "8M", "-o", "out")  # fmt: skip


def test_card_too_small_for_the_filesystem(refused, image, key, tmp_path):
    (tmp_path / "rootfs").write_bytes(bytes(3 * MEBIBYTE + 1))
    refused("the card has 20 MiB, but 28 are needed: 16 to boot, 4 for the root filesystem", 1,
            image, "--format", "sdcard", "--key", key, "--card-size", "20M", "--rootfs", "rootfs", "-o", "out")  # fmt: skip


def test_wrong_board(refused, image):
    refused(f"{image} is for the board '{BOARD}', not 'zcu102'", 1,
            image, "--format", "image", "--board", "zcu102", "-o", "out")  # fmt: skip


def test_board_that_does_not_take_the_format(refused, image, key, tmp_path):
    """The board's own word, `flash`: a folder of boards in which it names the flat image alone."""
    text = (ROOT / "config" / "boards" / f"{BOARD}.dtsi").read_text()
    (tmp_path / f"{BOARD}.dtsi").write_text(re.sub(r'formats = ".*?";', 'formats = "image";', text))
    (tmp_path / "boards").write_text("")
    refused(f"the board '{BOARD}' does not start from --format fit; its `flash` names image", 1,
            image, "-I", tmp_path, "--format", "fit", "--key", key, "-o", "out")  # fmt: skip


def test_options_of_another_format(refused, image, key):
    refused("flash: --card-size and --rootfs are for --format sdcard; see bulkhead flash --help", 2,
            image, "--format", "fit", "--key", key, "--card-size", "8M", "-o", "out")  # fmt: skip
    refused("flash: --key and --trust are for signed formats: fit, sdcard; see bulkhead flash --help", 2,
            image, "--format", "image", "--key", key, "-o", "out")  # fmt: skip


def test_missing_tool(refused, image, key, tmp_path):
    (tmp_path / "dtc").symlink_to(shutil.which("dtc"))
    refused("cannot start openssl: No such file or directory; `make setup` installs it", 1,
            image, "--format", "fit", "--key", key, "-o", "out",
            environment={"PATH": str(tmp_path)})  # fmt: skip


def test_damaged_image(flash, image, tmp_path):
    """What `verify` refuses is not made into anything."""
    damaged = bytearray(image.read_bytes())
    damaged[-100] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    said = flash("damaged", "--format", "image", "-o", "out")
    assert said.returncode == 1 and "golden image" in said.stderr
    assert not (tmp_path / "out").exists()


def test_output_that_cannot_be_written(refused, image):
    refused("cannot write missing/out: No such file or directory", 1,
            image, "--format", "image", "-o", "missing/out")  # fmt: skip
    refused("cannot write /dev/full: No space left on device", 1,
            image, "--format", "image", "-o", "/dev/full")  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_key_is_left_behind(flash, image, key, tmp_path, number):
    """Whoever is asked to end cleans up; who is killed cannot, but has made no copy of the key."""
    programs, temporary = tmp_path / "programs", tmp_path / "temporary"
    for folder in (programs, temporary):
        folder.mkdir()
    (programs / "mkimage").write_text(f"#!/bin/sh\nkill -{number} $PPID\n")
    (programs / "mkimage").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(temporary)}
    said = flash(image, "--format", "fit", "--key", key, "-o", "out", environment=environment)
    assert (said.stdout, said.stderr) == ("", "")
    assert said.returncode == (128 + number if number == signal.SIGTERM else -number)
    left = [path for path in temporary.rglob("*") if path.is_file() and not path.is_symlink()]
    assert left == [] or number == signal.SIGKILL
    assert not any(path.read_bytes() == key.read_bytes() for path in left)


def test_output_that_is_no_file(flash, image, tmp_path):
    """A device, or a pipe as here, gets the bytes; a file of its name does not take its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    stream = open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb")
    os.set_blocking(stream.fileno(), True)
    with stream, concurrent.futures.ThreadPoolExecutor(1) as reader:
        with open(pipe, "wb"):  # until the command has written: without a writer there is an end at once
            read = reader.submit(stream.read)
            said = flash(image, "--format", "image", "-o", pipe)
        written = read.result()
    assert (said.stderr, said.returncode) == ("", 0)
    assert pipe.is_fifo() and not (tmp_path / "pipe.unfinished").exists()
    assert written == image.read_bytes()
