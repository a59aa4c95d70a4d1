/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions: their state word, loading, and their end. Not here: virtual cores (vcpu.h). */
#ifndef CORE_PARTITION_H
#define CORE_PARTITION_H

#include "arch/core_state.h"
#include "types.h"

/* Sets all partitions' state to PARTITION_OFF. Boot core, before any other core runs. */
void partition_init(const struct plan_header *plan);

/* PARTITION_* of row `index`. Any core. Cannot fail. */
uint32_t partition_state(const struct plan_header *plan, uint32_t index);

/* Copies the golden images of this core's partition into its memory, and calls it running. Its virtual core 0, once. */
void partition_load(struct core_state *core);

/* Counts a virtual core of the caller's partition in or out; `leave` says whether it was the last one. */
void partition_core_enters(const struct core_state *core);
bool partition_core_leaves(const struct core_state *core) WARN_UNUSED;

/*
 * Ends this core's partition: takes its memory away, clears its interrupts, kicks its other cores, and switches the
 * board off when it was the last partition and the plan says so. `state` = how it ended, `why` = in words. Any core of
 * that partition; the first caller wins, others return at once. Waits for nobody.
 */
void partition_end(const struct core_state *core, uint32_t state, const char *why);

#endif
