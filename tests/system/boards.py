# SPDX-License-Identifier: Apache-2.0
"""Boards that differ from the shipped ones in one line: the model of their cores."""

import re

from machine import ROOT

NAME = "qemu-virt-gicv3.dtsi"


def with_cpu(folder, cpu):
    """Writes the board with other cores to a folder for `bulkhead -I`, and returns the folder."""
    text = (ROOT / "config" / "boards" / NAME).read_text()
    changed, count = re.subn(r'\bcpu = "[\w-]+";', f'cpu = "{cpu}";', text)
    assert count == 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(changed)
    return folder
