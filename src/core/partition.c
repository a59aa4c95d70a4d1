/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition's life: off -> loading -> running -> stopping -> {off, stopped, faulted}. Its state word lies in the
 * plan's shared area; virtual core 0's core writes it until it runs, then whoever wins the step to stopping.
 */
#include "core/partition.h"

#include <stdatomic.h>

#include "arch/interrupts.h"
#include "arch/loader.h"
#include "arch/machine.h"
#include "arch/stage2.h"
#include "core/log.h"
#include "plan/abi.h"
#include "plan/view.h"

struct partition_row {
	_Atomic uint32_t state;  /* PARTITION_* */
	_Atomic uint32_t online; /* virtual cores that are on, or on their way */
};

_Static_assert(sizeof(struct partition_row) <= PLAN_PARTITION_STATE_SIZE, "partition state outgrew its plan row");

static _Atomic uint32_t alive; /* partitions that have not ended */

static struct partition_row *row_of(const struct plan_header *plan, uint32_t index)
{
	return (struct partition_row *)(uintptr_t)(plan->partition_state +
						   ((uint64_t)index * PLAN_PARTITION_STATE_SIZE));
}

void partition_init(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		atomic_store_explicit(&row_of(plan, i)->state, PARTITION_OFF, memory_order_relaxed);
		atomic_store_explicit(&row_of(plan, i)->online, 0u, memory_order_relaxed);
	}
	atomic_store_explicit(&alive, plan->partitions.count, memory_order_relaxed);
}

uint32_t partition_state(const struct plan_header *plan, uint32_t index)
{
	return atomic_load_explicit(&row_of(plan, index)->state, memory_order_acquire);
}

void partition_load(struct core_state *core)
{
	const struct plan_header *plan = core->plan;
	struct partition_row *row = row_of(plan, core->partition_index);

	atomic_store_explicit(&row->state, PARTITION_LOADING, memory_order_relaxed);
	arch_loader_open(core->core);
	for (uint32_t i = 0; i < core->partition->image_count; i++) {
		const struct plan_image *image = &plan_images(plan)[core->partition->image_first + i];

		uint64_t copied = (image->in_place != 0u) ? 0u : image->size;
		uint64_t to = image->pa + plan->loader_offset + (image->size - copied);

		arch_loader_copy(to, image->golden + plan->loader_offset, copied, image->fill);
	}
	arch_loader_close(core->core);
	atomic_store_explicit(&row->state, PARTITION_RUNNING, memory_order_release);
}

void partition_core_enters(const struct core_state *core)
{
	atomic_fetch_add_explicit(&row_of(core->plan, core->partition_index)->online, 1u, memory_order_relaxed);
}

bool partition_core_leaves(const struct core_state *core)
{
	return atomic_fetch_sub_explicit(&row_of(core->plan, core->partition_index)->online, 1u,
					 memory_order_acq_rel) == 1u;
}

static void end_say(const struct core_state *core, const char *why)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, "partition ");
	log_text(&line, core->partition->name);
	log_text(&line, why);
	log_end(&line);
}

static void kick_others(const struct core_state *core)
{
	for (uint32_t i = 0; i < core->partition->vcpu_count; i++) {
		const struct plan_vcpu *vcpu = &core->vcpus[i];

		if (vcpu != core->vcpu) {
			arch_interrupts_kick(&plan_cores(core->plan)[vcpu->core], vcpu);
		}
	}
}

void partition_end(const struct core_state *core, uint32_t state, const char *why)
{
	struct partition_row *row = row_of(core->plan, core->partition_index);
	uint32_t running = PARTITION_RUNNING;

	if (!atomic_compare_exchange_strong_explicit(&row->state, &running, PARTITION_STOPPING, memory_order_acq_rel,
						     memory_order_acquire)) {
		return;
	}
	end_say(core, why);
	arch_stage2_revoke(core->plan, core->partition);
	arch_interrupts_clear(core->plan, core->partition);
	kick_others(core);
	atomic_store_explicit(&row->state, state, memory_order_release);
	if ((atomic_fetch_sub_explicit(&alive, 1u, memory_order_acq_rel) == 1u) &&
	    (core->plan->when_all_off == (uint32_t)PLAN_ALL_OFF_POWER_OFF)) {
		arch_system_off();
	}
}
