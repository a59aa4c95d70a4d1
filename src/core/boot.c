/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot, the same on each core, in one order: own state, checks, interrupts, then all cores together, then the guest. No
 * guest starts before every core has passed its checks, so that a system starts whole or not at all.
 */
#include <stdatomic.h>

#include "arch/cpu.h"
#include "arch/interrupts.h"
#include "arch/machine.h"
#include "core/entry.h"
#include "core/log.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "core/version.h"
#include "plan/check.h"
#include "plan/view.h"

#define ARRIVAL_SECONDS 10u /* from the first core's start to the last one's checks: milliseconds on any board */

static _Atomic uint32_t arrived; /* cores other than the boot core that passed their checks */
static _Atomic uint32_t refused; /* 1: a core has refused to start */
static _Atomic uint32_t started; /* 1: guests may run */

/* The first core that refuses says why; a system that does not start needs one reason. */
static NORETURN void refuse(enum refusal refusal)
{
	struct log_line line;

	if (atomic_exchange_explicit(&refused, 1u, memory_order_relaxed) != 0u) {
		arch_halt();
	}
	log_speak();
	log_begin(&line);
	log_text(&line, "E");
	log_decimal(&line, (uint64_t)refusal / 10u);
	log_decimal(&line, (uint64_t)refusal % 10u);
	log_text(&line, " ");
	log_text(&line, arch_refusal_text(refusal));
	log_end(&line);
	arch_halt();
}

static void refuse_unless_fit(enum refusal refusal)
{
	if (refusal != REFUSAL_NONE) {
		refuse(refusal);
	}
}

static void core_state_init(struct core_state *core, const struct plan_header *plan, uint32_t row)
{
	core->plan = plan;
	core->row = row;
	core->core = &plan_cores(plan)[row];
	core->log = (struct log_ring *)(uintptr_t)core->core->log;
	core->partition_index = core->core->partition;
	if (core->partition_index != PLAN_NONE) {
		core->partition = &plan_partitions(plan)[core->partition_index];
		core->vcpu = &plan_vcpus(plan)[core->core->vcpu];
		core->vcpus = &plan_vcpus(plan)[core->partition->vcpu_first];
		core->vcpu_count = core->partition->vcpu_count;
		core->filters = &plan_filters(plan)[core->partition->filter_first];
		core->filter_count = core->partition->filter_count;
	}
}

static void banner(const struct plan_header *plan)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, "Bulkhead " BULKHEAD_VERSION " on ");
	log_text(&line, plan->board);
	log_text(&line, ", plan ");
	for (uint32_t i = 0; i < sizeof(plan->sha256); i++) {
		log_hex(&line, plan->sha256[i], 2u);
	}
	log_end(&line);
}

/* Start-up code has checked the plan's CRCs; now whether it is for this hypervisor, and what it says. */
static void plan_accept(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < PLAN_NAME; i++) {
		if (plan->board[i] != version_board[i]) {
			refuse(REFUSAL_BOARD);
		}
	}
	refuse_unless_fit(plan_check(plan, arch_kind()));
}

/* The table sets that start-up code has not checked: this core's partition's. */
static void tables_accept(const struct plan_header *plan, const struct plan_core *core)
{
	for (uint32_t i = PLAN_BOOT_TABLE_SETS; i < core->table_set_count; i++) {
		const struct plan_table_set *set = &plan_table_sets(plan)[core->table_set_first + i];

		if (arch_crc32((const void *)(uintptr_t)set->base, set->size) != set->crc) {
			refuse(REFUSAL_TABLE_CRC);
		}
	}
}

static void others_start(const struct plan_header *plan, uint32_t own_row)
{
	uint64_t start = arch_counter();

	for (uint32_t row = 0; row < plan->cores.count; row++) {
		if ((row != own_row) && !arch_core_start(plan, row)) {
			refuse(REFUSAL_CORE_START);
		}
	}
	while (atomic_load_explicit(&arrived, memory_order_acquire) != (plan->cores.count - 1u)) {
		if ((atomic_load_explicit(&refused, memory_order_relaxed) != 0u) ||
		    ((arch_counter() - start) > (ARRIVAL_SECONDS * arch_counter_frequency()))) {
			refuse(REFUSAL_CORE_START);
		}
		arch_relax();
	}
}

static void shared_init(const struct plan_header *plan)
{
	partition_init(plan);
	vcpu_init(plan);
	arch_interrupts_init(plan);
}

static void all_together(const struct plan_header *plan, uint32_t row, bool boots)
{
	if (boots) {
		others_start(plan, row);
		log_console(0);
		atomic_store_explicit(&started, 1u, memory_order_release);
	} else {
		atomic_fetch_add_explicit(&arrived, 1u, memory_order_release);
		while (atomic_load_explicit(&started, memory_order_acquire) == 0u) {
			arch_relax();
		}
	}
}

void core_main(const struct plan_header *plan, uint32_t row, bool boots)
{
	struct core_state *core = arch_core_state();

	core_state_init(core, plan, row);
	if (boots) {
		atomic_store_explicit(&refused, 0u, memory_order_relaxed);
		log_console(plan->console_va);
	}
	log_open(core);
	if (boots) {
		banner(plan);
		plan_accept(plan);
	}
	tables_accept(plan, core->core);
	refuse_unless_fit(arch_machine_check(plan, core->core));
	if (boots) {
		shared_init(plan);
	}
	arch_interrupts_park(core->core);
	all_together(plan, row, boots);
	if (core->partition == NULL) {
		arch_core_off();
	}
	if (core->vcpu->number == 0u) {
		partition_load(core);
		vcpu_first(core);
	}
	vcpu_wait(core);
}
