/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hypervisor keeps for each core at run time: one row a core in the plan's shared area, found by its core
 * through a register. Written by its own core only; other cores read the counters. Layout known to assembly: see the
 * offsets below.
 */
#ifndef ARCH_CORE_STATE_H
#define ARCH_CORE_STATE_H

#include "plan/abi.h"

#define CORE_STATE_VCPUS 96 /* offsets of the fields that assembly reads */
#define CORE_STATE_VCPU_COUNT 104
#define CORE_STATE_PLAN 112
#define CORE_STATE_CORE 120

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include "plan/log.h"
#include "plan/plan.h"

struct core_state {
	uint64_t exits[EXIT_REASONS];  /* by reason, EXIT_* */
	const struct plan_vcpu *vcpus; /* first vcpu row of its partition; NULL on an unowned core */
	uint64_t vcpu_count;
	const struct plan_header *plan;
	const struct plan_core *core;
	const struct plan_partition *partition; /* NULL on an unowned core */
	const struct plan_vcpu *vcpu;
	const struct plan_filter *filters; /* of its partition, filter_count of them */
	uint64_t filter_count;
	struct log_ring *log;
	uint32_t row;             /* of the plan's cores */
	uint32_t partition_index; /* PLAN_NONE on an unowned core */
	uint32_t has_panicked;    /* 1: a panic's own mistakes are not reported */
};

_Static_assert(sizeof(struct core_state) <= PLAN_CORE_STATE_SIZE, "core state outgrew its plan row");
_Static_assert(offsetof(struct core_state, vcpus) == CORE_STATE_VCPUS, "offset known to assembly");
_Static_assert(offsetof(struct core_state, plan) == CORE_STATE_PLAN, "offset known to assembly");
_Static_assert(offsetof(struct core_state, core) == CORE_STATE_CORE, "offset known to assembly");
_Static_assert(offsetof(struct core_state, vcpu_count) == CORE_STATE_VCPU_COUNT, "offset known to assembly");

#endif
#endif
