#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead verify` on images whose tables of the hypervisor's own are corrupt: what it says, word for word."""

import pytest
from corrupt import EXECUTE_NEVER, FREE_RAM, LINUX, READ_ONLY, RTOS, Cases, corrupted, el2_leaf, expect, ram, verify
from test_image import LOAD, PAGE

CASES = Cases()
refused = CASES.give


@refused(
    "core 0x0 at EL2 reaches 0x40200000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40200000)",
    "core 0x0 at EL2 while loading reaches 0x40200000, the hypervisor's code and data, with wrong "
    "attributes (4 KiB at 0x40200000)",
    "core 0x1 at EL2 reaches 0x40200000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40200000)",
    "core 0x3 at EL2 reaches 0x40200000, the hypervisor's code and data, with wrong attributes (4 KiB at 0x40200000)",
    "core 0x3 at EL2 while loading reaches 0x40200000, the hypervisor's code and data, with wrong "
    "attributes (4 KiB at 0x40200000)",
)
def text_writable(image):
    image.change(el2_leaf(image, 0, LOAD), lambda word: word & ~READ_ONLY)


@refused(
    "core 0x0 at EL2 reaches 0x40215000, the stage-2 roots and run-time state, with wrong attributes (4 "
    "KiB at 0x40215000)",
    "core 0x0 at EL2 while loading reaches 0x40215000, the stage-2 roots and run-time state, with wrong "
    "attributes (4 KiB at 0x40215000)",
    "core 0x1 at EL2 reaches 0x40215000, the stage-2 roots and run-time state, with wrong attributes (4 "
    "KiB at 0x40215000)",
    "core 0x3 at EL2 reaches 0x40215000, the stage-2 roots and run-time state, with wrong attributes (4 "
    "KiB at 0x40215000)",
    "core 0x3 at EL2 while loading reaches 0x40215000, the stage-2 roots and run-time state, with wrong "
    "attributes (4 KiB at 0x40215000)",
)
def data_executable(image):
    image.change(el2_leaf(image, 0, image.shared_base), lambda word: word & ~EXECUTE_NEVER)


@refused(
    "core 0x0 at EL2 reaches 0x40205000, the translation tables, with wrong attributes (4 KiB at 0x40205000)",
    "core 0x0 at EL2 while loading reaches 0x40205000, the translation tables, with wrong attributes (4 "
    "KiB at 0x40205000)",
    "core 0x1 at EL2 reaches 0x40205000, the translation tables, with wrong attributes (4 KiB at 0x40205000)",
    "core 0x3 at EL2 reaches 0x40205000, the translation tables, with wrong attributes (4 KiB at 0x40205000)",
    "core 0x3 at EL2 while loading reaches 0x40205000, the translation tables, with wrong attributes (4 "
    "KiB at 0x40205000)",
)
def tables_writable(image):
    image.change(el2_leaf(image, 0, image.table_base), lambda word: word & ~READ_ONLY)


@refused(
    "core 0x0 at EL2 reaches 0x40600000, RAM of partition 'linux' (4 KiB at 0x7fe04000)",
    "core 0x0 at EL2 while loading reaches 0x40600000, RAM of partition 'linux' (4 KiB at 0x7fe04000)",
)
def steady_reaches_ram(image):
    core = image.rows("cores")[0]
    free = image.descriptor(core.el2_root, core.stack_top + 2 * PAGE)
    image.set_word(free, ram(image, LINUX).pa | image.word(el2_leaf(image, 0, core.log)) & ~0x0000FFFFFFFFF000)


@refused(
    "core 0x0 at EL2 while loading reaches 0x50600000, RAM of partition 'rtos' (2 MiB at 0x140600000)",
    "core 0x0 at EL2 while loading does not reach all of 0x40600000, RAM of partition 'linux' (256 MiB "
    "at 0x140600000)",
)
def loader_reaches_neighbour(image):
    loader = image.rows("cores")[0].loader_root
    at = image.descriptor(loader, ram(image, LINUX).pa + image.loader_offset)
    image.change(at, lambda word: word & ~0x0000FFFFFFFFF000 | ram(image, RTOS).pa)


@refused(
    "core 0x3 at EL2 has its stack or log at 0x0, an address that nobody has",
    "core 0x3 at EL2 has its window at 0x7fe05000 open or out of place: 0x0",
    "core 0x3 at EL2 walks a table at 0x70000000, RAM that nobody has, which is not among the constant tables",
    "core 0x3 at EL2 does not reach all of 0x0, an address that nobody has (4 KiB at 0x7fe01000)",
    more=6,
)
def region_nowhere(image):
    """A core's stack, log and window by a table outside of the file: there is nothing at those addresses."""
    core = image.rows("cores")[-1]
    image.change(image.descriptor(core.el2_root, core.log, last=2), lambda _: FREE_RAM | 3)


@refused(
    "core 0x0 at EL2 while loading reaches 0x40400000, a golden image of partition 'linux', with wrong "
    "attributes (2 MiB at 0x140400000)",
)
def golden_writable(image):
    loader = image.rows("cores")[0].loader_root
    image.change(image.descriptor(loader, image.golden_base + image.loader_offset), lambda word: word & ~READ_ONLY)


@refused(
    "core 0x0 at EL2 has a guard page of its stack mapped at 0x7fe02000: 0x40217000, the hypervisor's "
    "stack or log of core 0x0",
    "core 0x0 at EL2 reaches 0x40217000, the hypervisor's stack or log of core 0x0 (4 KiB at 0x7fe02000)",
    "core 0x0 at EL2 while loading reaches 0x40217000, the hypervisor's stack or log of core 0x0 (4 KiB "
    "at 0x7fe02000)",
)
def guard_mapped(image):
    core = image.rows("cores")[0]
    image.set_word(el2_leaf(image, 0, core.stack_top), image.word(el2_leaf(image, 0, core.log)))


