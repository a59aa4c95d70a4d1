#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The synthetic board of 64 cores and 2 000 devices for 12 partitions: planned and verified, in time and memory.

Processor time and memory of the program as it is shipped, without sanitizers; bounds on time are generous, since the
machine that tests may be slow or busy. Not here: what is wrong with an image (test_verify.py).
"""

import os
import resource
import struct

import pytest
import synthetic
from edit import Image
from test_image import IMAGES, ROOT, hypervisor

PROGRAM = ROOT / "build/bulkhead"
MEMORY_MOST = 256 << 20
PLAN_SECONDS, VERIFY_SECONDS = 2, 2


@pytest.fixture(name="system", scope="module")
def synthetic_system(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    (folder / "rtos.elf").write_bytes(IMAGES["rtos.elf"])
    (folder / "bulkhead-synthetic.elf").write_bytes(hypervisor(load=synthetic.LOAD))
    return synthetic.write(folder)


def measure(folder, *arguments):
    """Exit status, both outputs, and what the program and the dtc that it runs took: seconds and bytes at most."""
    output = folder / "output"
    child = os.fork()
    if child == 0:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        # a program that runs away ends here, not with the machine's memory
        resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY_MOST, 4 * MEMORY_MOST))
        environment = dict(os.environ, BULKHEAD_BUILD=str(folder))
        os.execve(PROGRAM, [str(PROGRAM), *map(str, arguments)], environment)
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), output.read_text(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10


def test_plan_and_verify(system):
    folder, image = system.parent, system.parent / "image"
    status, output, seconds, memory = measure(folder, "build", system, "-o", image)
    assert (status, output) == (0, "")
    assert seconds < PLAN_SECONDS
    assert memory < MEMORY_MOST

    plan = Image(image.read_bytes())
    assert [plan.cores[1], plan.partitions[1]] == [synthetic.CORES, synthetic.PARTITIONS]
    assert plan.windows[1] == synthetic.DEVICES + 2 * synthetic.PARTITIONS
    assert plan.interrupts[1] == synthetic.SHARED_INTERRUPTS

    for arguments in ([image], [image, system]):
        status, output, seconds, memory = measure(folder, "verify", *arguments)
        assert status == 0, output
        assert output.startswith("verified: 12 partitions, 64 cores, 2024 windows, 24 filters, 900 interrupts")
        assert seconds < VERIFY_SECONDS
        assert memory < MEMORY_MOST


def test_finding(system):
    """One wrong page among two thousand devices is found as fast, and is the one that is named."""
    folder, image = system.parent, system.parent / "image"
    measure(folder, "build", system, "-o", image)
    changed = Image(image.read_bytes())
    window = changed.rows("windows")[1000]
    devices = [row for row in changed.rows("windows") if row.kind == window.kind]
    other = next(row for row in devices if row.partition != window.partition)
    at = changed.descriptor(changed.rows("partitions")[window.partition].stage2_root, window.base)
    changed.change(at, lambda word: word & ~0x0000FFFFFFFFF000 | other.pa)
    (folder / "changed").write_bytes(changed.seal())
    status, output, seconds, _ = measure(folder, "verify", folder / "changed", system)
    assert status == 1
    assert seconds < VERIFY_SECONDS
    first = output.splitlines()[0].split(": error: ")[1]
    assert first == (
        f"partition 'part{window.partition}' reaches {other.pa:#x}, a device of partition 'part{other.partition}' "
        f"(4 KiB at {window.base:#x})"
    )


def test_finding_everywhere(system):
    """Everything wrong at once: bounded in time and in lines."""
    folder, image = system.parent, system.parent / "image"
    measure(folder, "build", system, "-o", image)
    changed = Image(image.read_bytes())
    for row in changed.rows("windows"):
        row.pa, row.size = synthetic.RAM, 1 << 36
    struct.pack_into("<Q", changed.data, changed.place("gicd_pa"), synthetic.RAM)
    (folder / "changed").write_bytes(changed.seal())
    status, output, seconds, memory = measure(folder, "verify", folder / "changed", system)
    assert status == 1
    assert output.count("\n") == 65
    assert output.splitlines()[-1].endswith(" more")
    assert seconds < 4 * VERIFY_SECONDS
    assert memory < MEMORY_MOST
