/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules for Armv8 offer their struct verify_arch (arch.c); functions are fields of it. */
#ifndef PLAN_CHECK_ARMV8_PARTS_H
#define PLAN_CHECK_ARMV8_PARTS_H

#include "plan/check/arch.h"

/* ---- tables.c ------------------------------------------------------------------------------------------------------ */

extern const struct verify_format armv8_format; /* of both stages */

struct verify_tree armv8_core_tree(const struct verify *verify, uint32_t core, enum verify_owner_kind kind);
struct verify_tree armv8_stage2_tree(const struct verify *verify, uint32_t partition);
bool armv8_space_right(struct verify *verify, const struct verify_tree *tree);

/* ---- gic.c: the interrupt controller -------------------------------------------------------------------------------- */

bool armv8_gic_is_v3(const struct plan_header *plan); /* of a GICv2 otherwise */
void armv8_gic_find(struct verify *verify, const struct verify_tree *tree);
void armv8_gic_regions(struct verify *verify, uint32_t core);
struct verify_owner armv8_gic_holder(const struct verify *verify, uint64_t base, uint64_t size);
void armv8_gic_place(struct verify *verify);
bool armv8_gic_vcpu_right(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong);
bool armv8_gic_filter_right(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number);
void armv8_gic_claims(struct verify *verify);
bool armv8_gic_core_claimed(const struct verify *verify, const struct plan_vcpu *vcpu);

#endif
