# SPDX-License-Identifier: Apache-2.0
"""Cards that `bulkhead flash` made, started by U-Boot at EL2: what boots, and what the signature keeps from booting."""

import hashlib
import re
import shutil
import subprocess

import pytest

import sights
from flashing import card, fit
from flashing.pieces import Pieces
from guests import Linux, Rtos
from machine import BULKHEAD, QEMU

UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
MACHINE = "virt,virtualization=on,gic-version=3"
MACHINE_GICV2 = "virt,virtualization=on,gic-version=2"
TITLE = "U-Boot and the card"
BOOTS = 20


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two private keys: the first is the one that U-Boot trusts."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("own", "other"):
        subprocess.run(["openssl", "genrsa", "-out", folder / name, "2048"], check=True, capture_output=True)
    return {name: folder / name for name in ("own", "other")}


@pytest.fixture
def flash(folder):
    def call(*arguments):
        subprocess.run([BULKHEAD, "flash", *map(str, arguments)], check=True, timeout=120, stdout=subprocess.DEVNULL)

    return call


def disk(path):
    return ["-bios", UBOOT, "-drive", f"file={path},if=none,id=card,format=raw", "-device", "virtio-blk-device,drive=card"]


@pytest.fixture
def trusting(folder, flash, build, system, keys):
    """The machine's own devicetree, as U-Boot takes it, with the public key as one that is required."""
    (folder / "empty").write_bytes(bytes(1 << 20))
    tree = folder / "control.dtb"
    line = [QEMU, "-M", f"{MACHINE},dumpdtb={tree}", "-cpu", "cortex-a53", "-smp", "4", "-m", "2G", "-nodefaults"]
    subprocess.run([*line, "-display", "none", *disk(folder / "empty")], check=True, capture_output=True)
    flash(system("rtos-rtos"), "--format", "fit", "--key", keys["own"], "--trust", tree, "-o", folder / "unused")
    return ["-dtb", tree]


@pytest.fixture
def boot(qemu):
    """Starts U-Boot with a card; it finds the card by itself."""
    return lambda path, *arguments, machine=MACHINE: qemu(None, *disk(path), *arguments, machine=machine)


def check_starts(machine):
    machine.expect("uart0", r"Verifying Hash Integrity \.\.\. sha256,rsa2048:bulkhead\+ OK")
    machine.expect("uart0", r"^bulkhead: Bulkhead .* on qemu-virt-gicv3")


def check_runs(machine):
    """Linux to its shell, the RTOS beside it."""
    ivi, rtos = Linux(machine, "uart0"), Rtos(machine, "uart1")
    assert ivi.wait_for_shell()[0] == 2
    rtos.check_goes_on()


def test_boots(boot, flash, trusting, folder, system, keys, table, seen):
    flash(system("ivi-rtos"), "--format", "sdcard", "--key", keys["own"], "-o", folder / "card")
    machine = boot(folder / "card", *trusting)
    check_starts(machine)
    check_runs(machine)
    table(TITLE, "signed card", "boots")
    seen(machine.text("uart0"), sights.CARD)


def test_boots_with_gicv2(boot, flash, folder, system, keys, table, seen):
    """A U-Boot that requires no key takes what is signed, too."""
    flash(system("ivi-rtos-gicv2"), "--format", "sdcard", "--key", keys["own"], "-o", folder / "card")
    machine = boot(folder / "card", machine=MACHINE_GICV2)
    machine.expect("uart0", r"^bulkhead: Bulkhead .* on qemu-virt-gicv2")
    check_runs(machine)
    table(TITLE, "signed card, GICv2", "boots")
    seen(machine.text("uart0"), sights.CARD)


@pytest.mark.boards
def test_boots_again_and_again(boot, flash, trusting, folder, system, keys, table):
    """The same card: nothing on it changes, and it starts each time."""
    flash(system("rtos-rtos"), "--format", "sdcard", "--key", keys["own"], "-o", folder / "card")
    before = (folder / "card").read_bytes()
    for _ in range(BOOTS):
        machine = boot(folder / "card", *trusting)
        check_starts(machine)
        for uart in ("uart0", "uart1"):
            Rtos(machine, uart).line()
        machine.stop()
    assert (folder / "card").read_bytes() == before
    table(TITLE, "the same card", f"boots {BOOTS} times of {BOOTS}")


