# SPDX-License-Identifier: Apache-2.0
"""The same system on other models of cores: Linux and the RTOS boot, and the RTOS's loop makes no exit."""

import pytest

from boards import with_cpu
from guests import Linux, Rtos

MODELS = ("cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76", "neoverse-n1", "neoverse-n2", "max")
TITLE = "models of cores"


@pytest.mark.parametrize("cpu", MODELS)
def test_ivi_rtos(run, system, folder, table, cpu):
    machine = run(system("ivi-rtos"), "-I", with_cpu(folder / "boards", cpu))
    ivi, rtos = Linux(machine, "ivi"), Rtos(machine)
    assert ivi.wait_for_shell()[0] == 2
    first = rtos.line_from_now()
    last = rtos.line()
    table(TITLE, cpu, "Linux INIT-OK", f"RTOS +{last['new']} exits, {last['lost']} lost")
    assert (last["exits"] - first["exits"], first["new"], last["new"], last["lost"]) == (0, 0, 0, 0)
    machine.stop()
    assert "panic" not in machine.log("hypervisor")
