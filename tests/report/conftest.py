# SPDX-License-Identifier: Apache-2.0
"""Systems to report on: the shipped ones, with stand-ins for hypervisor and guests, so that every byte is known."""

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "image"))

import synthetic  # noqa: E402
import x86  # noqa: E402
from test_image import ENDLESS_LOOP, IMAGES, elf, elf32, hypervisor  # noqa: E402

PROGRAM = os.environ.get("BULKHEAD", str(ROOT / "build" / "bulkhead"))
LOOP = ENDLESS_LOOP * 5

FILES = {
    "bulkhead-qemu-virt-gicv3.elf": hypervisor(),
    "bulkhead-synthetic.elf": hypervisor(load=synthetic.LOAD),
    "linux/Image": IMAGES["Image"],
    "linux/initramfs.cpio.gz": IMAGES["ramdisk"],
    "guests/rtos-demo.elf": elf([(0x40000000, 5, LOOP, 20), (0x40001000, 6, b"data", 0x3000)], 0x40000000),
    "guests/rtos-demo-uart0.elf": elf([(0x40000000, 5, LOOP, 20)], 0x40000000),
    "rtos.elf": IMAGES["rtos.elf"],
    **x86.IMAGES,
    "gateway.elf": elf([(0x50000000, 5, LOOP, 20)], 0x50000000),
    "cluster.elf": elf([(0x40000000, 5, LOOP, 20)], 0x40000000),
    "legacy.elf": elf32([(0x40000000, 5, LOOP, 20)], 0x40000000),
}


class Systems:
    """Runs commands on systems by name, with the stand-ins' folder as the build folder."""

    def __init__(self, folder):
        self.folder = folder
        for name, content in FILES.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        self.paths = {path.stem: path for path in (ROOT / "configs/partitions").glob("*.dts")}
        self.paths["shared"] = HERE / "shared.dts"
        self.paths["pci-x86"] = ROOT / "tests/verify/pci-x86.dts"
        self.paths["synthetic"] = synthetic.write(folder)
        self.reports = {}

    def run(self, *arguments, stdout=subprocess.PIPE):
        environment = {
            "BULKHEAD_BOARDS": str(ROOT / "config/boards"),
            "BULKHEAD_BUILD": str(self.folder),
            "BULKHEAD_SCRIPTS": str(ROOT / "scripts"),
        }
        return subprocess.run(
            [PROGRAM, *map(str, arguments)],
            env=dict(os.environ, **environment),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )

    def report(self, name):
        """The folder with the report of a system; made once."""
        if name not in self.reports:
            folder = self.folder / f"report-{name}"
            result = self.run("report", self.paths[name], "-o", folder)
            assert (result.stdout, result.returncode) == (f"{folder}/report.html\n", 0), result.stderr
            self.reports[name] = folder
        return self.reports[name]


@pytest.fixture(name="systems", scope="session")
def shipped_systems(tmp_path_factory):
    return Systems(tmp_path_factory.mktemp("systems"))
