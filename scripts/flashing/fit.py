# SPDX-License-Identifier: Apache-2.0
"""The signed FIT (U-Boot's doc/uImage.FIT): the hypervisor is its kernel, every golden image one of its loadables.

The signature covers the configuration with the hashes of all of them: `sign-images` must name the loadables, which
mkimage leaves out unless told.
"""

import re

from .tool import FlashError, run

CONFIGURATION = "conf"
KERNEL_MOST = 64 << 20  # U-Boot's CONFIG_SYS_BOOTM_LEN
KEY = "bulkhead"  # its name in the FIT and in the devicetree of a U-Boot that trusts it
KEY_BITS = 2048

HEAD = """/dts-v1/;

/ {
	description = "Bulkhead for %(board)s, plan %(hash)s";
	#address-cells = <2>;

	images {
%(images)s	};

	configurations {
		default = "%(configuration)s";

		%(configuration)s {
			kernel = "hypervisor";
			loadables = %(loadables)s;

			signature-1 {
				algo = "sha256,rsa%(bits)u";
				key-name-hint = "%(key)s";
				sign-images = "kernel", "loadables";
			};
		};
	};
};
"""

IMAGE = """		%(name)s {
			description = "%(description)s";
			data = /incbin/("%(name)s");
			type = "%(type)s";
			arch = "arm64";
			os = "linux";
			compression = "none";
			load = <0x%(high)x 0x%(low)x>;
			entry = <0x%(high)x 0x%(low)x>;

			hash-1 {
				algo = "sha256";
			};
		};
"""


def image_text(piece, kind):
    return IMAGE % {
        "name": piece.name,
        "description": piece.description,
        "type": kind,
        "high": piece.address >> 32,
        "low": piece.address & 0xFFFFFFFF,
    }


def source(pieces):
    """The .its that mkimage reads."""
    images = image_text(pieces.hypervisor, "kernel")
    images += "".join(image_text(piece, "firmware") for piece in pieces.golden)
    return HEAD % {
        "board": pieces.board,
        "hash": pieces.hash,
        "images": images,
        "configuration": CONFIGURATION,
        "loadables": ", ".join(f'"{piece.name}"' for piece in pieces.golden),
        "bits": KEY_BITS,
        "key": KEY,
    }


def check_key(path):
    """mkimage would sign with any key, and U-Boot refuse it later."""
    try:
        said = run("openssl", "pkey", "-in", path, "-noout", "-text", "-passin", "pass:")
    except FlashError as error:
        if "cannot start" in str(error):
            raise
        said = ""
    if not re.search(rf"Private-Key: \({KEY_BITS} bit", said) or "modulus" not in said.lower():
        raise FlashError(f"{path} is no private RSA key of {KEY_BITS} bits, as `openssl genrsa {KEY_BITS}` makes it")


def make(pieces, key, folder, trusting=None):
    """Writes the FIT in an empty folder; returns its path. A devicetree at `trusting` gets the public key."""
    if len(pieces.hypervisor.data) > KERNEL_MOST:
        raise FlashError(f"hypervisor, plan and tables have {len(pieces.hypervisor.data)} bytes: U-Boot takes 64 MiB")
    check_key(key)
    for piece in [pieces.hypervisor, *pieces.golden]:
        (folder / piece.name).write_bytes(piece.data)
    (folder / "fit.its").write_text(source(pieces))
    (folder / f"{KEY}.key").symlink_to(key.resolve())  # no copy: nothing that ends us can leave one behind
    # mkimage takes a public key only out of a certificate; whose it is and how long it is valid means nothing to it
    run("openssl", "req", "-batch", "-new", "-x509", "-key", key, "-subj", f"/CN={KEY}", "-out", folder / f"{KEY}.crt")
    trust = ["-K", trusting, "-r"] if trusting else []
    run("mkimage", "-f", folder / "fit.its", "-k", folder, *trust, folder / "fit.itb")
    return folder / "fit.itb"
