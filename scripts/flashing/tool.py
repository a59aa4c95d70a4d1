# SPDX-License-Identifier: Apache-2.0
"""Programs of others (mkimage, genimage, openssl): called without a shell, told about in one line when they fail."""

import os
import subprocess

from reporting.system import DescriptionError

# No file carries the time of its making: what is made of the same image and key is the same. FAT begins with 1980.
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "315532800", "TZ": "UTC", "LC_ALL": "C"}


class FlashError(DescriptionError):
    """Why nothing is made, in one line."""


def run(*command, text=None):
    """What the program prints. `text` is its standard input."""
    program = command[0]
    try:
        result = subprocess.run(
            [str(word) for word in command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **ENVIRONMENT},
        )
    except OSError as error:
        raise FlashError(f"cannot start {program}: {error.strerror}; `make setup` installs it") from None
    if result.returncode != 0:
        said = [line.strip() for line in result.stdout.splitlines() if line.strip()]
        raise FlashError(f"{program} fails: {said[-1] if said else f'status {result.returncode}'}")
    return result.stdout
