/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs by architecture: each has one struct verify_arch, and its rules in a folder of its own. Not here: what holds
 * for every image (beside this file).
 */
#ifndef PLAN_CHECK_ARCH_H
#define PLAN_CHECK_ARCH_H

#include "plan/check/parts.h"

struct verify_arch {
	enum plan_arch arch;
	uint32_t x86_rows;         /* of the plan's array of this name */
	uint32_t flags;            /* PLAN_PARTITION_* that mean something */
	enum plan_image_kind made; /* of these what no file has: the planner made it, a partition's argument names it */
	struct plan_range patched; /* offsets in the hypervisor's file where the planner writes */
	bool has_spin_tables;
	bool needs_argument;

	/* frame.c: whether a loader would take the file, the plan is for such a machine, and its own rows can be read. */
	bool (*begins)(const uint8_t *image, uint64_t size);
	bool (*is_known)(const struct plan_header *plan);
	bool (*refers)(struct verify *verify);
	uint32_t (*filter_count)(const struct plan_header *plan, uint32_t partition);

	/* el2.c, stage2.c */
	struct verify_tree (*core_tree)(const struct verify *verify, uint32_t core, enum verify_owner_kind kind);
	struct verify_tree (*stage2_tree)(const struct verify *verify, uint32_t partition);
	bool (*space_right)(struct verify *verify, const struct verify_tree *tree); /* a walk has a meaning only then */
	void (*core_find)(struct verify *verify, const struct verify_tree *tree);   /* places that tables alone tell */
	void (*regions)(struct verify *verify, uint32_t core);                      /* of registers that a core has */

	/* Who besides partitions has something outside of image and memory in [base, base + size), or NOBODY. */
	struct verify_owner (*holder)(const struct verify *verify, uint64_t base, uint64_t size);

	/* rows.c */
	bool (*has_interface)(const struct plan_header *plan); /* windows of kind PLAN_WINDOW_INTERFACE */
	bool (*is_core)(uint64_t mpidr);
	bool (*vcpu_right)(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong);
	bool (*filter_right)(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number);
	bool (*private_right)(uint32_t mask); /* of interrupts 0 .. 31 */
	void (*machine)(struct verify *verify);
	void (*partition)(struct verify *verify, uint32_t index);
	uint32_t (*areas)(const struct plan_header *plan, struct plan_range areas[3]); /* of run-time state besides */

	/* content.c: what a loader goes by; where a partition starts. */
	void (*header)(struct verify *verify);
	bool (*entry_right)(const struct plan_partition *partition, const struct plan_image *image);

	/* claims.c */
	void (*claims)(struct verify *verify);
	bool (*core_claimed)(const struct verify *verify, const struct plan_vcpu *vcpu);
	void (*claims_partition)(struct verify *verify, uint32_t index);
};

extern const struct verify_arch verify_armv8;
extern const struct verify_arch verify_x86;

#endif
