/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ticket lock: whoever asks waits for those that asked before, each of which holds it for a bounded number of accesses with
 * interrupts masked.
 */
#ifndef X86_LOCK_H
#define X86_LOCK_H

#include <stdatomic.h>

#include "arch/cpu.h"
#include "types.h"

struct ticket_lock {
	_Atomic uint32_t next;
	_Atomic uint32_t serving;
};

/* Any core, which does not hold it yet. Cannot fail. */
static inline void lock_take(struct ticket_lock *lock)
{
	uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1u, memory_order_relaxed);

	while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket) {
		arch_relax();
	}
}

/* The core that holds it. Cannot fail. */
static inline void lock_release(struct ticket_lock *lock)
{
	atomic_fetch_add_explicit(&lock->serving, 1u, memory_order_release);
}

#endif
