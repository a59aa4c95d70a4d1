# SPDX-License-Identifier: Apache-2.0
"""What a configuration gives, as the image has it that was made from it: another image may differ in what the planner
chose (places of RAM, kernels, tables and state, VMIDs, the guests' trees), and in nothing else.
"""

import hashlib

import reach
from subject import CLAIM, GICV2, KERNEL, NONE, PAGE, RAM

AS_WRITTEN = "board image_base pa_bits when_all_off gic gicd_pa gicr_pa gicr_size interrupt_count plan_base".split()


def text(name):
    return bytes(name).split(b"\0")[0]


def board(plan):
    code = bytearray(plan.data[: plan.plan_base - plan.image_base])
    for place in plan.machine.PATCHED:
        code[place] = 0
    facts = {name: getattr(plan, name) for name in AS_WRITTEN}
    facts["board"] = text(plan.board)
    facts["loader"] = plan.data[8:16]  # text_offset: from the start of RAM, which may be reserved
    facts["memory"] = [(row.base, row.size) for row in plan.all("memory")]
    facts["console"] = plan.console[:1], plan.console_va % PAGE, len(plan.console)
    facts["hypervisor"] = hashlib.sha256(code).digest()
    facts["segments"] = [reach.own_kinds(plan, tree) for tree in plan.el2.values()][:1]
    facts["idle cores"] = {core.mpidr for core in plan.all("cores") if core.partition == NONE}
    facts["spin tables"] = {core.mpidr: core.release for core in plan.all("cores")}
    facts["machine"] = plan.machine.facts(plan)
    return facts


def images(plan, partition, floating):
    """Of kernels that `float` the planner chooses the place, as of ramdisks; of trees it makes the bytes too."""
    given = set()
    for image in plan.own(partition, "images"):
        content = hashlib.sha256(plan.content.bytes(image.golden, image.size)).digest()
        if image.kind == plan.machine.MADE and image.base == partition.argument:
            given.add((image.kind, "made"))
        elif image.kind == plan.machine.MADE:  # whatever else the planner made has bytes that can be known
            given.add((image.kind, image.base, image.size, image.fill, content))
        elif image.kind == KERNEL and not floating:
            given.add((KERNEL, image.base, image.size, image.fill, content))
        else:
            given.add((image.kind, image.size, image.fill, content))
    return given


def devices(plan, partition):
    pages_given = set()
    for window in plan.own(partition, "windows"):
        if window.kind != RAM:
            offsets = range(0, window.size, PAGE)
            pages_given |= {(window.kind, window.base + at, window.pa + at) for at in offsets}
    return pages_given


def memory(plan, partition, fixed):
    """RAM that is not mapped in place lies where the planner chose."""
    windows = [window for window in plan.own(partition, "windows") if window.kind == RAM]
    return {(window.base, window.size, window.pa if fixed else None) for window in windows}


def ownership(plan, index, floating, fixed):
    partition = plan.all("partitions")[index]
    vcpus = plan.own(partition, "vcpus")
    kernels = [image.base for image in plan.own(partition, "images") if image.kind == KERNEL]
    places = plan.machine.filter_places(plan, index)[: partition.filter_count]
    return {
        "name": text(partition.name),
        "cores": [plan.all("cores")[vcpu.core].mpidr for vcpu in vcpus],
        "interfaces": [vcpu.route for vcpu in vcpus] if plan.gic == GICV2 else None,
        "RAM": memory(plan, partition, fixed),
        "devices": devices(plan, partition),
        "interrupts": {(row.id, row.edge) for row in plan.own(partition, "interrupts")},
        "private interrupts": partition.interrupt_mask[0],
        "filters": [row.base for row in plan.own(partition, "filters")] == places,
        "rights": (partition.observes, partition.flags),
        "images": images(plan, partition, floating),
        "tree": partition.argument != 0,
        "machine": plan.machine.partition_facts(plan, index),
        "entry": partition.entry - (kernels[0] if floating and kernels else 0),
    }


def is_linux(plan, partition):
    """A Linux kernel's place is the planner's choice, unless the configuration has one: none here has."""
    return any(
        plan.content.bytes(image.golden + 56, 4) == b"ARM\x64"
        for image in plan.own(partition, "images")
        if image.kind == KERNEL
    )


def is_in_place(plan, partition):
    """As `direct-map` asks for: nothing else puts RAM at its guest-physical address."""
    return all(window.base == window.pa for window in plan.own(partition, "windows") if window.kind == RAM)


class Claims:
    """What the configuration of a right image gives."""

    def __init__(self, plan):
        self.freedom = [(is_linux(plan, row), is_in_place(plan, row)) for row in plan.all("partitions")]
        self.given = self.facts(plan)

    def facts(self, plan):
        given = board(plan)
        partitions = plan.all("partitions")
        given["partitions"] = len(partitions)
        for index, (_, (floating, fixed)) in enumerate(zip(partitions, self.freedom)):
            for name, value in ownership(plan, index, floating, fixed).items():
                given[name, index] = value
        return given

    def judge(self, plan):
        """Findings on a subject of oracle.judge, which could be read."""
        found = self.facts(plan)
        for name in sorted(self.given.keys() | found.keys(), key=str):
            if self.given.get(name) != found.get(name):
                yield CLAIM, "image", f"{name}: {found.get(name)}, but {self.given.get(name)} in the configuration"
