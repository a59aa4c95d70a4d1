# SPDX-License-Identifier: Apache-2.0
"""The checks of the plan, each rule by itself."""

from mutant import Unit, mutate

add = mutate("src/plan/check.c", Unit("plan/test_check"))
add(
    "plan-architecture",
    "if (plan->arch != (uint32_t)arch) {",
    "if (plan->arch == ((uint32_t)arch + 100u)) {",
    "another machine's plan",
)
add(
    "plan-array-limit",
    "return (array->count <= limit) && ",
    "return (limit != 0u) && ",
    "state for more cores than there is room for",
)
add("plan-array-alignment", "((array->offset % 8u) == 0u) &&\n\t       range_in", "range_in", "unaligned rows")
add(
    "plan-array-inside",
    "range_in(array->offset, bytes, sizeof(struct plan_header), plan->size - sizeof(struct plan_header));",
    "(bytes <= plan->size);",
    "rows behind the plan",
)
add("plan-vmid", " && (partition->vmid != 0u) &&\n", " &&\n", "VMID 0")
for field in ("vcpu", "window", "filter", "image", "root", "interrupt"):
    add(
        f"plan-span-{field}",
        f"span_in(partition->{field}_first, partition->{field}_count, &plan->{field}s)",
        "true",
        f"{field} rows behind the last one",
    )
add("plan-name", "(partition->name[PLAN_NAME - 1u] == '\\0');", "true;", "a name without an end is printed")
add(
    "plan-observes",
    " &&\n\t       ((partition->observes >> plan->partitions.count) == 0u) &&\n",
    " &&\n",
    "partitions that are not there",
)
add(
    "plan-filter-frames",
    "(plan_cores(plan)[core].gicr_va == (filter->va + ((uint64_t)i << GICR_SHIFT)));",
    "(plan_cores(plan)[core].gicr_va != 0u);",
    "another core's redistributor",
)
add(
    "plan-filter-size",
    "(filter->size == ((uint64_t)partition->vcpu_count << GICR_SHIFT));",
    "(filter->size != 0u);",
    "the next partition's redistributors",
)
add("plan-filter-distributor", "(filter->va == plan->gicd_va) &&", "", "any registers as the distributor's")
add("plan-vcpu-number", "(vcpu->number == i) &&", "", "frames and numbers of virtual cores disagree")
add(
    "plan-window-owner",
    "owns = owns && (plan_windows(plan)[partition->window_first + i].partition == index);",
    "",
    "a window of another partition's",
)
add(
    "plan-core-twice",
    "exclusive = exclusive && (cores[i].mpidr != cores[j].mpidr);",
    "(void)cores;",
    "a core has two owners",
)
add(
    "plan-core-owner",
    "exclusive = exclusive && (vcpu->core == i) && (vcpu->partition == cores[i].partition);",
    "(void)vcpu;",
    "a core runs another partition's virtual core",
)
add(
    "plan-recall-roots",
    "range_in(plan_roots(plan)[i].address, 8u, plan->shared_base, plan->shared_size);",
    "true;",
    "a recall clears other memory than a root",
)
add(
    "plan-stage2-root",
    "range_in(root, ROOT_ALIGNMENT, plan->shared_base, plan->shared_size);",
    "true;",
    "a stage-2 root in a guest's memory",
)
add(
    "plan-table-sets",
    "placed = placed && (set->size != 0u) && ((set->size % 16u) == 0u) &&",
    "placed = placed &&",
    "a checksum over nothing",
)
add(
    "plan-state",
    "return range_in(plan->core_state, (uint64_t)plan->cores.count * PLAN_CORE_STATE_SIZE, base, size) &&",
    "return",
    "run-time state over something else",
)
add(
    "plan-image-memory",
    "check_in_memory(plan, plan->image_base, plan->image_size) &&",
    "",
    "the hypervisor lies outside memory",
)

add = mutate("src/plan/check_owned.c", Unit("plan/test_check"))
add("plan-vmid-shared", "(partitions[i].vmid != partitions[j].vmid) &&", "", "two partitions share translations")
add(
    "plan-root-shared",
    "(partitions[i].stage2_root != partitions[j].stage2_root) &&",
    "",
    "two partitions share their memory",
)
add("plan-window-ram", "place = check_in_memory(plan, window->pa, window->size) &&", "place =", "RAM that is not RAM")
add(
    "plan-window-hypervisor",
    "!ranges_overlap(window->pa, window->size, plan->image_base, plan->image_size) &&\n",
    "true &&\n",
    "a partition owns the hypervisor",
)
add(
    "plan-window-golden",
    "!ranges_overlap(window->pa, window->size, plan->golden_base, plan->golden_size);",
    "true;",
    "a partition changes what others are loaded from",
)
add(
    "plan-window-device",
    "!check_touches_memory(plan, window->pa, window->size) &&",
    "(check_touches_memory(plan, window->pa, window->size) || true) &&",
    "memory as a device",
)
add(
    "plan-window-distributor",
    "!ranges_overlap(window->pa, window->size, plan->gicd_pa, distributor_size(plan));",
    "true;",
    "the interrupt distributor without a filter",
)
add(
    "plan-window-alignment",
    "(((window->base | window->pa | window->size) % PLAN_PAGE) == 0u);",
    "true;",
    "windows that tables cannot hold",
)
add(
    "plan-window-pairs",
    "(is_interface(&windows[i], &windows[j]) ||",
    "(is_interface(&windows[i], &windows[j]) || (windows[j].size != 1u) ||",
    "two partitions own the same memory",
)
add(
    "plan-window-redistributors",
    "bool place = !ranges_overlap(window->pa, window->size, plan->gicr_pa, plan->gicr_size);",
    "bool place = true;",
    "redistributors without a filter",
)
add(
    "plan-window-interface",
    "place = interface && (plan->gic == (uint32_t)PLAN_GIC_V2);",
    "place = interface || (window->size != 1u);",
    "any registers are shared as if they were banked",
)
add(
    "plan-interrupt-pairs",
    "exclusive = exclusive && ((taken & partitions[i].interrupt_mask[word]) == 0u);",
    "",
    "two partitions own the same interrupt",
)
add("plan-interrupt-rows", "exclusive = exclusive && (rows == taken);", "(void)rows;", "masks without rows")
add("plan-interrupt-range", "(row->id >= 32u) && (row->id < plan->interrupt_count) &&", "", "ids that do not exist")
add(
    "plan-image-lands",
    "range_in(image->pa, image->size + image->fill, window->pa, window->size) &&",
    "(image->pa >= window->pa) &&",
    "loading one partition writes into another",
)
add(
    "plan-image-golden",
    ": range_in(image->golden, image->size, plan->golden_base, plan->golden_size));",
    ": (image->golden != 0u));",
    "loading copies the hypervisor's memory into a guest",
)
add(
    "plan-image-sum",
    "if ((image->size > MAX_BYTES) || (image->fill > MAX_BYTES)) {",
    "if (image->size > MAX_BYTES) {",
    "an image's end wraps",
)
