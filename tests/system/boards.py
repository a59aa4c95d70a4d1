# SPDX-License-Identifier: Apache-2.0
"""Boards that differ from the shipped ones in one line: the model of their cores, or the machine."""

import re

from machine import ROOT

NAME = "qemu-virt-gicv3.dtsi"


def changed(folder, pattern, line):
    """Writes the board with one line changed to a folder for `bulkhead -I`, and returns the folder."""
    text, count = re.subn(pattern, line, (ROOT / "config" / "boards" / NAME).read_text())
    assert count == 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(text)
    return folder


def with_cpu(folder, cpu):
    return changed(folder, r'\bcpu = "[\w-]+";', f'cpu = "{cpu}";')


def with_secure_world(folder):
    """The machine whose cores have EL3, and its interrupt controller two security states. Its second UART is secure."""
    return changed(folder, r'\bmachine = "virt,virtualization=on,', 'machine = "virt,virtualization=on,secure=on,')
