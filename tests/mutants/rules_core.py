# SPDX-License-Identifier: Apache-2.0
"""Partitions and virtual cores, their services, and boot."""

from mutant import Unit, mutate

add = mutate("src/core/vcpu.c", Unit("core/test_vcpu"))
add(
    "vcpu-on-bound",
    "if (number >= core->partition->vcpu_count) {",
    "if (number > core->partition->vcpu_count) {",
    "the next partition's first core is switched on, in the caller's memory",
)
add(
    "vcpu-on-partition-state",
    "\tif (partition_state(core->plan, core->partition_index) != PARTITION_RUNNING) {\n\t\treturn "
    "VCPU_ON_DENIED;\n\t}\n",
    "",
    "a core of a stopped partition starts",
)
CPU_ON_CAS = (
    "if (!atomic_compare_exchange_strong_explicit(&row->power, &off, CLAIMED, memory_order_acq_rel,\n"
    "\t\t\t\t\t\t     memory_order_acquire)) {"
)
add(
    "vcpu-on-power",
    CPU_ON_CAS,
    "if ((row == NULL) || !atomic_compare_exchange_strong_explicit(&row->power, &off, CLAIMED, "
    "memory_order_acq_rel,\n\t\tmemory_order_acquire)) {\n\t\tatomic_store(&row->power, CLAIMED);\n\t}\n\tif (row "
    "== NULL) {",
    "a core that runs is started again",
)
add(
    "vcpu-on-cas",
    CPU_ON_CAS,
    "off = atomic_load_explicit(&row->power, memory_order_acquire);\n\tif (off == (uint32_t)VCPU_POWER_OFF) {\n\t\t"
    "atomic_store_explicit(&row->power, CLAIMED, memory_order_release);\n\t} else {",
    "two cores that start a third both win",
    Unit("core/test_turns"),
)
add(
    "vcpu-wait-power",
    "} while (atomic_load_explicit(&row->power, memory_order_acquire) != (uint32_t)VCPU_POWER_PENDING);",
    "} while (atomic_load_explicit(&row->power, memory_order_acquire) > CLAIMED);",
    "a kick alone starts a core, at an old entry",
)
add(
    "vcpu-park-masking",
    "\tarch_interrupts_park(core->core);\n\tatomic_store_explicit(&row_of(core->plan, core->vcpu)->power,",
    "\tatomic_store_explicit(&row_of(core->plan, core->vcpu)->power,",
    "a parked core keeps the guest's interrupts, and hears no kick",
)
add(
    "vcpu-off-order",
    "\tarch_interrupts_park(core->core);\n\tatomic_store_explicit(&row_of(core->plan, core->vcpu)->power, "
    "VCPU_POWER_OFF, memory_order_release);",
    "\tatomic_store_explicit(&row_of(core->plan, core->vcpu)->power, VCPU_POWER_OFF, memory_order_release);\n\t"
    "arch_interrupts_park(core->core);",
    "a core that is told to be off does not hear the kick that follows",
)

add = mutate("src/core/partition.c", Unit("core/test_partition"))
add(
    "end-twice",
    "memory_order_acquire)) {\n\t\treturn;\n\t}\n\tend_say(core, why);",
    "memory_order_acquire)) {\n\t\t(void)running;\n\t}\n\tend_say(core, why);",
    "a partition ends twice: the board is switched off under its neighbours",
)
add(
    "end-cas",
    "if (!atomic_compare_exchange_strong_explicit(&row->state, &running, PARTITION_STOPPING, "
    "memory_order_acq_rel,\n\t\t\t\t\t\t     memory_order_acquire)) {",
    "if (running == atomic_load_explicit(&row->state, memory_order_acquire)) {\n\t\t"
    "atomic_store_explicit(&row->state, PARTITION_STOPPING, memory_order_release);\n\t} else {",
    "two cores that end their partition at once both do: the board is switched off under its neighbours",
    Unit("core/test_turns"),
)
add(
    "end-revoke",
    "\tarch_stage2_revoke(core->plan, core->partition);\n",
    "",
    "a stopped partition's other cores run on",
)
add(
    "end-interrupts",
    "\tarch_interrupts_clear(core->plan, core->partition);\n",
    "",
    "a stopped partition's devices keep interrupting",
)
add(
    "end-kick",
    "\tkick_others(core);\n",
    "\t(void)kick_others;\n",
    "sleeping cores of a stopped partition stay asleep",
)
add(
    "end-order",
    "\tarch_stage2_revoke(core->plan, core->partition);\n\tarch_interrupts_clear(core->plan, core->partition);\n\t"
    "kick_others(core);\n",
    "\tkick_others(core);\n\tarch_stage2_revoke(core->plan, core->partition);\n\tarch_interrupts_clear(core->plan, "
    "core->partition);\n",
    "the victim undoes the kick while it still has its memory",
)
add("load-before-running", "\tarch_loader_close(core->core);\n", "", "guests' memory stays mapped at EL2")

add = mutate("src/core/fault.c", Unit("core/test_fault"))
add(
    "fault-ends",
    '\t\tpartition_end(core, PARTITION_FAULTED, " faulted: stopped");\n',
    "",
    "a partition that faults is not stopped",
)

add = mutate("src/core/service.c", Unit("core/test_service"))
add(
    "service-observes",
    "return ((core->partition->observes >> index) & 1u) != 0u;",
    "return ((core->partition->observes >> index) & 1u) <= 1u;",
    "any partition reads any other one's counters",
)
add(
    "service-partition-bound",
    "return (argument < core->plan->partitions.count) ? (uint32_t)argument : PLAN_NONE;",
    "return (argument <= core->plan->partitions.count) ? (uint32_t)argument : PLAN_NONE;",
    "a partition behind the last one",
)
add("service-core-bound", "(values[2] >= partition->vcpu_count) || ", "", "other partitions' cores are counted")
add("service-reason-bound", " || (values[3] >= EXIT_REASONS)", "", "EL2's memory behind the counters is read")

add = mutate("src/core/boot.c", Unit("core/test_boot"))
add(
    "boot-plan-check",
    "refuse_unless_fit(plan_check(plan, arch_kind()));",
    "(void)plan_check(plan, arch_kind());",
    "a wrong plan is carried out",
)
add(
    "boot-board",
    "if (plan->board[i] != version_board[i]) {",
    "if ((plan->board[i] != version_board[i]) && (i == PLAN_NAME)) {",
    "a plan for another board is carried out",
)
add(
    "boot-tables",
    "arch_crc32((const void *)(uintptr_t)set->base, set->size) != set->crc",
    "arch_crc32((const void *)(uintptr_t)set->base, set->size) == (set->crc + 1u)",
    "corrupt tables are used",
)
add(
    "boot-machine",
    "refuse_unless_fit(arch_machine_check(plan, core->core));",
    "(void)arch_machine_check(plan, core->core);",
    "another machine is taken for the plan's",
)
add(
    "boot-all-cores",
    "while (atomic_load_explicit(&arrived, memory_order_acquire) != (plan->cores.count - 1u)) {",
    "while (atomic_load_explicit(&arrived, memory_order_acquire) > plan->cores.count) {",
    "guests run before every core has passed its checks",
)
add("boot-console", "\t\tlog_console(0);\n", "", "the hypervisor writes to a UART that a partition owns")
