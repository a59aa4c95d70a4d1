# SPDX-License-Identifier: Apache-2.0
"""The RTOS runtime's own test (guests/rt-selftest), under the hypervisor, in AArch64 and AArch32 at once."""

from machine import ROOT

SELFTEST = ROOT / "tests" / "guests" / "selftest.dts"


def test_selftest(run):
    """Both find their second core, start it twice, and end; with the last of them the board is switched off."""
    machine = run(SELFTEST)
    for name in ("wide", "narrow"):
        assert int(machine.expect(name, r"^cores: (\d+) checks\r?\n")[1]) == 12
        assert int(machine.expect(name, r"^RT-SELFTEST ok (\d+) checks\r?\n")[1]) >= 144
    assert machine.wait() == 0
    machine.check_log()
