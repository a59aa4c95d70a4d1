# SPDX-License-Identifier: Apache-2.0
"""As many partitions as a plan holds, on either vendor's processors, each on a core of its own: built and verified."""

import pytest
import x86
from edit import Image
from test_image import ROOT, run

PARTITIONS = 32
BOARDS = {"qemu-q35": 5, "bochs": 4}  # with so many cores
QEMU = {"qemu-q35": f"qemu {{ smp = <{PARTITIONS + 1}>; }};", "bochs": ""}
MIB4 = 4 << 20


def core(number):
    return f'cpu{number}: cpu@{number:x} {{ device_type = "cpu"; compatible = "intel,ce4100"; reg = <{number}>; }};'


def partition(number):
    return (
        f'p{number} {{ compatible = "bulkhead,partition"; cpus = <&cpu{number + 1}>; '
        f'memory = <0x0 0x0 0x0 {MIB4}>; kernel = "rtos-x86.elf"; criticality = "QM"; }};'
    )


@pytest.mark.parametrize("board", BOARDS)
def test_most_partitions(tmp_path, board):
    file = tmp_path / "most.dts"
    cores = "\n".join(map(core, range(BOARDS[board], PARTITIONS + 1)))
    domains = "\n".join(map(partition, range(PARTITIONS)))
    file.write_text(
        f'/dts-v1/;\n/include/ "{ROOT}/config/boards/{board}.dtsi"\n'
        f'/ {{ bulkhead {{ {QEMU[board]} }}; cpus {{ {cores} }};\ndomains {{ compatible = "bulkhead,partitions-v1";\n{domains} }}; }};\n'
    )
    folder, image = x86.build(tmp_path, file)
    assert Image(image).partitions[1] == PARTITIONS
    result = run(folder, "verify", folder / "image", file)
    assert (result.stderr, result.returncode) == ("", 0)
    assert result.stdout.startswith(f"verified: {PARTITIONS} partitions, {PARTITIONS + 1} cores")
