/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual core's power: one atomic word. OFF -> PENDING by compare-and-swap of the core that switches it on, which is
 * the only writer of entry and argument then; PENDING -> ON by its own core last before its guest; ON -> OFF by its own
 * core, after its interrupts were parked, so that a kick that follows is not lost.
 */
#include "core/vcpu.h"

#include <stdatomic.h>

#include "arch/cpu.h"
#include "arch/interrupts.h"
#include "arch/vcpu.h"
#include "core/entry.h"
#include "core/partition.h"
#include "plan/view.h"

struct vcpu_row {
	_Atomic uint32_t power; /* enum vcpu_power, or CLAIMED */
	gpaddr_t entry;
	uint64_t argument;
};

_Static_assert(sizeof(struct vcpu_row) <= PLAN_VCPU_STATE_SIZE, "virtual core state outgrew its plan row");

#define CLAIMED 3u /* entry and argument are being written; PENDING to everyone who asks */

static struct vcpu_row *row_of(const struct plan_header *plan, const struct plan_vcpu *vcpu)
{
	uint64_t index = (uint64_t)(vcpu - plan_vcpus(plan));

	return (struct vcpu_row *)(uintptr_t)(plan->vcpu_state + (index * PLAN_VCPU_STATE_SIZE));
}

void vcpu_init(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->vcpus.count; i++) {
		atomic_store_explicit(&row_of(plan, &plan_vcpus(plan)[i])->power, VCPU_POWER_OFF, memory_order_relaxed);
	}
}

uint64_t vcpu_cores_on(const struct plan_header *plan, const struct plan_partition *partition)
{
	uint64_t on = 0;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct vcpu_row *row = row_of(plan, &plan_vcpus(plan)[partition->vcpu_first + i]);

		if (atomic_load_explicit(&row->power, memory_order_acquire) != (uint32_t)VCPU_POWER_OFF) {
			on |= UINT64_C(1) << i;
		}
	}
	return on;
}

void vcpu_first(struct core_state *core)
{
	gpaddr_t entry = {core->partition->entry};

	partition_core_enters(core);
	arch_interrupts_hand_over(core->core);
	arch_vcpu_enter(core->partition, core->vcpu, entry, core->partition->argument);
}

void vcpu_wait(struct core_state *core)
{
	struct vcpu_row *row = row_of(core->plan, core->vcpu);

	do {
		arch_interrupts_wait_kick(core->core);
	} while (atomic_load_explicit(&row->power, memory_order_acquire) != (uint32_t)VCPU_POWER_PENDING);
	arch_interrupts_hand_over(core->core);
	arch_vcpu_enter(core->partition, core->vcpu, row->entry, row->argument);
}

void vcpu_park(struct core_state *core)
{
	arch_interrupts_park(core->core);
	atomic_store_explicit(&row_of(core->plan, core->vcpu)->power, VCPU_POWER_OFF, memory_order_release);
	vcpu_wait(core);
}

void core_on_guest_enter(void)
{
	struct core_state *core = arch_core_state();

	atomic_store_explicit(&row_of(core->plan, core->vcpu)->power, VCPU_POWER_ON, memory_order_release);
}

static enum vcpu_on already(uint32_t power)
{
	return (power == (uint32_t)VCPU_POWER_ON) ? VCPU_ON_ALREADY : VCPU_ON_PENDING;
}

enum vcpu_on core_vcpu_on(uint32_t number, gpaddr_t entry, uint64_t argument)
{
	struct core_state *core = arch_core_state();
	uint32_t off = VCPU_POWER_OFF;
	const struct plan_vcpu *vcpu;
	struct vcpu_row *row;

	if (number >= core->partition->vcpu_count) {
		return VCPU_ON_INVALID;
	}
	if (partition_state(core->plan, core->partition_index) != PARTITION_RUNNING) {
		return VCPU_ON_DENIED;
	}
	vcpu = &core->vcpus[number];
	row = row_of(core->plan, vcpu);
	if (!atomic_compare_exchange_strong_explicit(&row->power, &off, CLAIMED, memory_order_acq_rel,
						     memory_order_acquire)) {
		return already(off);
	}
	row->entry = entry;
	row->argument = argument;
	partition_core_enters(core);
	atomic_store_explicit(&row->power, VCPU_POWER_PENDING, memory_order_release);
	arch_interrupts_kick(&plan_cores(core->plan)[vcpu->core], vcpu);
	return VCPU_ON_OK;
}

enum vcpu_power core_vcpu_power(uint32_t number)
{
	struct core_state *core = arch_core_state();
	uint32_t power = atomic_load_explicit(&row_of(core->plan, &core->vcpus[number])->power, memory_order_acquire);

	return (power == CLAIMED) ? VCPU_POWER_PENDING : (enum vcpu_power)power;
}

void core_vcpu_off(void)
{
	struct core_state *core = arch_core_state();

	if (partition_core_leaves(core)) {
		partition_end(core, PARTITION_OFF, " is off: its last core switched itself off");
	}
	vcpu_park(core);
}

void core_partition_end(bool reset)
{
	struct core_state *core = arch_core_state();

	partition_end(core, reset ? PARTITION_STOPPED : PARTITION_OFF,
		      reset ? " reset itself: stopped" : " switched itself off");
	vcpu_park(core);
}