@refused(
    "core 0x1 at EL2 has its stack or log at 0x40216000, the hypervisor's stack or log of core 0x0",
)
def stacks_shared(image):
    cores = image.rows("cores")
    stack = image.word(el2_leaf(image, 0, cores[0].stack_top - PAGE))
    image.set_word(el2_leaf(image, 1, cores[1].stack_top - PAGE), stack)


@refused(
    "core 0x0 at EL2 has its stack or log at 0x0, an address that nobody has",
    "core 0x0 at EL2 has a guard page of its stack mapped at 0x7fe03000: 0x40217000, the hypervisor's "
    "stack or log of core 0x0",
    "core 0x0 at EL2 has a guard page of its stack mapped at 0x7fe01000: 0x40216000, the hypervisor's "
    "stack or log of core 0x0",
    more=4,
)
def stack_top(image):
    image.rows("cores")[0].stack_top += PAGE


@refused(
    "core 0x1 at EL2 has its stack or log at 0x40219000, the hypervisor's stack or log of core 0x1",
    "core 0x0 at EL2 reaches 0x40217000, the hypervisor's stack or log of core 0x0 (4 KiB at 0x7fe03000)",
    "core 0x0 at EL2 does not reach all of 0x40219000, the hypervisor's stack or log of core 0x1 (4 KiB "
    "at 0x7fe03000)",
    "core 0x0 at EL2 while loading reaches 0x40217000, the hypervisor's stack or log of core 0x0 (4 KiB "
    "at 0x7fe03000)",
    "core 0x0 at EL2 while loading does not reach all of 0x40219000, the hypervisor's stack or log of "
    "core 0x1 (4 KiB at 0x7fe03000)",
)
def log_moved(image):
    image.rows("cores")[0].log_pa = image.rows("cores")[1].log_pa


@refused(
    "core 0x0 at EL2 has its window at 0x7fe05000 open or out of place: 0x40600000",
    "core 0x0 at EL2 reaches 0x40600000, RAM of partition 'linux' (4 KiB at 0x7fe05000)",
    "core 0x0 at EL2 while loading reaches 0x40600000, RAM of partition 'linux' (4 KiB at 0x7fe05000)",
)
def window_open(image):
    core = image.rows("cores")[0]
    image.set_word(el2_leaf(image, 0, core.window), ram(image, LINUX).pa | 0x40000000000783)


@refused(
    "core 0x0 at EL2 has its window at 0x7fe05000 open or out of place: 0x0",
)
def window_descriptor(image):
    image.rows("cores")[0].window_descriptor += 8


@refused(
    "core 0x1 at EL2 has its stack or log at 0x40216000, the hypervisor's stack or log of core 0x0",
    "core 0x0 at EL2 walks a table at 0x40208000 that core 0x1 at EL2 may write",
    "core 0x0 at EL2 while loading walks a table at 0x40208000 that core 0x1 at EL2 may write",
    more=6,
)
def root_of_other_core(image):
    cores = image.rows("cores")
    cores[1].el2_root = cores[0].el2_root


@refused(
    "the image loads partitions at offset 0x100000000, where 0x200000000 is right",
    "core 0x0 at EL2 has its root at 0x40205f40, the translation tables: wrong place or alignment",
    "core 0x0 at EL2 while loading has its root at 0x40205ec0, the translation tables: wrong place or alignment",
    more=32,
)
def va_bits(image):
    image.va_bits += 1


@refused(
    "core 0x0 at EL2 has loader tables at 0x0: wrong, or missing",
)
def loader_missing(image):
    image.rows("cores")[0].loader_root = 0


@refused(
    "core 0x1 at EL2 has its interrupt controller registers at 0x80a0000, the redistributor of core 0x1, "
    "which is not the core's",
    "partition 'linux' has a wrong filter: at 0x80a0000, to 0x40230000",
)
def registers_swapped(image):
    cores = image.rows("cores")
    cores[0].gicr_va, cores[1].gicr_va = cores[1].gicr_va, cores[0].gicr_va


@refused(
    "the image has interrupt controller registers at 0x70000000, RAM that nobody has",
)
def distributor_in_ram(image):
    """Everywhere alike: in the plan and in the tables."""
    for page in range(16):
        at = el2_leaf(image, 0, image.gicd_va + page * PAGE)
        image.change(at, lambda word, page=page: word & ~0x0000FFFFFFFFF000 | FREE_RAM + page * PAGE)
    image.gicd_pa = FREE_RAM


@refused(
    "core 0x0 at EL2 reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
    "core 0x0 at EL2 while loading reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
    "core 0x1 at EL2 reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
    "core 0x3 at EL2 reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
    "core 0x3 at EL2 while loading reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
)
def console_away(image):
    image.console_va = 0


@refused(
    "core 0x0 at EL2 has its console at 0x8000000, the interrupt distributor",
    "core 0x0 at EL2 reaches 0x9000000, a device of partition 'linux' (4 KiB at 0x40290000)",
    "core 0x0 at EL2 does not reach all of 0x8000000, the interrupt distributor (64 KiB at 0x40220000)",
    more=8,
)
def console_elsewhere(image):
    image.console_va = image.gicd_va


@pytest.mark.parametrize("corrupt, lines, more", CASES)
def test_corrupt(image, corrupt, lines, more):
    folder, content = image
    expect(verify(folder, corrupted(content, corrupt)), lines, more)
