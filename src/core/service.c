/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the vendor-specific range, plan/abi.h: registers in, registers out. */
#include "arch/cpu.h"
#include "core/entry.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "plan/abi.h"
#include "plan/view.h"

#define AS_RESULT(value) ((uint64_t)(int64_t)(value))

/* The partition that an argument names, PLAN_NONE where there is none. */
static uint32_t named_partition(const struct core_state *core, uint64_t argument)
{
	if (argument == ABI_SELF) {
		return core->partition_index;
	}
	return (argument < core->plan->partitions.count) ? (uint32_t)argument : PLAN_NONE;
}

static bool may_observe(const struct core_state *core, uint32_t index)
{
	return ((core->partition->observes >> index) & 1u) != 0u;
}

/* The same if the caller may observe it, with the call's status in values[0]. */
static uint32_t observed_partition(const struct core_state *core, uint64_t values[4])
{
	uint32_t index = named_partition(core, values[1]);

	values[0] = ABI_OK;
	if (index == PLAN_NONE) {
		values[0] = AS_RESULT(ABI_INVALID);
	} else if (!may_observe(core, index)) {
		values[0] = AS_RESULT(ABI_DENIED);
		index = PLAN_NONE;
	} else {
		/* granted */
	}
	return index;
}

static void service_exits(const struct core_state *core, uint64_t values[4])
{
	uint32_t index = observed_partition(core, values);
	const struct plan_partition *partition;
	uint64_t row;

	if (index == PLAN_NONE) {
		return;
	}
	partition = &plan_partitions(core->plan)[index];
	if ((values[2] >= partition->vcpu_count) || (values[3] >= EXIT_REASONS)) {
		values[0] = AS_RESULT(ABI_INVALID);
		return;
	}
	row = plan_vcpus(core->plan)[partition->vcpu_first + values[2]].core;
	values[1] = ((const struct core_state *)(uintptr_t)(core->plan->core_state + (row * PLAN_CORE_STATE_SIZE)))
			    ->exits[values[3]];
}

static void service_partition(const struct core_state *core, uint64_t values[4])
{
	uint32_t index = observed_partition(core, values);

	if (index != PLAN_NONE) {
		values[1] = index;
		values[2] = plan_partitions(core->plan)[index].vcpu_count;
		values[3] = partition_state(core->plan, index);
	}
}

/* In a partition that was stopped, a core that is still not off sleeps where nothing wakes it (`wfi = "native"`). */
static void service_cores(const struct core_state *core, uint64_t values[4])
{
	uint32_t index = observed_partition(core, values);

	if (index != PLAN_NONE) {
		values[1] = vcpu_cores_on(core->plan, &plan_partitions(core->plan)[index]);
	}
}

static void service_uid(uint64_t values[4])
{
	values[0] = ABI_UID_0;
	values[1] = ABI_UID_1;
	values[2] = ABI_UID_2;
	values[3] = ABI_UID_3;
}

/* A 64-bit result for a caller that reads 32 bits a register. */
static void result_split(uint64_t values[4])
{
	if (values[0] == (uint64_t)ABI_OK) {
		values[2] = values[1] >> 32;
		values[1] = (uint32_t)values[1];
	}
}

/* The 32-bit forms. Above their arguments' 32 bits AArch32 leaves anything. */
static void service_narrow(struct core_state *core, uint32_t function, uint64_t values[4])
{
	for (uint32_t i = 1; i < 4u; i++) {
		values[i] = (uint32_t)values[i];
	}
	if (function == ABI_32(ABI_PARTITION)) {
		service_partition(core, values);
	} else if (function == ABI_32(ABI_CORES)) {
		service_cores(core, values);
		result_split(values);
	} else {
		service_exits(core, values);
		result_split(values);
	}
}

bool core_on_service(uint32_t function, uint64_t values[4])
{
	struct core_state *core = arch_core_state();
	uint32_t reason = EXIT_SERVICE;
	bool known = true;

	switch (function) {
	case ABI_FEATURES:
		values[0] = ABI_FEATURE_EXITS;
		break;
	case ABI_UID:
		service_uid(values);
		break;
	case ABI_REVISION:
		values[0] = ABI_REVISION_MAJOR;
		values[1] = ABI_REVISION_MINOR;
		break;
	case ABI_EXITS:
		reason = EXIT_OBSERVE;
		service_exits(core, values);
		break;
	case ABI_PARTITION:
		service_partition(core, values);
		break;
	case ABI_CORES:
		service_cores(core, values);
		break;
	case ABI_32(ABI_EXITS):
		reason = EXIT_OBSERVE;
		service_narrow(core, function, values);
		break;
	case ABI_32(ABI_PARTITION):
	case ABI_32(ABI_CORES):
		service_narrow(core, function, values);
		break;
	default:
		known = false;
		break;
	}
	core->exits[reason]++;
	return known;
}
