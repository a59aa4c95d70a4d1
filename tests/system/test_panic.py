# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor does about a mistake of its own. Only a wrong image gets one out of it: tables that lack a page
that it needs, with every checksum right, which `verify` refuses.
"""

import re
import subprocess
import sys

import pytest

from machine import BULKHEAD, ROOT

sys.path.insert(0, str(ROOT / "tests" / "image"))

from edit import Image  # noqa: E402

SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos.dts"
SETTLED = 0.3  # seconds in which whatever follows a panic would have come
DATA_ABORT_LEVEL_3 = 0x96000007  # of EL2 itself, a translation fault: Arm ARM D17.2.37


@pytest.fixture
def without(build, folder):
    """Builds the system, takes the page at that address out of EL2's tables; returns the image."""

    def make(address):
        image = Image(build(SYSTEM).read_bytes())
        image.set_word(image.descriptor(image.rows("cores")[0].el2_root, getattr(image, address)), 0)
        (folder / "wrong").write_bytes(image.seal())
        return folder / "wrong"

    return make


def test_panic_is_one_line(qemu, without):
    machine = qemu(without("gicd_va"))
    machine.expect("uart0", r"^bulkhead: panic: .*\n")
    machine.settle(SETTLED)
    said = re.findall(r"panic: (.*?)\r?$", machine.text("uart0"), re.M)
    assert len(said) == 1
    assert re.fullmatch(rf"exception at EL2, syndrome 0x{DATA_ABORT_LEVEL_3:016x}, pc 0x[0-9a-f]{{16}}", said[0])
    assert "rtos" not in machine.text("uart0") + machine.text("uart1")


def test_verify_refuses_such_an_image(without):
    result = subprocess.run([BULKHEAD, "verify", without("gicd_va")], capture_output=True, text=True)
    assert result.returncode == 1 and "core 0x0 at EL2 does not reach all of 0x8000000, the interrupt" in result.stderr
