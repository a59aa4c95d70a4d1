/* SPDX-License-Identifier: Apache-2.0 */
/* The contract, loading: the only time at which the hypervisor maps guest memory. */
#ifndef ARCH_LOADER_H
#define ARCH_LOADER_H

#include "plan/plan.h"
#include "types.h"

/* Switches this core to its partition's loader tables. Virtual core 0's core, no guest running in the partition. */
void arch_loader_open(const struct plan_core *core);

/*
 * Copies `size` bytes, then writes `fill` zero bytes behind them, and makes both visible to cores without caches.
 * Loader open.
 */
void arch_loader_copy(uint64_t to, uint64_t from, uint64_t size, uint64_t fill);

/* Back to the steady tables; instruction caches of all cores hold nothing of what was there before. */
void arch_loader_close(const struct plan_core *core);

#endif
