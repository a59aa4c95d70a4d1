/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a task as newlib sees it. */
#include "rt/libc.h"

#include <malloc.h>
#include <reent.h>
#include <stdint.h>

#include "rt/hal.h"

void libc_reclaim(struct _reent *state)
{
	uint64_t interrupts;

	/* newlib frees only what is not the current state. With malloc's lock held nothing below can wait, so that no
	 * switch puts the current state back. */
	__malloc_lock(state);
	interrupts = hal_interrupts_mask();
	_impure_ptr = _GLOBAL_REENT;
	_reclaim_reent(state);
	_impure_ptr = state;
	hal_interrupts_restore(interrupts);
	__malloc_unlock(state);
}
