# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor answers differently to AArch32: tests/guests/aarch32 tries it, then ends itself by an access."""

from guests import Rtos
from machine import ROOT

SYSTEM = ROOT / "tests" / "guests" / "aarch32.dts"
CHECKS = 32
SWEEPS = 23  # spaces of encodings, in A32 and Thumb, of the kernel and the user


def test_aarch32_answers(run):
    """The last access, an LDRD of an interrupt priority, is that partition's fault alone; the instruction is named."""
    machine = run(SYSTEM)
    rtos = Rtos(machine)
    for _ in range(SWEEPS):
        sweep = machine.expect("narrow", r"^AARCH32 (sweep (\S+) .* wrong (\d+) first \S+|FAILED .*)\r?\n")
        print(sweep[1])
        assert sweep[3] == "0"
    found = machine.expect("narrow", r"^AARCH32 (ok (\d+) checks|FAILED .*)\r?\n")
    assert found[1] == f"ok {CHECKS} checks"
    machine.expect_hypervisor(
        r"partition narrow virtual core 0: a register access by an instruction that is not decoded "
        r"at guest-physical 0x0*80b0400, pc 0x00000000400[0-9a-f]{5}, instruction 0xe1c[0-9a-f]{5}, "
        r"syndrome 0x[0-9a-f]{8}\n"
    )
    machine.expect_hypervisor("partition narrow faulted: stopped")
    rtos.check_goes_on()
    assert "FAILED" not in machine.text("narrow")
    machine.stop()
    machine.check_log()
