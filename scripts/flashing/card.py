# SPDX-License-Identifier: Apache-2.0
"""The card: a FAT partition with a script that U-Boot's distro boot finds, and the FIT; if wanted, a root filesystem."""

import os

from . import fit
from .tool import FlashError, run

MEBIBYTE = 1 << 20
START = 8 * MEBIBYTE  # of the first partition: room for a board's own loader, which an i.MX has at 32 KiB
FAT_LEAST = 16 * MEBIBYTE

# The address is free when the script runs, and lies behind all that bootm places.
SCRIPT = """# Bulkhead for %(board)s, plan %(hash)s
load ${devtype} ${devnum}:${distro_bootpart} 0x%(address)x bulkhead.itb
bootm 0x%(address)x#%(configuration)s - ${fdtcontroladdr}
"""

CONFIGURATION = """image boot.vfat {
	vfat {
		files = {"boot.scr", "bulkhead.itb"}
		extraargs = "-i %(serial)s"
	}
	size = %(boot)u
}

image card {
	hdimage {
		disk-signature = 0x%(serial)s
	}
	partition boot {
		partition-type = 0x0c
		bootable = true
		image = "boot.vfat"
		offset = %(start)u
	}
%(rootfs)s}
"""

ROOTFS = """	partition rootfs {
		partition-type = 0x83
		image = "rootfs"
	}
"""


def mebibytes(size):
    return -(-size // MEBIBYTE) * MEBIBYTE


def check_room(boot, rootfs, most):
    needed = START + boot + rootfs
    if most and needed > most:
        raise FlashError(
            f"the card has {most // MEBIBYTE} MiB, but {needed // MEBIBYTE} are needed: {boot // MEBIBYTE} to boot"
            + (f", {rootfs // MEBIBYTE} for the root filesystem" if rootfs else "")
        )


def make(pieces, itb, folder, rootfs=None, most=0):
    """Writes the card's image in an empty folder; returns its path. `most`: bytes that the card has."""
    boot = max(FAT_LEAST, mebibytes(itb.stat().st_size * 9 // 8))
    check_room(boot, mebibytes(rootfs.stat().st_size) if rootfs else 0, most)
    for name in ("input", "root", "work", "output"):
        (folder / name).mkdir()
    address = pieces.room_for(itb.stat().st_size)
    names = {"board": pieces.board, "hash": pieces.hash, "address": address, "configuration": fit.CONFIGURATION}
    (folder / "boot.cmd").write_text(SCRIPT % names)
    run("mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-d", folder / "boot.cmd", folder / "input/boot.scr")
    os.rename(itb, folder / "input/bulkhead.itb")
    if rootfs:
        (folder / "input/rootfs").symlink_to(rootfs.resolve())
    for path in (folder / "input").iterdir():
        os.utime(path, (0, 0), follow_symlinks=False)
    serial = pieces.hash[:8]
    text = CONFIGURATION % {"serial": serial, "boot": boot, "start": START, "rootfs": ROOTFS if rootfs else ""}
    (folder / "card.cfg").write_text(text)
    run(
        "genimage",
        *("--config", folder / "card.cfg", "--inputpath", folder / "input", "--rootpath", folder / "root"),
        *("--tmppath", folder / "work", "--outputpath", folder / "output"),
    )
    return folder / "output/card"