# ---- what must not boot ----


@pytest.fixture
def itb(flash, folder, system, keys):
    """The bytes of a FIT as it should be, and its pieces."""
    image = folder / "image"
    subprocess.run([BULKHEAD, "build", system("rtos-rtos"), "-o", image], check=True)
    flash(image, "--format", "fit", "--key", keys["own"], "-o", folder / "itb")
    return bytearray((folder / "itb").read_bytes()), Pieces(image.read_bytes())


@pytest.fixture
def card_of(folder):
    """A card with this FIT, whatever it is."""

    def make(data, pieces):
        (folder / "changed").write_bytes(data)
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        return card.make(pieces, folder / "changed", work)

    return make


def flip(data, pieces):
    """One bit in the middle of a golden image."""
    piece = max(pieces.golden, key=lambda piece: len(piece.data))
    place = data.index(piece.data)
    data[place + len(piece.data) // 2] ^= 1
    return place, piece


def rehash(data, pieces):
    """The same, and its hash is right again."""
    place, piece = flip(data, pieces)
    old = hashlib.sha256(piece.data).digest()
    at = data.index(old, place + len(piece.data))  # the plan, further to the front, has it too
    data[at : at + len(old)] = hashlib.sha256(data[place : place + len(piece.data)]).digest()


def unsigned(pieces, folder):
    work = folder / "unsigned"
    work.mkdir(exist_ok=True)
    for piece in [pieces.hypervisor, *pieces.golden]:
        (work / piece.name).write_bytes(piece.data)
    text, count = re.subn(r"signature-1 \{.*?\};", "", fit.source(pieces), flags=re.S)
    assert count == 1
    (work / "fit.its").write_text(text)
    subprocess.run(["mkimage", "-f", work / "fit.its", work / "fit.itb"], check=True, capture_output=True)
    return (work / "fit.itb").read_bytes()


def check_refused(machine, reason, table, name):
    found = machine.expect("uart0", reason)
    machine.expect("uart0", r"SCRIPT FAILED: continuing")
    machine.expect("uart0", r"^=> ")
    assert "Bulkhead 0" not in machine.text("uart0")
    table(TITLE, name, found[0].strip())


def test_flipped_byte(boot, trusting, itb, card_of, table):
    data, pieces = itb
    flip(data, pieces)
    check_refused(boot(card_of(data, pieces), *trusting), r"Bad hash value for 'hash-1'.*", table, "flipped byte")


def test_replaced_loadable(boot, trusting, itb, card_of, table):
    data, pieces = itb
    rehash(data, pieces)
    machine = boot(card_of(data, pieces), *trusting)
    check_refused(machine, r"Failed to verify required signature 'key-bulkhead'", table, "replaced, hash recomputed")


def test_other_key(boot, trusting, flash, itb, card_of, folder, keys, table):
    _, pieces = itb
    flash(folder / "image", "--format", "fit", "--key", keys["other"], "-o", folder / "itb")
    machine = boot(card_of((folder / "itb").read_bytes(), pieces), *trusting)
    check_refused(machine, r"Failed to verify required signature 'key-bulkhead'", table, "another key")


def test_unsigned(boot, trusting, itb, card_of, folder, table):
    _, pieces = itb
    machine = boot(card_of(unsigned(pieces, folder), pieces), *trusting)
    check_refused(machine, r"Failed to verify required signature 'key-bulkhead'|No signature.*", table, "unsigned")


def test_control(boot, itb, card_of, table):
    """It is the key that keeps the replaced one from booting: without it, it boots, into the byte that was changed."""
    data, pieces = itb
    rehash(data, pieces)
    machine = boot(card_of(data, pieces))
    machine.expect("uart0", r"^bulkhead: Bulkhead .* on qemu-virt-gicv3")
    table(TITLE, "the replaced one, no key required", "boots")
